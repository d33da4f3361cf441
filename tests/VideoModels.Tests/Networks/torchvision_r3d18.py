"""Runs torchvision's r3d_18 on weights and a clip given as safetensors; writes logits and gradients as safetensors."""
import json, struct, sys
import numpy, torch
from torchvision.models.video import r3d_18

NUMPY = {"F32": numpy.float32, "I64": numpy.int64}


def read(path):
    data = open(path, "rb").read()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        array = numpy.frombuffer(data[8 + length + begin : 8 + length + end], NUMPY[entry["dtype"]])
        tensors[name] = torch.from_numpy(array.copy()).reshape(entry["shape"])
    return tensors


def write(path, tensors):
    header, body = {}, b""
    for name, tensor in tensors.items():
        raw = tensor.detach().contiguous().numpy().astype(numpy.float32).tobytes()
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [len(body), len(body) + len(raw)]}
        body += raw
    text = json.dumps(header).encode()
    open(path, "wb").write(struct.pack("<Q", len(text)) + text + body)


torch.set_num_threads(2)
tensors = read(sys.argv[1])
clip, target = tensors.pop("clip"), tensors.pop("target")
model = r3d_18(weights=None, num_classes=target.shape[1])
model.load_state_dict(tensors, strict=True)
model.eval()
with torch.no_grad():
    results = {"eval": model(clip)}
model.train()
logits = model(clip)
torch.nn.functional.binary_cross_entropy_with_logits(logits, target).backward()
results["train"] = logits
results.update({"grad." + name: parameter.grad for name, parameter in model.named_parameters()})
results["running_var"] = model.stem[1].running_var
write(sys.argv[2], results)
