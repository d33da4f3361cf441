using System.CommandLine;
using System.Text.Json;
using EchoClr.App.Configuration;
using EchoClr.App.Hosting;
using EchoClr.App.Learning;
using EchoClr.Retraining.Pretrain;
using EchoClr.Retraining.Promotion;
using EchoClr.Retraining.Runs;
using EchoClr.Shared.Clips;
using EchoClr.Shared.Data;
using EchoClr.Shared.Storage;

namespace EchoClr.App.Commands;

/// <summary><c>training list|resume|cancel</c>: training runs, whoever began them; <c>training work</c> is the process of one.</summary>
internal static class TrainingCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command(TrainingChild.Command, "Training runs: list them, cancel one, let one go on");
        command.Subcommands.Add(CreateList(terminal));
        command.Subcommands.Add(CreateCancel(terminal));
        command.Subcommands.Add(CreateResume(terminal));
        command.Subcommands.Add(CreateWork(terminal));
        return command;
    }

    private static Command CreateList(Terminal terminal)
    {
        var json = CommonOptions.Json();
        var command = new Command("list", "Lists runs, the newest first") { json };
        command.SetAction(async (parse, cancellationToken) =>
        {
            await using var data = await OpenData.OpenAsync(parse, create: false, cancellationToken);
            var runs = await data.Get<TrainingRunStore>().ListAsync(cancellationToken);
            if (parse.GetValue(json))
                terminal.Json(runs.Select(run => new { run.Id, run.ScheduleId, run.DueAt, State = run.State.ToString(), run.Progress, run.TrainingPlan, run.Metrics, run.Error, run.StartedAt, run.FinishedAt }));
            else if (runs.Count == 0)
                terminal.Line("no training run yet; ./echoclr pretrain begins one, ./echoclr schedule set lets them begin by themselves");
            else
                terminal.Table(["run", "state", "done", "begun (UTC)", "plan", "why"], runs.Select(run => (IReadOnlyList<string>)
                    [$"{run.Id}", run.State.ToString(), run.Progress is { } done ? $"{done:P0}" : "", run.StartedAt?.UtcDateTime.ToString("yyyy-MM-dd HH:mm") ?? "", run.TrainingPlan, run.Error ?? ""]));
            return 0;
        });
        return command;
    }

    private static Command CreateCancel(Terminal terminal)
    {
        var (id, by) = (Run(), CommonOptions.By());
        var command = new Command("cancel", "Ends a run; its worker hears of it within seconds and writes nothing more") { id, by };
        command.SetAction(async (parse, cancellationToken) =>
        {
            await using var data = await OpenData.OpenAsync(parse, create: false, cancellationToken);
            if (!await data.Get<TrainingRunStore>().CancelAsync(parse.GetValue(id), parse.GetValue(by)!, TimeProvider.System.GetUtcNow(), cancellationToken))
                throw new CommandException($"run {parse.GetValue(id)} is over, or there is none; ./echoclr training list lists them");
            terminal.Line($"cancelled: run {parse.GetValue(id)}");
            return 0;
        });
        return command;
    }

    private static Command CreateResume(Terminal terminal)
    {
        var id = Run();
        var command = new Command("resume", "Works on a run here, from its last checkpoint: one that waits, whose worker died, that failed or was cancelled") { id };
        command.SetAction(async (parse, cancellationToken) =>
        {
            await using var data = await OpenData.OpenAsync(parse, create: false, cancellationToken);
            await data.Get<TrainingRunStore>().RetryAsync(parse.GetValue(id), cancellationToken);
            return await TrainingWatch.RunAsync(terminal, data, GlobalOptions.Load(parse), parse.GetValue(id), null, cancellationToken);
        });
        return command;
    }

    private static Command CreateWork(Terminal terminal)
    {
        var id = Run();
        var command = new Command(TrainingChild.Subcommand, "The process of one run: ends when its standard input does") { id };
        command.Hidden = true;
        command.SetAction(async (parse, cancellationToken) =>
        {
            BeTheFirstToGo();
            await using var data = await OpenData.OpenAsync(parse, create: false, cancellationToken);
            using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            _ = Task.Run(async () =>
            {
                while (await Console.In.ReadLineAsync(CancellationToken.None) is not null)
                {
                }
                await ended.CancelAsync();
            }, CancellationToken.None);
            var judging = Judging.Of(data, GlobalOptions.Load(parse));
            var job = new RetrainingJob(
                new PretrainJob(data.Get<ClipStore>(), data.Get<BlobStore>(), TimeProvider.System, new SynchronousProgress<PretrainProgress>(Say)),
                new RunRelease(data.Get<LabelStore>(), data.Get<ClipStore>(), data.Get<BlobStore>(), judging.Judgement, judging.Clips, TimeProvider.System));
            var worker = new TrainingWorker(data.Get<TrainingRunStore>(), data.Get<BlobStore>(), job, TimeProvider.System);
            return TrainingProcess.ExitCodeOf(await worker.RunAsync(parse.GetValue(id), $"{Environment.MachineName}/{Environment.ProcessId}", ended.Token));
        });
        return command;

        void Say(PretrainProgress now) => terminal.Line(JsonSerializer.Serialize(now, JsonSerializerOptions.Web));
    }

    private static Argument<long> Run() => new("run") { Description = "Its number, as training list gives it" };

    /// <summary>Where memory runs short the kernel takes this process before the one that holds associations (proc(5), oom_score_adj).</summary>
    private static void BeTheFirstToGo()
    {
        try
        {
            File.WriteAllText("/proc/self/oom_score_adj", "500");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // No such file on this system: then memory is shared as it comes.
        }
    }
}
