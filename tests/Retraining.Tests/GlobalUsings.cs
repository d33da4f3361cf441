global using Xunit;

// The seed and the number of threads of libtorch belong to the process.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
