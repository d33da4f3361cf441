namespace EchoClr.Shared.Data;

public enum AnalysisState
{
    Analyzed,

    /// <summary>No number: the reason says why, for a person to read.</summary>
    NotAnalyzed,
}

public enum FindingOutcome
{
    Present,
    Absent,

    /// <summary>The model gave no answer.</summary>
    Abstained,
}

/// <summary>An analysis to persist. The first of (version, model) wins.</summary>
/// <param name="Details">JSON that the report is built from, so that building it twice gives the same bytes.</param>
public sealed record NewAnalysis(long StudyVersionId, long ModelId, long ViewModelId, AnalysisState State, string? Reason, string? Details,
    DateTimeOffset StartedAt, DateTimeOffset FinishedAt, string TraceId, IReadOnlyList<NewVideoView> Views, IReadOnlyList<NewFinding> Findings);

/// <param name="View">Null when the cine could not be read at all.</param>
/// <param name="Reason">Why the cine was not used.</param>
/// <param name="Measure">Of a cine that the view gate read.</param>
public sealed record NewVideoView(long InstanceId, string? View, double? Probability, bool Used, string? Reason, NewCineMeasure? Measure = null);

/// <param name="InstanceId">Null for the finding of the whole study.</param>
/// <param name="Name">The question, as the model names it: <c>AS</c>, <c>LVH</c>.</param>
public sealed record NewFinding(long? InstanceId, string Name, double? Probability, double? Threshold, FindingOutcome Outcome);

public sealed record AnalysisRow
{
    internal const string Select = """
        SELECT a.id, a.study_version_id, s.study_instance_uid, a.model_id, a.view_model_id, a.state, a.reason, a.details, a.started_at, a.finished_at, a.reported_at, a.trace_id
        FROM analysis a JOIN study_version v ON v.id = a.study_version_id JOIN study s ON s.id = v.study_id
        """;

    public long Id { get; init; }
    public long StudyVersionId { get; init; }
    public string StudyInstanceUid { get; init; } = "";
    public long ModelId { get; init; }
    public long ViewModelId { get; init; }
    public AnalysisState State { get; init; }
    public string? Reason { get; init; }
    public string? Details { get; init; }
    public DateTimeOffset StartedAt { get; init; }
    public DateTimeOffset FinishedAt { get; init; }

    /// <summary>When the report step was done, also where no destination wanted anything.</summary>
    public DateTimeOffset? ReportedAt { get; init; }
    public string TraceId { get; init; } = "";
}

public sealed record VideoViewRow
{
    public long Id { get; init; }
    public long AnalysisId { get; init; }
    public long InstanceId { get; init; }
    public string SopInstanceUid { get; init; } = "";
    public string? ViewLabel { get; init; }
    public double? Probability { get; init; }
    public bool Used { get; init; }
    public string? Reason { get; init; }
}

public sealed record FindingRow
{
    internal const string Select = "SELECT f.id, f.analysis_id, f.instance_id, f.name, f.probability, f.threshold, f.outcome FROM finding f";

    public long Id { get; init; }
    public long AnalysisId { get; init; }
    public long? InstanceId { get; init; }
    public string Name { get; init; } = "";
    public double? Probability { get; init; }
    public double? Threshold { get; init; }
    public FindingOutcome Outcome { get; init; }
}
