using System.CommandLine;
using System.Diagnostics;
using EchoClr.App.Configuration;
using EchoClr.App.Demo;
using EchoClr.Dicom.Ports;
using EchoClr.Shared.Messaging;

namespace EchoClr.App.Commands;

/// <summary><c>demo</c>: the whole job on one machine.</summary>
internal static class DemoCommand
{
    public static Command Create(Terminal terminal, IDicomClient client)
    {
        var send = new Option<string[]>("--send") { Description = "Your own DICOM files or folders instead of generated studies", HelpName = "PATH", AllowMultipleArgumentsPerToken = true };
        var studies = new Option<int>("--studies") { Description = "How many studies to generate", DefaultValueFactory = _ => 4 };
        var bus = new Option<string>("--bus") { Description = "memory, or rabbitmq: a private RabbitMQ broker between the stages", DefaultValueFactory = _ => "memory" };
        bus.AcceptOnlyFromAmong("memory", "rabbitmq");
        var keep = new Option<bool>("--keep") { Description = "Leave everything running at the end, to look around; Ctrl-C ends it" };
        var viewer = new Option<bool>("--viewer") { Description = "Show the OHIF viewer at /viewer, and leave everything running like --keep; needs npm, which fetches it once (50 MB)" };
        var deadline = new Option<int>("--minutes") { Description = "Longest wait for the last study", DefaultValueFactory = _ => 10 };
        var command = new Command("demo", "A real PACS forwards studies; findings come back as reports that the PACS confirms") { send, studies, bus, keep, viewer, deadline };
        command.SetAction((parse, cancellationToken) => RunAsync(terminal, client, new DemoOptions
        {
            Folder = Path.Combine(Checkout.Root ?? Environment.CurrentDirectory, ".demo"),
            Send = parse.GetValue(send) ?? [],
            Studies = parse.GetValue(studies),
            Bus = parse.GetValue(bus) == "rabbitmq" ? BusTransport.RabbitMq : BusTransport.Memory,
            Keep = parse.GetValue(keep) || parse.GetValue(viewer),
            ViewerFolder = parse.GetValue(viewer) ? ViewerFolder() : null,
            Deadline = TimeSpan.FromMinutes(parse.GetValue(deadline)),
            Settings = GlobalOptions.Settings(parse),
        }, cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(Terminal terminal, IDicomClient client, DemoOptions options, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        Directory.CreateDirectory(options.Folder);
        using var only = TakeFolder(options.Folder);
        var (files, truths) = options.Send.Count > 0
            ? (DicomFiles.Expand(options.Send), new Dictionary<string, DemoTruth>())
            : await DemoStudies.EnsureAsync(terminal, options.Folder, options.Studies, cancellationToken);
        var studies = DemoStudy.Group(files, truths, leftOut => terminal.Note($"left out: {leftOut}"));
        if (studies.Count == 0)
            throw new CommandException("none of the files belongs to a study; name DICOM files with --send");

        await using var demo = await DemoRun.StartAsync(options, terminal, cancellationToken);
        terminal.Note($"worklist, by a link that signs you in once: {demo.SignInUrl}");
        var outcomes = await demo.ProcessAsync(studies, client, cancellationToken);
        DemoTable.Print(terminal, outcomes);
        var good = outcomes.All(outcome => outcome.Good);
        terminal.Line($"{outcomes.Count(outcome => outcome.Good)} of {outcomes.Count} studies came to a good end in {watch.Elapsed.TotalSeconds:0} s{(good ? "" : $"; {demo.LogFile} says more")}");
        if (options.Keep)
            await KeepAsync(terminal, demo, cancellationToken);
        return good ? 0 : 1;
    }

    /// <summary>Where <c>./echoclr</c> has npm put the viewer, by the lock file in <c>infra/viewer</c>.</summary>
    private static string ViewerFolder()
    {
        var folder = Path.Combine(Checkout.RequireRoot(), "artifacts", "viewer", "node_modules", "@ohif", "app", "dist");
        return Directory.Exists(folder) ? folder : throw new CommandException($"the viewer is not in {folder}; start ./echoclr demo --viewer, which fetches it");
    }

    private static async Task KeepAsync(Terminal terminal, DemoRun demo, CancellationToken cancellationToken)
    {
        if (demo.HasViewer)
            terminal.Line($"OHIF viewer {demo.PortalUrl}/viewer (after signing in), or by the link on a study's page");
        terminal.Line($"worklist {demo.SignInUrl} (signs in once, then {demo.PortalUrl})   PACS {demo.Pacs.Http.BaseAddress}app/explorer.html   DICOM ORTHANC@127.0.0.1:{demo.Pacs.DicomPort}   Ctrl-C ends all");
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            terminal.Note("ending");
        }
    }

    /// <summary>Two demonstrations in one folder would delete each other's data.</summary>
    private static FileStream TakeFolder(string folder)
    {
        try
        {
            return new FileStream(Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e)
        {
            throw new CommandException($"another demonstration runs in {folder}; end it first", e);
        }
    }
}
