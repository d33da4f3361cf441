namespace EchoClr.Shared.Contracts;

// Every message of design §6. Messages are hints: they carry keys, never pixels, names or MRNs, and the database is the truth.
// TraceId is the W3C trace id of the association that began the study.

/// <summary>A study version is complete by recorded evidence. Published by Ingest/StudyCompletion.</summary>
public sealed record StudyCompleted
{
    public required long StudyVersionId { get; init; }
    public required string TraceId { get; init; }
}

/// <summary>The same for a study that its sender marked as urgent: a queue of its own, since neither RabbitMQ's quorum queues nor a queue in memory know priorities within one.</summary>
public sealed record UrgentStudyCompleted
{
    public required long StudyVersionId { get; init; }
    public required string TraceId { get; init; }
}

/// <summary>Probabilities exist for a study version. Published by Inference/Analysis.</summary>
public sealed record StudyAnalyzed
{
    public required long AnalysisId { get; init; }
    public required string TraceId { get; init; }
}

/// <summary>A study version ended without a probability; the reason is in its analysis row. Published by Inference/Analysis.</summary>
public sealed record StudyNotAnalyzed
{
    public required long AnalysisId { get; init; }
    public required string TraceId { get; init; }
}

/// <summary>SR and saliency cine are written and waiting to be sent. Published by Inference/Reporting.</summary>
public sealed record ReportWritten
{
    public required long AnalysisId { get; init; }
    public required string TraceId { get; init; }
}

/// <summary>A storage commitment report was recorded. Published by Ingest/Commitment, which owns the listener.</summary>
public sealed record CommitmentReported
{
    public required string TransactionUid { get; init; }
    public required string TraceId { get; init; }
}

/// <summary>The PACS holds every result object. Published by Inference/Delivery.</summary>
public sealed record ReportConfirmed
{
    public required long DeliveryId { get; init; }
    public required string TraceId { get; init; }
}

/// <summary>A delivery gave up and waits for a person. Published by Inference/Delivery.</summary>
public sealed record DeliveryParked
{
    public required long DeliveryId { get; init; }
    public required string TraceId { get; init; }
}
