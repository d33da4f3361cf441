using System.CommandLine;
using System.Text.Json;
using EchoClr.App.Configuration;
using EchoClr.Retraining.Pretrain;
using EchoClr.Shared.Audit;
using EchoClr.Shared.Data;
using EchoClr.Shared.Scheduling;

namespace EchoClr.App.Commands;

/// <summary><c>schedule list|set|next|run|pause|resume</c>: when retraining happens. A running <c>up</c> sees a change within a minute.</summary>
internal static class ScheduleCommand
{
    private const int NextShown = 5; // enough to see a weekly rule cross a change of the clock

    // "echoclr+" is written as it is said.
    private static readonly JsonSerializerOptions PlanFormat = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Command Create(Terminal terminal)
    {
        var command = new Command("schedule", "When retraining happens: by cron in a time zone, with quiet hours and a minimum of new cines");
        command.Subcommands.Add(CreateList(terminal));
        command.Subcommands.Add(CreateSet(terminal));
        command.Subcommands.Add(CreateNext(terminal));
        command.Subcommands.Add(CreateRun(terminal));
        command.Subcommands.Add(CreateEnable("pause", "Fires it no more until it is resumed; a run under way goes on", enabled: false, terminal));
        command.Subcommands.Add(CreateEnable("resume", "Fires it again; what fell due meanwhile is not made up for", enabled: true, terminal));
        return command;
    }

    private static Command CreateList(Terminal terminal)
    {
        var json = CommonOptions.Json();
        var command = new Command("list", "Lists schedules, when they are due next, and what became of their last firing") { json };
        command.SetAction(async (parse, cancellationToken) =>
        {
            await using var data = await OpenData.OpenAsync(parse, create: false, cancellationToken);
            var store = data.Get<ScheduleStore>();
            var rows = new List<(ScheduleRow Schedule, DateTimeOffset? Next, TrainingRunRow? Last)>();
            foreach (var schedule in await store.ListAsync(cancellationToken))
                rows.Add((schedule, schedule.Enabled ? schedule.Settings.Times().After(Now()) : null, await store.ListFiringsAsync(schedule.Id, 1, cancellationToken) is [var last] ? last : null));
            if (parse.GetValue(json))
                terminal.Json(rows.Select(row => new
                {
                    row.Schedule.Name, row.Schedule.Cron, row.Schedule.TimeZone, row.Schedule.Enabled, Misfire = row.Schedule.Misfire.ToString(), row.Schedule.MinNewCines, row.Schedule.Quiet, row.Schedule.ChangedBy,
                    row.Next, Last = row.Last is null ? null : new { row.Last.Id, row.Last.DueAt, State = row.Last.State.ToString(), row.Last.Error },
                }));
            else if (rows.Count == 0)
                terminal.Line("no schedule; ./echoclr schedule set weekly \"0 2 * * SUN\" --zone Europe/Berlin makes one");
            else
                terminal.Table(["name", "cron", "zone", "quiet", "new cines", "missed", "next", "last"], rows.Select(row => (IReadOnlyList<string>)
                    [row.Schedule.Name, row.Schedule.Cron, row.Schedule.TimeZone, row.Schedule.Quiet ?? "", $"{row.Schedule.MinNewCines}", row.Schedule.Misfire == MisfireRule.Skip ? "skip" : "run once",
                     !row.Schedule.Enabled ? $"paused by {row.Schedule.ChangedBy}" : row.Next is { } next ? InZone(next, row.Schedule.TimeZone) : "never", row.Last is { } last ? $"{InZone(last.DueAt, row.Schedule.TimeZone)}: {Word(last)}" : ""]));
            return 0;
        });
        return command;
    }

    private static Command CreateSet(Terminal terminal)
    {
        var name = Name();
        var cron = new Argument<string>("cron") { Description = "Minute, hour, day of month, month, day of week, as \"0 2 * * SUN\"" };
        var zone = new Option<string>("--zone") { Description = "IANA time zone that the cron is read in; by default this machine's", DefaultValueFactory = _ => TimeZoneInfo.Local.Id, HelpName = "ZONE" };
        var misfire = new Option<string>("--missed") { Description = "What becomes of a firing while nothing ran: run-once makes up for the last one, skip leaves it", DefaultValueFactory = _ => "run-once" };
        misfire.AcceptOnlyFromAmong("run-once", "skip");
        var cines = new Option<int>("--min-new-cines") { Description = "Usable cines since its last run; with fewer a firing is left out", DefaultValueFactory = _ => ScheduleSettings.DefaultMinNewCines, HelpName = "N" };
        var quiet = new Option<string?>("--quiet") { Description = "Hours in which no run begins, as 07:00-19:00; a firing then waits for their end", HelpName = "HH:MM-HH:MM" };
        var recipe = new Option<string>("--recipe") { Description = "How to pretrain", DefaultValueFactory = _ => "echoclr+" };
        recipe.AcceptOnlyFromAmong([.. PretrainRecipe.All.Select(one => one.Name)]);
        var labels = new Option<string>("--labels") { Description = "Findings that the encoder is then fine-tuned to answer on readers' labels, as AS,LVH; none leaves it at the encoder", DefaultValueFactory = _ => "AS,LVH", HelpName = "NAMES" };
        var plan = new Option<FileInfo?>("--plan") { Description = "Training plan as a JSON file, instead of a recipe's defaults" };
        var by = CommonOptions.By();
        var command = new Command("set", "Makes a schedule, or changes it") { name, cron, zone, misfire, cines, quiet, recipe, labels, plan, by };
        command.SetAction(async (parse, cancellationToken) =>
        {
            await using var data = await OpenData.OpenAsync(parse, create: true, cancellationToken);
            var text = parse.GetValue(plan) is { } file ? await File.ReadAllTextAsync(file.FullName, cancellationToken) : Plan(parse.GetValue(recipe)!, parse.GetValue(labels)!);
            var settings = new ScheduleSettings(
                parse.GetValue(cron)!, parse.GetValue(zone)!, text, parse.GetValue(misfire) == "skip" ? MisfireRule.Skip : MisfireRule.RunOnce, parse.GetValue(cines), parse.GetValue(quiet));
            try
            {
                PretrainPlan.FromJson(text); // a plan that cannot work is told now, not at two in the night
                var row = await data.Get<ScheduleStore>().SetAsync(parse.GetValue(name)!, settings, AuditParticipant.Operator(), parse.GetValue(by)!, Now(), cancellationToken);
                terminal.Line($"set: {row.Name}{(row.Enabled ? "" : " (paused; ./echoclr schedule resume goes on)")}; it is due");
                ShowNext(terminal, row, NextShown);
            }
            catch (FormatException e)
            {
                throw new CommandException(e.Message, e);
            }
            return 0;
        });
        return command;
    }

