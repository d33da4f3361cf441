using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using EchoClr.Dicom.Ports;

namespace EchoClr.App.Benchmarks.Ingest;

/// <summary><c>bench send</c>: our client beside storescu, both to storescp, by turns. storescu is timed with its start, ours without: 20 ms in seconds.</summary>
internal static class SendBenchmark
{
    private const string Ours = "EchoClr";
    private const string Storescu = "storescu";

    public static Command Create(Terminal terminal, IDicomClient client)
    {
        var sizes = ObjectSize.Option();
        var associations = new Option<int[]>("--associations") { Description = "At a time", DefaultValueFactory = _ => [1, 4, 16], AllowMultipleArgumentsPerToken = true };
        var rounds = new Option<int>("--rounds") { Description = "Both take their turn in each; the median counts", DefaultValueFactory = _ => 3 };
        var command = new Command("send", "Objects a second of our client and of storescu, side by side") { sizes, associations, rounds };
        command.SetAction((parse, cancellationToken) => RunAsync(terminal, client, ObjectSize.Chosen(parse, sizes), parse.GetValue(associations)!, parse.GetValue(rounds), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(Terminal terminal, IDicomClient client, IReadOnlyList<ObjectSize> sizes, IReadOnlyList<int> associations, int rounds, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Checkout.RequireRoot(), "artifacts", "bench", "send")).FullName;
        var rows = new List<IReadOnlyList<string>>();
        foreach (var size in sizes)
        {
            var source = Path.Combine(folder, "source");
            terminal.Note($"writing {size.WarmUp + size.Count} {size.Name} objects");
            var files = BenchObjects.Write(source, size);
            foreach (var count in associations)
            {
                var (ours, theirs) = (new List<TimeSpan>(), new List<TimeSpan>());
                for (var round = 0; round < rounds; round++)
                {
                    terminal.Note($"{size.Name}, {count} associations, round {round + 1}");
                    ours.Add(await TimeAsync(folder, count, files, client, (peer, share) => SendAsync(client, peer, share, cancellationToken), cancellationToken));
                    theirs.Add(await TimeAsync(folder, count, files, client, (peer, share) => StorescuAsync(peer, share, cancellationToken), cancellationToken));
                }
                rows.Add(Row(size, count, Ours, files, Median(ours), null));
                rows.Add(Row(size, count, Storescu, files, Median(theirs), Median(theirs) / Median(ours)));
            }
            Directory.Delete(source, recursive: true);
        }
        terminal.Table(["objects", "associations", "sender", "objects/s", "MB/s", "ours / its"], rows);
        terminal.Line($"load of the machine (1, 5, 15 minutes): {File.ReadAllText("/proc/loadavg").Trim()}");
        return 0;
    }

    private static async Task<TimeSpan> TimeAsync(
        string folder, int associations, IReadOnlyList<string> files, IDicomClient client, Func<DicomPeer, IReadOnlyList<string>, Task> send, CancellationToken cancellationToken)
    {
        var scratch = Path.Combine(folder, "receiver");
        try
        {
            await using var receiver = await Receiver.StartAsync(Receiver.Storescp, scratch, client, cancellationToken);
            var clock = Stopwatch.StartNew();
            await Task.WhenAll(Enumerable.Range(0, associations).Select(association =>
                Task.Run(() => send(receiver.Peer, [.. files.Where((_, index) => index % associations == association)]), cancellationToken)));
            var took = clock.Elapsed;
            var kept = Directory.EnumerateFiles(Path.Combine(scratch, "data")).Count();
            return kept == files.Count ? took : throw new CommandException($"storescp holds {kept} of {files.Count} objects");
        }
        finally
        {
            Directory.Delete(scratch, recursive: true);
        }
    }

    private static async Task SendAsync(IDicomClient client, DicomPeer peer, IReadOnlyList<string> files, CancellationToken cancellationToken)
    {
        if ((await client.StoreAsync(peer, files, null, cancellationToken)).FirstOrDefault(result => result.Status is not { IsSuccess: true }) is { } failed)
            throw new CommandException($"an object was not taken: {failed.Error}");
    }

    private static async Task StorescuAsync(DicomPeer peer, IReadOnlyList<string> files, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("storescu", ["-xy", "-aet", peer.CallingAeTitle, "-aec", peer.AeTitle, peer.Host, peer.Port.ToString(CultureInfo.InvariantCulture), .. files]);
        (start.Environment["TCP_NODELAY"], start.Environment["TCP_BUFFER_LENGTH"]) = ("1", "1048576");
        using var process = Process.Start(start) ?? throw new CommandException("storescu does not start; install dcmtk");
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0)
            throw new CommandException($"storescu ended with code {process.ExitCode}");
    }

    private static IReadOnlyList<string> Row(ObjectSize size, int associations, string sender, IReadOnlyList<string> files, TimeSpan took, double? ratio) =>
    [
        size.Name, $"{associations}", sender, Number(files.Count / took.TotalSeconds), Number(files.Sum(file => new FileInfo(file).Length) / 1e6 / took.TotalSeconds),
        ratio?.ToString("0.00", CultureInfo.InvariantCulture) ?? "",
    ];

    private static TimeSpan Median(List<TimeSpan> times) => times.Order().ElementAt(times.Count / 2);

    private static string Number(double value) => value.ToString(value < 100 ? "0.0" : "0", CultureInfo.InvariantCulture);
}
