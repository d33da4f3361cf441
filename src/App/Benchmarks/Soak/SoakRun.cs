using System.Diagnostics;
using System.Net.Http.Headers;
using EchoClr.App.Demo;
using EchoClr.Dicom.Net;
using EchoClr.Dicom.Net.Client;
using EchoClr.Dicom.Ports;
using EchoClr.Shared.Audit;
using EchoClr.Shared.Data;
using EchoClr.Shared.Ledger;
using EchoClr.Shared.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace EchoClr.App.Benchmarks.Soak;

/// <summary>
/// The real program as a child, a real PACS behind it, and a cart before it, for as long as one likes. At the end everything must have come to its end, the ledger must
/// add up with no file too many, and what the process holds must not have grown.
/// </summary>
internal sealed class SoakRun(SoakOptions options, Terminal terminal) : IAsyncDisposable
{
    private const string AeTitle = "ECHOCLR";
    private const string Cart = "SOAK_CART";

    /// <summary>What the runtime compiles, loads and sizes at first is not growth: the first part of the samples is not judged.</summary>
    private const double WarmUp = 0.4;

    /// <summary>Growth of memory in the judged part that is called flat. Smaller leaks show in a longer soak; in less than <see cref="MemoryNeeds"/> the runtime still settles.</summary>
    private const double MemoryTolerance = 0.05;

    /// <summary>Handles and threads come and go with associations and pools; more than this at the end than at the beginning is a leak.</summary>
    private const double CountTolerance = 8;

    private static readonly TimeSpan MemoryNeeds = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan StartDeadline = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan ReaderLooks = TimeSpan.FromSeconds(10);

    private readonly string run = Path.Combine(options.Folder, "run");
    private readonly List<IAsyncDisposable> started = [];
    private readonly IDicomClient client = DicomNetwork.CreateClient(new DicomClientOptions(), TimeProvider.System);

    private string Data => Path.Combine(run, "data");
    private string Temporary => Path.Combine(run, "tmp");

