using System.Globalization;
using System.Text.Json;
using EchoClr.App.Demo;
using EchoClr.Dicom.Ports;

namespace EchoClr.App.Benchmarks.Ingest;

/// <summary>A server that takes objects: ours, or a peer that hospitals run, each with a folder of its own and tuned as its documentation says.</summary>
internal sealed class Receiver : IAsyncDisposable
{
    public const string Ours = "EchoClr";
    public const string Storescp = "storescp";
    public const string Orthanc = "Orthanc";

    private const string AeTitle = "RECEIVER";
    private const string CallingAeTitle = "BENCH";
    private const int MostAssociations = 64;

    /// <summary>Linux counts processor time in hundredths of a second (USER_HZ).</summary>
    private static readonly TimeSpan ClockTick = TimeSpan.FromMilliseconds(10);

    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);

    private readonly ChildProcess _process;

    private Receiver(ChildProcess process, DicomPeer peer) => (_process, Peer) = (process, peer);

    public DicomPeer Peer { get; }

    /// <summary>Most resident memory of the process so far, in bytes (VmHWM). storescp forks: its children are not in it.</summary>
    public long PeakResidentBytes() => 1024 * long.Parse(
        File.ReadLines($"/proc/{_process.Id}/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);

    /// <summary>Processor time of the process so far, and of its children that have ended.</summary>
    public async Task<TimeSpan> ProcessorTimeAsync(IDicomClient client, CancellationToken cancellationToken)
    {
        for (var i = 0; i < 2; i++) // storescp counts its children when the next caller comes
            await client.EchoAsync(Peer, cancellationToken);
        var fields = (await File.ReadAllTextAsync($"/proc/{_process.Id}/stat", cancellationToken)).Split(')')[^1].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields[11..15].Sum(ticks => long.Parse(ticks, CultureInfo.InvariantCulture)) * ClockTick; // utime, stime, cutime, cstime (proc(5))
    }

    public static async Task<Receiver> StartAsync(string name, string folder, IDicomClient client, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        var port = LoopbackPorts.Free(1)[0];
        var peer = new DicomPeer(AeTitle, "127.0.0.1", port, CallingAeTitle);
        var process = name switch
        {
            Ours => StartOurs(folder, port),
            Storescp => StartStorescp(folder, port),
            _ => StartOrthanc(folder, port),
        };
        var receiver = new Receiver(process, peer);
        try
        {
            await process.WaitUntilReadyAsync(name, StartTimeout, async token =>
            {
                try
                {
                    return (await client.EchoAsync(peer, token)).Status.IsSuccess;
                }
                catch (DicomNetworkException)
                {
                    return false;
                }
            }, cancellationToken);
            return receiver;
        }
        catch
        {
            await receiver.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    // The ingest role as it is shipped: every fsync, group commit, and its tables; only the caps are those of the benchmark.
    private static ChildProcess StartOurs(string folder, int port) => ChildProcess.Start("echoclr", folder, "dotnet",
    [
        Path.Combine(AppContext.BaseDirectory, "echoclr.dll"), "run", "ingest", "--data", Path.Combine(folder, "data"),
        .. Settings(("Ingest:Listener:AeTitle", AeTitle), ("Ingest:Listener:Address", "127.0.0.1"), ("Ingest:Listener:Port", $"{port}"),
            ("Ingest:Listener:Senders:0:AeTitle", CallingAeTitle), ("Ingest:Listener:Senders:0:Address", "127.0.0.1"),
            ("Ingest:Listener:MaxAssociations", $"{MostAssociations + 1}"), ("Ingest:Listener:MaxAssociationsPerSender", $"{MostAssociations + 1}")),
    ]);

    private static IEnumerable<string> Settings(params (string Key, string Value)[] settings) => settings.SelectMany(setting => new[] { "--set", $"{setting.Key}={setting.Value}" });

    // +B writes what comes as it comes; without TCP_NODELAY it waits 40 ms for every object.
    private static ChildProcess StartStorescp(string folder, int port) => ChildProcess.Start("storescp", folder, "storescp",
        ["+B", "--fork", "+xa", "-aet", AeTitle, "-od", Directory.CreateDirectory(Path.Combine(folder, "data")).FullName, $"{port}"],
        new Dictionary<string, string> { ["TCP_NODELAY"] = "1", ["TCP_BUFFER_LENGTH"] = "1048576" });

    private static ChildProcess StartOrthanc(string folder, int port)
    {
        var configuration = Path.Combine(folder, "orthanc.json");
        File.WriteAllText(configuration, JsonSerializer.Serialize(new Dictionary<string, object>
        {
            ["StorageDirectory"] = Path.Combine(folder, "data"),
            ["IndexDirectory"] = Path.Combine(folder, "data"),
            ["DicomAet"] = AeTitle,
            ["DicomPort"] = port,
            ["HttpServerEnabled"] = false,
            ["RemoteAccessAllowed"] = false,
            ["DicomAlwaysAllowStore"] = true,
            ["DicomAlwaysAllowEcho"] = true,
            ["DicomThreadsCount"] = MostAssociations,
            ["StorageCompression"] = false,
            ["StoreMD5ForAttachments"] = false,
            ["TcpNoDelay"] = true,
            ["Plugins"] = Array.Empty<string>(),
        }));
        return ChildProcess.Start("orthanc", folder, "/usr/sbin/Orthanc", [configuration]);
    }
}
