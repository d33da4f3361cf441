using System.Text.Json;

namespace EchoClr.Shared.Scheduling;

/// <summary>What becomes of a firing that could not happen in time, because nothing ran or the clock jumped.</summary>
public enum MisfireRule
{
    /// <summary>The last one missed is made up for as soon as possible, once.</summary>
    RunOnce,

    /// <summary>It is written down as missed.</summary>
    Skip,
}

/// <summary>What an administrator says of a schedule.</summary>
/// <param name="Cron">Five fields, on the clock of <paramref name="TimeZone"/> (<see cref="CronTimes"/>).</param>
/// <param name="TimeZone">An IANA name.</param>
/// <param name="TrainingPlan">What a run does, as JSON of the kind that the training worker reads.</param>
/// <param name="Misfire">For firings that were missed.</param>
/// <param name="MinNewCines">Usable cines that must have come in since the schedule's last run that succeeded; with fewer, the firing is left out.</param>
/// <param name="Quiet">As 07:00-19:00; null for none (<see cref="QuietHours"/>).</param>
public sealed record ScheduleSettings(string Cron, string TimeZone, string TrainingPlan, MisfireRule Misfire, int MinNewCines, string? Quiet)
{
    /// <summary>Fewer new cines than this hardly move an encoder that has seen thousands, and a run costs a night.</summary>
    public const int DefaultMinNewCines = 100;

    /// <summary>The recipe that is better than published, with its own defaults; then a model from the encoder, for whose labels suffice.</summary>
    public const string DefaultTrainingPlan = """{"recipe":"echoclr+","findings":["AS","LVH"]}""";

    public CronTimes Times() => new(Cron, TimeZone);

    /// <summary>The first times at which it is due, its quiet hours aside.</summary>
    public IReadOnlyList<DateTimeOffset> Next(DateTimeOffset after, int count)
    {
        var times = Times();
        var next = new List<DateTimeOffset>();
        for (var due = times.After(after); due is not null && next.Count < count; due = times.After(due.Value))
            next.Add(due.Value);
        return next;
    }

    /// <summary>From when on a firing that is due may begin: at once, or when quiet hours end.</summary>
    public DateTimeOffset MayBegin(DateTimeOffset moment) => QuietHours.Parse(Quiet)?.EndOf(moment, CronTimes.FindZone(TimeZone)) ?? moment;

    /// <exception cref="FormatException">One sentence: what cannot work.</exception>
    public ScheduleSettings Checked(DateTimeOffset now)
    {
        if (Times().After(now) is null)
            throw new FormatException($"'{Cron}' names no time that ever comes");
        if (MinNewCines < 0)
            throw new FormatException($"a minimum of {MinNewCines} new cines makes no sense; write 0 or more");
        if (!Enum.IsDefined(Misfire))
            throw new FormatException($"there is no misfire rule {Misfire}; write RunOnce or Skip");
        var quiet = QuietHours.Parse(Quiet)?.ToString();
        try
        {
            using var plan = JsonDocument.Parse(TrainingPlan);
            if (plan.RootElement.ValueKind != JsonValueKind.Object)
                throw new FormatException("a training plan is a JSON object");
        }
        catch (JsonException e)
        {
            throw new FormatException($"the training plan is no JSON: {e.Message}", e);
        }
        return this with { Quiet = quiet };
    }
}
