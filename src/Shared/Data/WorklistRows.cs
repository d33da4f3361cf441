namespace EchoClr.Shared.Data;

/// <summary>Where a study stands, as a person asks it.</summary>
public enum WorklistState
{
    Receiving,
    WaitingForAnalysis,
    AnalysisParked,
    NotAnalyzed,
    WaitingForReport,

    /// <summary>A report is written and under way to at least one destination.</summary>
    Delivering,
    Held,
    DeliveryParked,

    /// <summary>Every destination that is on has confirmed that it holds the result.</summary>
    Confirmed,
}

/// <summary>One study of the worklist, with the findings and deliveries of its current version.</summary>
public sealed record WorklistRow(StudyRow Study, StudyVersionRow Version, WorklistState State, string? Reason, AnalysisRow? Analysis,
    IReadOnlyList<FindingRow> Findings, IReadOnlyList<DeliveryRow> Deliveries);
