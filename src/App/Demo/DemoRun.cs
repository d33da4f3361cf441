using System.Globalization;
using EchoClr.App.Commands;
using EchoClr.App.Configuration;
using EchoClr.App.Hosting;
using EchoClr.Dicom.Ports;
using EchoClr.Portal.Access;
using EchoClr.Shared.Data;
using EchoClr.Shared.Messaging;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EchoClr.App.Demo;

/// <summary>
/// The whole job on one machine: a private PACS, EchoClr in this process, studies sent to the PACS, which forwards them; results that come back and that the
/// PACS confirms. Everything it starts it ends.
/// </summary>
internal sealed class DemoRun : IAsyncDisposable
{
    private const string AeTitle = "ECHOCLR";
    private const string Modality = "DEMO_CART";
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(500);

    /// <summary>A study that the PACS could not forward never reaches the worklist; so long after its last job it is not waited for.</summary>
    private static readonly TimeSpan ForwardingGrace = TimeSpan.FromSeconds(20);

    private readonly string run;
    private readonly DemoOptions options;
    private readonly Terminal terminal;
    private readonly List<IAsyncDisposable> started = [];

    private DemoRun(DemoOptions options, Terminal terminal)
    {
        (this.options, this.terminal) = (options, terminal);
        run = Path.Combine(options.Folder, "run");
    }

    public DemoPacs Pacs { get; private set; } = null!;
    public IHost Host { get; private set; } = null!;
    public string PortalUrl { get; private set; } = "";

    /// <summary>Opens the worklist, signed in, once.</summary>
    public string SignInUrl { get; private set; } = "";
    public bool HasViewer => options.ViewerFolder is not null;
    public string LogFile => Path.Combine(run, "echoclr.log");

    /// <summary>Starts PACS, broker where asked for, and EchoClr.</summary>
    public static async Task<DemoRun> StartAsync(DemoOptions options, Terminal terminal, CancellationToken cancellationToken)
    {
        var demo = new DemoRun(options, terminal);
        try
        {
            await demo.StartAsync(cancellationToken);
            return demo;
        }
        catch
        {
            await demo.DisposeAsync();
            throw;
        }
    }

    /// <summary>Sends the studies to the PACS and waits until each has come to an end.</summary>
    public async Task<IReadOnlyList<DemoOutcome>> ProcessAsync(IReadOnlyList<DemoStudy> studies, IDicomClient client, CancellationToken cancellationToken)
    {
        var files = studies.SelectMany(study => study.Files).ToList();
        var sent = await SendCommand.SendAsync(terminal, client, new DicomPeer(Pacs.AeTitle, "127.0.0.1", Pacs.DicomPort, Modality), files, cancellationToken);
        foreach (var refused in sent.Where(result => !result.Stored))
            terminal.Note($"the PACS did not take {refused.File}: {refused.Error ?? refused.Status?.ToString()}");
        await WaitAsync(studies, cancellationToken);
        var outcomes = new List<DemoOutcome>();
        foreach (var study in studies)
            outcomes.Add(await ReadOutcomeAsync(study, cancellationToken));
        return outcomes;
    }

    public async ValueTask DisposeAsync()
    {
        // The last first: EchoClr lets go of the broker before the broker ends.
        foreach (var one in started.AsEnumerable().Reverse())
            await one.DisposeAsync();
        started.Clear();
    }

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        if (Directory.Exists(run))
            Directory.Delete(run, recursive: true);
        Directory.CreateDirectory(run);
        var ports = LoopbackPorts.Free(2);
        terminal.Note($"starting a PACS (Orthanc){(options.Bus == BusTransport.RabbitMq ? ", a broker (RabbitMQ)" : "")} and EchoClr in {run}");
        var pacs = DemoPacs.StartAsync(new DemoPacsOptions(Path.Combine(run, "orthanc"))
        {
            Modalities = new Dictionary<string, (string, int)> { ["echoclr"] = (AeTitle, ports[0]), ["cart"] = (Modality, ports[0]) },
            ForwardTo = "echoclr",
            ForwardEchoes = options.ForwardEchoes,
        }, cancellationToken);
        var broker = options.Bus == BusTransport.RabbitMq ? RabbitMqBroker.StartAsync(Path.Combine(run, "rabbitmq"), cancellationToken) : null;
        // Both start at once; both are known before an error of either is thrown, so that neither is left running.
        await Task.WhenAll(pacs, broker ?? Task.CompletedTask).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        if (broker is { IsCompletedSuccessfully: true })
            started.Add(await broker);
        if (pacs.IsCompletedSuccessfully)
            started.Add(await pacs);
        Pacs = await pacs;

