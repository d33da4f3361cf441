using System.CommandLine;

namespace EchoClr.App.Benchmarks;

/// <summary><c>bench dicom</c>: micro-benchmarks of reading and writing data sets, with what they allocate (<c>src/Micro</c>).</summary>
internal static class DicomBenchmark
{
    public static Command Create()
    {
        var command = new Command("dicom", "Time and allocations of reading a header and writing a data set, by BenchmarkDotNet");
        command.SetAction((_, cancellationToken) => TestProgram.RunAsync("Micro", [], new Dictionary<string, string>(), cancellationToken));
        return command;
    }
}
