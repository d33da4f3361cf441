using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using EchoClr.Micro;

// In this process: BenchmarkDotNet would otherwise build a project of its own for every run, from packages that may not be at hand.
var config = DefaultConfig.Instance.AddJob(Job.ShortRun.WithIterationCount(10).WithToolchain(InProcessEmitToolchain.Instance)).WithArtifactsPath(Path.Combine(AppContext.BaseDirectory, "results"));
return BenchmarkRunner.Run<DataSetBenchmarks>(config, args).Reports.Any(report => !report.Success) ? 1 : 0;
