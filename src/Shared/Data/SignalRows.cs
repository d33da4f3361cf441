namespace EchoClr.Shared.Data;

/// <summary>What a signal says.</summary>
public enum SignalKind
{
    Findings,

    /// <summary>The study could not be analysed, and why.</summary>
    NotAnalyzed,

    /// <summary>None of what was said of the report stands.</summary>
    Withdrawal,
}

/// <summary>The road of one signal to one target.</summary>
public enum SignalState
{
    /// <summary>Due at NextAttemptAt.</summary>
    Waiting,

    /// <summary>In a worker's hands until its claim runs out.</summary>
    Sending,

    /// <summary>The receiver has acknowledged it. An end.</summary>
    Sent,

    /// <summary>Given up; a person must look.</summary>
    Parked,

    /// <summary>It need not arrive: a person decided so, or a later word took its place. An end.</summary>
    Dropped,
}

/// <summary>A target that hears of studies.</summary>
/// <param name="Name">Its name in the tables.</param>
/// <param name="NotAnalyzed">Also of those that were not analysed; else of these only where it was told something before.</param>
public sealed record SignalWish(string Name, bool NotAnalyzed);

public sealed record SignalRow
{
    internal const string Select = """
        SELECT g.id, g.study_id, s.study_instance_uid, g.analysis_id, g.result_object_id, g.target, g.kind, g.state, g.attempts, g.next_attempt_at, g.sent_at, g.reason, g.created_at, g.updated_at,
               g.trace_id, g.row_version
        FROM signal g JOIN study s ON s.id = g.study_id
        """;

    public long Id { get; init; }
    public long StudyId { get; init; }
    public string StudyInstanceUid { get; init; } = "";
    public long AnalysisId { get; init; }

    /// <summary>The report that it speaks of.</summary>
    public long ResultObjectId { get; init; }
    public string Target { get; init; } = "";
    public SignalKind Kind { get; init; }
    public SignalState State { get; init; }

    /// <summary>Sendings begun since it was raised, or since a person let it try again.</summary>
    public int Attempts { get; init; }
    public DateTimeOffset? NextAttemptAt { get; init; }
    public DateTimeOffset? SentAt { get; init; }

    /// <summary>Why it is parked or dropped, or the error of the last attempt.</summary>
    public string? Reason { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset UpdatedAt { get; init; }
    public string TraceId { get; init; } = "";
    public int RowVersion { get; init; }
}
