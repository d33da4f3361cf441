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

    /// <summary>Sent; at least one destination has yet to say that it holds the result.</summary>
    WaitingForConfirmation,
    Held,
    DeliveryParked,

    /// <summary>An administrator withdrew the report; the reason says who, why, and whether the destinations know.</summary>
    Withdrawn,

    /// <summary>A person gave up every delivery: the result exists here only.</summary>
    DeliveryDropped,

    /// <summary>Every destination that was not given up has confirmed that it holds the result, and there is at least one.</summary>
    Confirmed,
}

/// <summary>One study of the worklist, with the findings and deliveries of its current version. A withdrawn report has no findings any more.</summary>
public sealed record WorklistRow(StudyRow Study, StudyVersionRow Version, WorklistState State, string? Reason, AnalysisRow? Analysis,
    IReadOnlyList<FindingRow> Findings, IReadOnlyList<DeliveryRow> Deliveries, WithdrawalRow? Withdrawal);
