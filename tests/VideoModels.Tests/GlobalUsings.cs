global using EchoClr.Torch;
global using EchoClr.Torch.Modules;
global using Xunit;
global using static EchoClr.Torch.torch;

// The counts of live tensors, the seed and the number of threads belong to the process.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
