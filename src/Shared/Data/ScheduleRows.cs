using EchoClr.Shared.Scheduling;

namespace EchoClr.Shared.Data;

public sealed record ScheduleRow
{
    internal const string Select = """
        SELECT id, name, cron, time_zone, enabled, training_plan, misfire, min_new_cines, quiet, decided_until, changed_at, changed_by, row_version FROM schedule
        """;

    public long Id { get; init; }
    public string Name { get; init; } = "";
    public string Cron { get; init; } = "";
    public string TimeZone { get; init; } = "";

    /// <summary>False while it is paused.</summary>
    public bool Enabled { get; init; }
    public string TrainingPlan { get; init; } = "";
    public MisfireRule Misfire { get; init; }
    public int MinNewCines { get; init; }
    public string? Quiet { get; init; }
    public DateTimeOffset? DecidedUntil { get; init; }
    public DateTimeOffset ChangedAt { get; init; }
    public string ChangedBy { get; init; } = "";
    public int RowVersion { get; init; }

    public ScheduleSettings Settings => new(Cron, TimeZone, TrainingPlan, Misfire, MinNewCines, Quiet);

    /// <summary>Up to when every time it was due has been decided.</summary>
    public DateTimeOffset Decided => DecidedUntil ?? ChangedAt;
}

/// <summary>What became of a time at which a schedule was due.</summary>
/// <param name="RunId">The row of the firing.</param>
/// <param name="Refusal">Why it is not run; null where it waits for a training worker.</param>
public sealed record Firing(long RunId, DateTimeOffset DueAt, string? Refusal);
