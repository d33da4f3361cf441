global using Xunit;

// The counts of live tensors, the seed and the number of threads belong to the process.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
