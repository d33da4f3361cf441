using System.CommandLine;
using System.Diagnostics;
using EchoClr.App.Benchmarks.Portal;
using EchoClr.App.Commands;
using EchoClr.Shared.Audit;
using EchoClr.Shared.Capacity;
using EchoClr.Shared.Data;
using Microsoft.Extensions.DependencyInjection;

namespace EchoClr.App.Benchmarks;

/// <summary><c>bench tables</c>: what is asked every minute, and every page, over a thirteenth of the studies and over all of them: the two columns should hardly differ.</summary>
internal static class TablesBenchmark
{
    private const int Repeats = 20;

    private static readonly (string What, Func<IServiceProvider, DateTimeOffset, CancellationToken, Task> Ask)[] Questions =
    [
        ("what waits for its analysis (each minute)", (all, now, token) => all.GetRequiredService<StudyStore>().ListUnanalyzedAsync(urgent: false, now, now, 200, token)),
        ("which studies are complete (each second)", (all, now, token) => all.GetRequiredService<StudyStore>().ListQuietAsync(now, now.AddYears(-20), token)),
        ("which deliveries are due (each two seconds)", (all, now, token) => all.GetRequiredService<DeliveryStore>().ListDueAsync(now, now, 200, token)),
        ("backlog by stage (each 15 seconds)", (all, _, token) => all.GetRequiredService<BacklogStore>().MeasureAsync(token)),
        ("kept bytes and backlog (each minute)", (all, _, token) => all.GetRequiredService<CapacityGauge>().AskTablesAsync(token)),
        ("studies whose pixels may go (each minute)", (all, now, token) => all.GetRequiredService<RetentionStore>().ListAsync(now, 100, token)),
        ("worklist: first page, most urgent first", (all, _, token) => all.GetRequiredService<WorklistSearch>().ListAsync(new WorklistQuery(), 50, token)),
        ("worklist: a page in the middle, most urgent first", (all, now, token) => all.GetRequiredService<WorklistSearch>().ListAsync(new WorklistQuery { After = new WorklistCursor(0, now.AddDays(-175), 1) }, 50, token)),
        ("worklist: a page in the middle, newest first", (all, now, token) => all.GetRequiredService<WorklistSearch>().ListAsync(new WorklistQuery { ByUrgency = false, After = new WorklistCursor(0, now.AddDays(-175), 1) }, 50, token)),
        ("worklist: severe AS present", (all, _, token) => all.GetRequiredService<WorklistSearch>().ListAsync(new WorklistQuery { Finding = "AS", Outcome = FindingOutcome.Present }, 50, token)),
        ("worklist: every sender", (all, _, token) => all.GetRequiredService<WorklistSearch>().ListSendersAsync(token)),
        ("worklist for programs, first page", (all, _, token) => all.GetRequiredService<Worklist>().ListAsync(0, 50, token)),
        ("audit trail, the newest 100", (all, _, token) => all.GetRequiredService<AuditTrail>().ListAsync(DateTimeOffset.UnixEpoch, 100, token)),
    ];

    public static Command Create(Terminal terminal)
    {
        var studies = new Option<int>("--studies") { Description = "Studies in the tables; 1.3 million are ten years of 130,000", DefaultValueFactory = _ => 1_300_000 };
        var folder = new Option<string?>("--folder") { Description = "Where it works; by default artifacts/bench in the source tree", HelpName = "FOLDER" };
        var json = CommonOptions.Json();
        var command = new Command("tables", "What is asked every minute and at every page, over few studies and over many: processor time of each question") { studies, folder, json };
        command.SetAction(async (parse, cancellationToken) =>
        {
            var root = Path.Combine(Path.GetFullPath(parse.GetValue(folder) ?? Path.Combine(Checkout.RequireRoot(), "artifacts", "bench")), "tables");
            int[] sizes = [parse.GetValue(studies) / 13, parse.GetValue(studies)];
            var times = new List<double[]>();
            foreach (var size in sizes)
                times.Add(await MeasureAsync(root, size, terminal, cancellationToken));
            if (parse.GetValue(json))
                terminal.Json(Questions.Select((question, i) => new { question.What, CpuMs = sizes.Select((size, s) => new { Studies = size, Ms = times[s][i] }) }));
            else
                terminal.Table(["question", .. sizes.Select(size => $"CPU ms at {size:N0}")], Questions.Select((question, i) => (IReadOnlyList<string>)[question.What, .. times.Select(one => $"{one[i]:0.0}")]));
            return 0;
        });
        return command;
    }

    private static async Task<double[]> MeasureAsync(string folder, int studies, Terminal terminal, CancellationToken cancellationToken)
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        await using var services = new ServiceCollection().AddEchoClrData(new DataOptions { Directory = folder }).BuildServiceProvider();
        await services.GetRequiredService<Migrator>().ApplyAsync(cancellationToken);
        var (database, models, now) = (services.GetRequiredService<Database>(), services.GetRequiredService<ModelStore>(), TimeProvider.System.GetUtcNow());
        var model = await models.ImportAsync(new NewModel("as-lvh", "bench", "1", new string('a', 64), "{}", folder, true), now, cancellationToken);
        var viewModel = await models.ImportAsync(new NewModel("view-gate", "bench", "1", new string('b', 64), "{}", folder, true), now, cancellationToken);
        terminal.Note($"writing {studies:N0} studies");
        await PortalStudies.WriteAsync(database, 1, studies, model, viewModel, cancellationToken);
        await PortalStudies.IndexAsync(database, cancellationToken);
        for (var message = 0; message < studies / 1000; message++)
            await services.GetRequiredService<AuditTrail>().RecordAsync(AuditEvents.WorklistRead(AuditParticipant.Operator(), "bench"), cancellationToken);
        var times = new List<double>();
        foreach (var (_, ask) in Questions)
        {
            await ask(services, now, cancellationToken); // compiled, and its pages read
            var before = Cpu();
            for (var i = 0; i < Repeats; i++)
                await ask(services, now, cancellationToken);
            times.Add((Cpu() - before).TotalMilliseconds / Repeats);
        }
        return [.. times];
    }

    private static TimeSpan Cpu()
    {
        using var self = Process.GetCurrentProcess();
        return self.TotalProcessorTime;
    }
}