    private static string Plan(string recipe, string labels) => labels == "none"
        ? JsonSerializer.Serialize(new { recipe }, PlanFormat)
        : JsonSerializer.Serialize(new { recipe, findings = labels.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) }, PlanFormat);

    private static Command CreateNext(Terminal terminal)
    {
        var name = Name();
        var count = new Option<int>("--count") { Description = "How many", DefaultValueFactory = _ => NextShown };
        var command = new Command("next", "Shows when a schedule is due next, in its zone and in UTC") { name, count };
        command.SetAction(async (parse, cancellationToken) =>
        {
            await using var data = await OpenData.OpenAsync(parse, create: false, cancellationToken);
            ShowNext(terminal, await FindAsync(data, parse.GetValue(name)!, cancellationToken), Math.Clamp(parse.GetValue(count), 1, 1000));
            return 0;
        });
        return command;
    }

    private static Command CreateRun(Terminal terminal)
    {
        var (name, by) = (Name(), CommonOptions.By());
        var command = new Command("run", "Runs a schedule's training now, whatever its cron, quiet hours and minimum say") { name, by };
        command.SetAction(async (parse, cancellationToken) =>
        {
            await using var data = await OpenData.OpenAsync(parse, create: false, cancellationToken);
            var schedule = await FindAsync(data, parse.GetValue(name)!, cancellationToken);
            if (await data.Get<ScheduleStore>().RunNowAsync(schedule.Name, AuditParticipant.Operator(), parse.GetValue(by)!, Now(), cancellationToken) is not { } firing)
                throw new CommandException($"{schedule.Name} was run by another at this very moment; ./echoclr schedule list says more");
            if (firing.Refusal is { } refusal)
                throw new CommandException(refusal);
            terminal.Line($"training run {firing.RunId} waits for a training worker");
            return 0;
        });
        return command;
    }

    private static Command CreateEnable(string verb, string description, bool enabled, Terminal terminal)
    {
        var (name, by) = (Name(), CommonOptions.By());
        var command = new Command(verb, description) { name, by };
        command.SetAction(async (parse, cancellationToken) =>
        {
            await using var data = await OpenData.OpenAsync(parse, create: false, cancellationToken);
            var schedule = await FindAsync(data, parse.GetValue(name)!, cancellationToken);
            if (!await data.Get<ScheduleStore>().EnableAsync(schedule.Name, enabled, AuditParticipant.Operator(), parse.GetValue(by)!, Now(), cancellationToken))
                throw new CommandException($"{schedule.Name} is {(enabled ? "not paused" : "paused already")}");
            terminal.Line($"{verb}d: {schedule.Name}");
            return 0;
        });
        return command;
    }

    private static Argument<string> Name() => new("name") { Description = "The schedule's name" };

    private static DateTimeOffset Now() => TimeProvider.System.GetUtcNow();

    private static async Task<ScheduleRow> FindAsync(OpenData data, string name, CancellationToken cancellationToken) => await data.Get<ScheduleStore>().FindAsync(name, cancellationToken)
        ?? throw new CommandException($"there is no schedule {name}; ./echoclr schedule list lists those there are");

    private static void ShowNext(Terminal terminal, ScheduleRow schedule, int count)
    {
        foreach (var due in schedule.Settings.Next(Now(), count))
        {
            var begins = schedule.Settings.MayBegin(due);
            terminal.Line($"  {InZone(due, schedule.TimeZone)}  ({due:yyyy-MM-dd HH:mm} UTC){(begins == due ? "" : $"; begins when quiet hours end, {InZone(begins, schedule.TimeZone)}")}");
        }
    }

    private static string InZone(DateTimeOffset moment, string zone) => TimeZoneInfo.ConvertTime(moment, TimeZoneInfo.FindSystemTimeZoneById(zone)).ToString("ddd yyyy-MM-dd HH:mm zzz");

    private static string Word(TrainingRunRow run) => run.Error is { } error ? error : $"run {run.Id} {run.State.ToString().ToLowerInvariant()}";
}