        var settings = Settings(ports[0], ports[1], broker is null ? null : await broker);
        var configuration = GlobalOptions.Load(null, Path.Combine(run, "data"), [.. settings, .. options.Settings]);
        Host = await EchoClrHost.BuildAsync(configuration, Roles.All, logging => logging.SetMinimumLevel(LogLevel.Information).AddProvider(new FileLoggerProvider(LogFile, TimeProvider.System)), cancellationToken);
        started.Add(new RunningHost(Host));
        await Host.StartAsync(cancellationToken);
        PortalUrl = configuration["Portal:Url"]!;
        SignInUrl = await Host.Services.GetRequiredService<SignInLinks>().ForVisitorAsync("visitor", cancellationToken);
    }

    private List<string> Settings(int listenerPort, int portalPort, RabbitMqBroker? broker)
    {
        List<string> settings =
        [
            $"Ingest:Listener:AeTitle={AeTitle}",
            "Ingest:Listener:Address=127.0.0.1",
            $"Ingest:Listener:Port={listenerPort}",
            $"Ingest:Listener:Senders:0:AeTitle={Pacs.AeTitle}",
            "Ingest:Listener:Senders:0:Address=127.0.0.1",
            "Ingest:StudyCompletion:QuietTime=00:00:05",
            "Inference:Destinations:0:Name=pacs",
            $"Inference:Destinations:0:AeTitle={Pacs.AeTitle}",
            "Inference:Destinations:0:Host=127.0.0.1",
            string.Create(CultureInfo.InvariantCulture, $"Inference:Destinations:0:Port={Pacs.DicomPort}"),
            $"Portal:Url=http://127.0.0.1:{portalPort}",
        ];
        if (options.ViewerFolder is not null)
            settings.Add($"Portal:ViewerFolder={options.ViewerFolder}");
        if (broker is not null)
            settings.AddRange(["Bus:Transport=rabbitmq", "Bus:Host=127.0.0.1", $"Bus:Port={broker.Port}", $"Bus:Username={RabbitMqBroker.Username}", $"Bus:PasswordFile={broker.PasswordFile}"]);
        return settings;
    }

    private async Task WaitAsync(IReadOnlyList<DemoStudy> studies, CancellationToken cancellationToken)
    {
        using var progress = new Progress(terminal, "waiting for the PACS to hold every result", TimeProvider.System);
        var worklist = Host.Services.GetRequiredService<Worklist>();
        var idleSince = progress.Elapsed;
        while (true)
        {
            var rows = new List<WorklistRow?>();
            foreach (var study in studies)
                rows.Add(await worklist.FindAsync(study.StudyInstanceUid, cancellationToken));
            if (rows.Any(row => row is not null && !Portal.Words.IsFinal(row.State)) || await Pacs.IsForwardingAsync(cancellationToken))
                idleSince = progress.Elapsed;
            progress.Report(rows.Count(row => row is not null && Portal.Words.IsFinal(row.State)), studies.Count, Summary(rows));
            if (rows.All(row => row is not null && Portal.Words.IsFinal(row.State)) || progress.Elapsed - idleSince > ForwardingGrace)
                return;
            if (progress.Elapsed > options.Deadline)
                throw new CommandException($"not every study came to an end within {options.Deadline.TotalMinutes:0} minutes ({Summary(rows)}); {LogFile} says what EchoClr did, {Pacs.LogFile} what the PACS did");
            await Task.Delay(Poll, cancellationToken);
        }
    }

    private static string Summary(IEnumerable<WorklistRow?> rows) =>
        string.Join(", ", rows.GroupBy(row => row is null ? "on their way" : Portal.Words.State(row.State).Text.ToLowerInvariant()).Select(group => $"{group.Count()} {group.Key}"));

    private async Task<DemoOutcome> ReadOutcomeAsync(DemoStudy study, CancellationToken cancellationToken)
    {
        var row = await Host.Services.GetRequiredService<Worklist>().FindAsync(study.StudyInstanceUid, cancellationToken);
        if (row?.Analysis is not { } analysis)
            return new DemoOutcome(study, row, "", null);
        var views = await Host.Services.GetRequiredService<AnalysisStore>().ListViewsAsync(analysis.Id, cancellationToken);
        var counts = views.Where(view => view.ViewLabel is not null).GroupBy(view => view.ViewLabel!).OrderByDescending(group => group.Count()).Select(group => $"{group.Count()} {group.Key}");
        var results = await Host.Services.GetRequiredService<DeliveryStore>().ListResultObjectsAsync(analysis.Id, cancellationToken);
        var readBack = Directory.CreateDirectory(Path.Combine(run, "read-back")).FullName;
        var pacs = results.Count == 0 ? null : await PacsHoldings.ReadAsync(Pacs, study.StudyInstanceUid,
            [.. results.Where(result => result.Kind == ResultKind.StructuredReport).Select(result => result.SopInstanceUid)],
            [.. results.Where(result => result.Kind == ResultKind.SaliencyCine).Select(result => result.SopInstanceUid)], readBack, cancellationToken);
        return new DemoOutcome(study, row, string.Join(", ", counts), pacs);
    }

    /// <summary>Stops a host before it is disposed, so that what it has begun is finished.</summary>
    private sealed class RunningHost(IHost host) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await host.StopAsync(CancellationToken.None);
            if (host is IAsyncDisposable disposable)
                await disposable.DisposeAsync();
            else
                host.Dispose();
        }
    }
}
