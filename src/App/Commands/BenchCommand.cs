using System.CommandLine;
using EchoClr.App.Benchmarks;
using EchoClr.App.Benchmarks.Ingest;
using EchoClr.Dicom.Ports;

namespace EchoClr.App.Commands;

/// <summary><c>bench NAME</c>: the benchmarks, one file each in <c>Benchmarks</c>. What they print stands in the documents, with the command that prints it again.</summary>
internal static class BenchCommand
{
    public static Command Create(Terminal terminal, IDicomClient client)
    {
        var command = new Command("bench", "Measures this program, and prints the figures that the documents quote");
        command.Subcommands.Add(CrashBenchmark.Create(terminal));
        command.Subcommands.Add(FuzzBenchmark.Create(terminal));
        command.Subcommands.Add(SoakBenchmark.Create(terminal));
        command.Subcommands.Add(IngestBenchmark.Create(terminal, client));
        command.Subcommands.Add(SendBenchmark.Create(terminal, client));
        command.Subcommands.Add(TrainBenchmark.Create(terminal));
        command.Subcommands.Add(DicomBenchmark.Create());
        command.Subcommands.Add(CodecBenchmark.Create(terminal));
        command.Subcommands.Add(PortalBenchmark.Create(terminal));
        command.Subcommands.Add(ScaleBenchmark.Create(terminal));
        command.Subcommands.Add(BacklogBenchmark.Create(terminal));
        command.Subcommands.Add(TablesBenchmark.Create(terminal));
        return command;
    }
}
