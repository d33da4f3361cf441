"""One step of pretraining in Python PyTorch, as src/VideoModels/SelfSupervision computes it: prints clips a second. For ./echoclr bench train."""
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

width, size, pairs, steps, threads, bfloat16 = (int(value) for value in sys.argv[1:7])
TYPE = torch.bfloat16 if bfloat16 else torch.float32


class Conv(nn.Conv3d):
    def forward(self, x):
        return F.conv3d(x.to(TYPE), self.weight.to(TYPE), None, self.stride, self.padding)


class Block(nn.Module):
    def __init__(self, cin, cout, stride):
        super().__init__()
        self.conv1 = nn.Sequential(Conv(cin, cout, 3, stride, 1, bias=False), nn.BatchNorm3d(cout), nn.ReLU(inplace=True))
        self.conv2 = nn.Sequential(Conv(cout, cout, 3, 1, 1, bias=False), nn.BatchNorm3d(cout))
        self.down = nn.Sequential(Conv(cin, cout, 1, stride, 0, bias=False), nn.BatchNorm3d(cout)) if stride != 1 or cin != cout else None

    def forward(self, x):
        return F.relu(self.conv2(self.conv1(x)) + (x if self.down is None else self.down(x)))


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        w = width
        self.trunk = nn.Sequential(
            Conv(3, w, (3, 7, 7), (1, 2, 2), (1, 3, 3), bias=False), nn.BatchNorm3d(w), nn.ReLU(inplace=True),
            Block(w, w, 1), Block(w, w, 1), Block(w, 2 * w, 2), Block(2 * w, 2 * w, 1),
            Block(2 * w, 4 * w, 2), Block(4 * w, 4 * w, 1), Block(4 * w, 8 * w, 2), Block(8 * w, 8 * w, 1))
        self.order = nn.Linear(8 * w, 24)
        self.project = nn.Sequential(nn.Linear(8 * w, 4 * w, bias=False), nn.ReLU(), nn.Linear(4 * w, 2 * w, bias=False))

    def forward(self, x):
        h = self.trunk(x).float().mean([2, 3, 4])
        return self.project(h), self.order(h)


torch.manual_seed(1)
torch.set_num_threads(threads)
network = Network()
optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3, weight_decay=1e-2)
grey = torch.randint(0, 256, (2 * pairs, 1, 4, size, size), dtype=torch.uint8)
orders = torch.randint(0, 24, (2 * pairs,))
partner = (torch.arange(2 * pairs) + pairs) % (2 * pairs)
itself = torch.eye(2 * pairs) * -1e4


def step():
    clips = ((grey.float() * (1 / 51) - 1).expand(-1, 3, -1, -1, -1)).contiguous()
    optimizer.zero_grad()
    z, logits = network(clips)
    z = F.normalize(z, dim=1)
    loss = F.cross_entropy(z @ z.t() / 0.05 + itself, partner) + F.cross_entropy(logits, orders)
    loss.backward()
    nn.utils.clip_grad_norm_(network.parameters(), 1)
    optimizer.step()
    return loss.item()


for _ in range(3):
    step()
begun = time.perf_counter()
for _ in range(steps):
    step()
print(2 * pairs * steps / (time.perf_counter() - begun), torch.__version__)
