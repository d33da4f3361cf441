using System.CommandLine;
using System.Globalization;
using EchoClr.Dicom.Ports;

namespace EchoClr.App.Benchmarks.Ingest;

/// <summary><c>bench ingest</c>: our listener beside storescp, Orthanc and what the disk allows, under the same load from the same client, by turns.</summary>
internal static class IngestBenchmark
{
    private static readonly string[] receivers = [Receiver.Ours, Receiver.Storescp, Receiver.Orthanc, BareDisk.Name];

    public static Command Create(Terminal terminal, IDicomClient client)
    {
        var sizes = ObjectSize.Option();
        var associations = new Option<int[]>("--associations") { Description = "At a time", DefaultValueFactory = _ => [1, 4, 16, 64], AllowMultipleArgumentsPerToken = true };
        var rounds = new Option<int>("--rounds") { Description = "Every receiver takes its turn in each; the median counts", DefaultValueFactory = _ => 3 };
        var command = new Command("ingest", "Objects a second, response times and memory of our listener, storescp and Orthanc, side by side") { sizes, associations, rounds };
        command.SetAction((parse, cancellationToken) => RunAsync(
            terminal, client, ObjectSize.Chosen(parse, sizes), parse.GetValue(associations)!, parse.GetValue(rounds), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(Terminal terminal, IDicomClient client, IReadOnlyList<ObjectSize> sizes, IReadOnlyList<int> associations, int rounds, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Checkout.RequireRoot(), "artifacts", "bench", "ingest")).FullName;
        var rows = new List<IReadOnlyList<string>>();
        var first = BenchObjects.Write(Path.Combine(folder, "first"), ObjectSize.BeforeAll);
        foreach (var size in sizes)
        {
            var source = Path.Combine(folder, "source");
            terminal.Note($"writing {size.WarmUp + size.Count} {size.Name} objects");
            var files = BenchObjects.Write(source, size);
            foreach (var count in associations)
            {
                var taken = new List<Measurement>();
                for (var round = 0; round < rounds; round++)
                {
                    foreach (var receiver in receivers)
                    {
                        terminal.Note($"{size.Name}, {count} associations, round {round + 1}: {receiver}");
                        taken.Add(receiver == BareDisk.Name ? BareDisk.Take(Path.Combine(folder, "disk"), size, files, count) : await Measurement.TakeAsync(receiver, Path.Combine(folder, receiver), size, first, files, count, client, cancellationToken));
                    }
                }
                rows.AddRange(Rows(taken));
            }
            Directory.Delete(source, recursive: true);
        }
        Directory.Delete(Path.Combine(folder, "first"), recursive: true);
        terminal.Table(["objects", "associations", "receiver", "objects/s", "MB/s", "p50 ms", "p99 ms", "processor ms", "peak MB", "ours / its"], rows);
        terminal.Line($"load of the machine (1, 5, 15 minutes): {File.ReadAllText("/proc/loadavg").Trim()}");
        return 0;
    }

    private static IEnumerable<IReadOnlyList<string>> Rows(IReadOnlyList<Measurement> taken)
    {
        var ours = Median(taken, Receiver.Ours);
        foreach (var receiver in receivers)
        {
            var row = Median(taken, receiver);
            yield return
            [
                row.Size.Name, $"{row.Associations}", receiver, Number(row.ObjectsPerSecond), Number(row.MegabytesPerSecond), Number(row.P50.TotalMilliseconds), Number(row.P99.TotalMilliseconds), row.Processor.TotalMilliseconds.ToString("0.00", CultureInfo.InvariantCulture),
                receiver switch { Receiver.Storescp => "forks", BareDisk.Name => "", _ => Number(row.PeakResidentBytes / 1e6) }, receiver == Receiver.Ours ? "" : (ours.ObjectsPerSecond / row.ObjectsPerSecond).ToString("0.00", CultureInfo.InvariantCulture),
            ];
        }
    }

    /// <summary>The round in the middle by throughput, whole: its figures belong together.</summary>
    private static Measurement Median(IReadOnlyList<Measurement> taken, string receiver)
    {
        var sorted = taken.Where(measurement => measurement.Receiver == receiver).OrderBy(measurement => measurement.ObjectsPerSecond).ToList();
        return sorted[sorted.Count / 2];
    }

    private static string Number(double value) => value.ToString(value < 100 ? "0.0" : "0", CultureInfo.InvariantCulture);
}