    public async Task<SoakReport> RunAsync(CancellationToken cancellationToken)
    {
        if (Directory.Exists(run))
            Directory.Delete(run, recursive: true);
        Directory.CreateDirectory(Temporary);
        var (templates, _) = await DemoStudies.EnsureAsync(terminal, options.StudyCache, 2, cancellationToken);
        var ports = LoopbackPorts.Free(2);
        var pacs = await DemoPacs.StartAsync(new DemoPacsOptions(Path.Combine(run, "orthanc")) { Modalities = new Dictionary<string, (string, int)> { ["echoclr"] = (AeTitle, ports[0]) } }, cancellationToken);
        started.Add(pacs);
        var process = ChildProcess.Start("echoclr", run, "dotnet", [typeof(Terminal).Assembly.Location, "up", "--data", Data, .. Settings(ports, pacs).SelectMany(setting => (string[])["--set", setting])],
            new Dictionary<string, string> { ["TMPDIR"] = Temporary });
        started.Add(process);
        var listener = new DicomPeer(AeTitle, "127.0.0.1", ports[0], Cart);
        await process.WaitUntilReadyAsync("EchoClr", StartDeadline, token => AnswersAsync(listener, token), cancellationToken);

        var database = new Database(new DataOptions { Directory = Data });
        var gauge = new ProcessGauge(process.Id, Data, Temporary, database);
        var load = new SoakLoad(options, templates, client, listener, Path.Combine(run, "cart"));
        var samples = new List<SoakSample>();
        var watch = Stopwatch.StartNew();
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var measuring = MeasureAsync(gauge, samples, watch, ended.Token);
        var looking = LookAsync(ports[1], await ReaderTokenAsync(database, cancellationToken), ended.Token);
        var studies = await SendAsync(load, watch, cancellationToken);
        var drained = await DrainAsync(gauge, cancellationToken);
        await ended.CancelAsync();
        await Task.WhenAll(measuring, looking);

        var left = await gauge.SampleAsync(watch.Elapsed, cancellationToken);
        started.Remove(process);
        await process.DisposeAsync();
        var ledger = await new LedgerAudit(database, new BlobStore(Data), TimeProvider.System).RunAsync(strict: true, null, cancellationToken);
        return new SoakReport(options, studies, load.Kept.Count, load.Faults.ToDictionary(), [.. load.Unexpected], drained, left, Trends(samples), ledger, samples);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var one in started.AsEnumerable().Reverse())
            await one.DisposeAsync();
        started.Clear();
    }

    private List<string> Settings(int[] ports, DemoPacs pacs) =>
    [
        $"Ingest:Listener:AeTitle={AeTitle}", "Ingest:Listener:Address=127.0.0.1", $"Ingest:Listener:Port={ports[0]}",
        $"Ingest:Listener:Senders:0:AeTitle={pacs.AeTitle}", "Ingest:Listener:Senders:0:Address=127.0.0.1",
        $"Ingest:Listener:Senders:1:AeTitle={Cart}", "Ingest:Listener:Senders:1:Address=127.0.0.1",
        "Ingest:StudyCompletion:QuietTime=00:00:10",
        "Inference:Destinations:0:Name=pacs", $"Inference:Destinations:0:AeTitle={pacs.AeTitle}", "Inference:Destinations:0:Host=127.0.0.1", $"Inference:Destinations:0:Port={pacs.DicomPort}",
        $"Portal:Url=http://127.0.0.1:{ports[1]}",
        .. options.Settings,
    ];

    private async Task<bool> AnswersAsync(DicomPeer listener, CancellationToken cancellationToken)
    {
        try
        {
            return (await client.EchoAsync(listener, cancellationToken)).Status.IsSuccess;
        }
        catch (DicomNetworkException)
        {
            return false;
        }
    }

    /// <summary>Begins a study at every interval, however long the earlier ones take: a hospital does not wait.</summary>
    private async Task<int> SendAsync(SoakLoad load, Stopwatch watch, CancellationToken cancellationToken)
    {
        using var progress = new Progress(terminal, "sending", TimeProvider.System);
        var interval = TimeSpan.FromHours(1 / options.StudiesAnHour);
        var sending = new List<Task>();
        for (var number = 0; watch.Elapsed < options.Length; number++)
        {
            sending.Add(load.SendStudyAsync(number, cancellationToken));
            progress.Report((long)watch.Elapsed.TotalSeconds, (long)options.Length.TotalSeconds, $"s; {number + 1} studies, {load.Kept.Count} objects kept, {load.Unexpected.Count} unexpected answers");
            var next = interval * (number + 1) - watch.Elapsed;
            if (next > TimeSpan.Zero)
                await Task.Delay(next, cancellationToken);
        }
        await Task.WhenAll(sending);
        return sending.Count;
    }

    private async Task<bool> DrainAsync(ProcessGauge gauge, CancellationToken cancellationToken)
    {
        using var progress = new Progress(terminal, "waiting for every study to come to its end", TimeProvider.System);
        while (await gauge.BacklogAsync(cancellationToken) is > 0 and var backlog)
        {
            if (progress.Elapsed > options.DrainDeadline)
                return false;
            progress.Report($"{backlog} studies");
            await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken);
        }
        return true;
    }

    private async Task MeasureAsync(ProcessGauge gauge, List<SoakSample> samples, Stopwatch watch, CancellationToken ended)
    {
        // 120 samples, whatever the length; and not more often than every second.
        var interval = TimeSpan.FromSeconds(Math.Max(1, options.Length.TotalSeconds / 120));
        try
        {
            while (true)
            {
                var sample = await gauge.SampleAsync(watch.Elapsed, ended);
                if (watch.Elapsed < options.Length) // the drain is not the load
                    samples.Add(sample);
                await Task.Delay(interval, ended);
            }
        }
        catch (OperationCanceledException)
        {
            // The load has ended.
        }
    }

    private static async Task<string> ReaderTokenAsync(Database database, CancellationToken cancellationToken)
    {
        var (by, now) = (AuditParticipant.Operator(), TimeProvider.System.GetUtcNow());
        var reader = await new UserStore(database).SaveAsync("soak", PortalRoles.Reader, by, now, cancellationToken);
        return await new ApiTokenStore(database).CreateAsync("soak", reader.Id, PortalRoles.Reader, null, by, now, cancellationToken);
    }

    /// <summary>A reader with the worklist open.</summary>
    private static async Task LookAsync(int port, string token, CancellationToken ended)
    {
        using var browser = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/") };
        browser.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        try
        {
            while (true)
            {
                await browser.GetStringAsync("/", ended);
                await Task.Delay(ReaderLooks, ended);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or HttpRequestException)
        {
            // The load has ended; a portal that does not answer shows in its log.
        }
    }

    private List<Trend> Trends(List<SoakSample> samples)
    {
        var judged = samples.Skip((int)(WarmUp * samples.Count)).ToList();
        // Too short to judge: told, not held against it.
        double MemoryAllowance(double median) => options.Length < MemoryNeeds ? double.PositiveInfinity : MemoryTolerance * median;
        return
        [
            Trend.Of("resident memory, MiB", Values(sample => sample.MemoryMiB), MemoryAllowance),
            Trend.Of("open handles", Values(sample => sample.Handles), _ => CountTolerance),
            Trend.Of("threads", Values(sample => sample.Threads), _ => CountTolerance),
            Trend.Of("helper processes", Values(sample => sample.Helpers), _ => CountTolerance),
            Trend.Of("temporary files", Values(sample => sample.TemporaryFiles), _ => CountTolerance),
            // Studies come one after the other and each takes its quiet time: what grows beyond a study a minute is not keeping up.
            Trend.Of("studies without an end", Values(sample => sample.Backlog), _ => Math.Max(CountTolerance, options.Length.TotalMinutes)),
        ];

        List<(double, double)> Values(Func<SoakSample, double> value) => [.. judged.Select(sample => (sample.Seconds, value(sample)))];
    }
}
