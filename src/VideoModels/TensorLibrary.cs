// The one place that chooses the tensor library: model code is written against names that TorchSharp has too (docs/adr/0002).
#if TORCHSHARP
global using TorchSharp;
global using TorchSharp.Modules;
global using TorchException = System.Runtime.InteropServices.ExternalException;
global using static TorchSharp.torch;
#else
global using EchoClr.Torch;
global using EchoClr.Torch.Modules;
global using static EchoClr.Torch.torch;
#endif
