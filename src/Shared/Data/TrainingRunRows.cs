namespace EchoClr.Shared.Data;

public enum TrainingRunState
{
    /// <summary>Nobody has it: new, or given back by a worker that was stopped.</summary>
    Waiting,

    /// <summary>A worker holds it by a lease; when the lease has run out, the next worker goes on from the last checkpoint.</summary>
    Running,
    Succeeded,

    /// <summary>Stopped for a reason that repeating does not cure; <see cref="TrainingRunRow.Error"/> says which.</summary>
    Failed,

    /// <summary>Stopped by a person.</summary>
    Cancelled,
}

/// <param name="ScheduleId">Null for a run by hand.</param>
/// <param name="DueAt">With the schedule the run's identity: one firing, one row.</param>
/// <param name="TrainingPlan">What is to be done, as JSON of the kind that the worker reads.</param>
public sealed record NewTrainingRun(long? ScheduleId, DateTimeOffset DueAt, string TrainingPlan, string TraceId);

/// <summary>The right to write for a run. Every taking has a higher token than the one before, so what an earlier holder still writes is refused.</summary>
public sealed record TrainingLease(long RunId, long FencingToken, string Owner);

/// <summary>What a run's worker told at one time.</summary>
public sealed record TrainingFigureRow
{
    /// <summary>0 to 1.</summary>
    public double Progress { get; init; }
    public DateTimeOffset ToldAt { get; init; }

    /// <summary>JSON, of the kind that <see cref="TrainingRunRow.Metrics"/> has while the run goes on.</summary>
    public string Figures { get; init; } = "";
}

public sealed record TrainingRunRow
{
    internal const string Select = """
        SELECT id, schedule_id, due_at, state, training_plan, lease_owner, lease_until, fencing_token, checkpoint_key, progress, metrics, error, started_at, finished_at, trace_id FROM training_run
        """;

    public long Id { get; init; }
    public long? ScheduleId { get; init; }
    public DateTimeOffset DueAt { get; init; }
    public TrainingRunState State { get; init; }
    public string TrainingPlan { get; init; } = "";
    public string? LeaseOwner { get; init; }
    public DateTimeOffset? LeaseUntil { get; init; }
    public long FencingToken { get; init; }

    /// <summary>The last checkpoint whose holder still had its lease when it was recorded: relative to the data folder.</summary>
    public string? CheckpointKey { get; init; }

    /// <summary>0 to 1.</summary>
    public double? Progress { get; init; }

    /// <summary>JSON: while it runs the last figures, at the end the result.</summary>
    public string? Metrics { get; init; }
    public string? Error { get; init; }
    public DateTimeOffset? StartedAt { get; init; }
    public DateTimeOffset? FinishedAt { get; init; }
    public string TraceId { get; init; } = "";

    public bool IsOver => State is TrainingRunState.Succeeded or TrainingRunState.Failed or TrainingRunState.Cancelled;
}
