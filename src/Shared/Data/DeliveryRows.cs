namespace EchoClr.Shared.Data;

public enum ResultKind
{
    StructuredReport,
    SaliencyCine,

    /// <summary>The text of "not analysed: why", where a destination asks for one.</summary>
    TextReport,

    /// <summary>A report that withdraws the one before it; in the tables a text report with this purpose.</summary>
    Withdrawal,

    /// <summary>A Key Object Selection that rejects what was withdrawn (IHE Imaging Object Change Management); in the tables a text report with this purpose.</summary>
    RejectionNote,
}

/// <summary>The road of one result to one destination.</summary>
public enum DeliveryState
{
    /// <summary>The destination is on hold: analysed, nothing is sent until a person releases it.</summary>
    Held,

    /// <summary>Due at NextAttemptAt.</summary>
    Waiting,

    /// <summary>In a worker's hands until ClaimedUntil.</summary>
    Sending,

    /// <summary>Every object was answered Success or a warning; commitment is still to be requested, due at NextAttemptAt.</summary>
    Sent,

    /// <summary>The report is awaited until NextAttemptAt.</summary>
    CommitmentRequested,

    /// <summary>The PACS says that it holds every object. An end.</summary>
    Confirmed,

    /// <summary>Given up; a person must look.</summary>
    Parked,

    /// <summary>It need not arrive: a person decided so, or a later report of the study was sent in its place. An end.</summary>
    Dropped,
}

/// <summary>A result file to persist; it must be durable under <paramref name="FileKey"/> before its row is written.</summary>
public sealed record NewResultObject(ResultKind Kind, string SopClassUid, string SopInstanceUid, string SeriesInstanceUid, string FileKey, string Sha256, long Length);

/// <param name="SopInstanceUids">What goes to this destination, in the order of sending: a saliency cine before the report that points to it.</param>
public sealed record NewDelivery(string Destination, bool Held, IReadOnlyList<string> SopInstanceUids)
{
    /// <summary>Why a person must look before it is sent; null where nobody need.</summary>
    public string? ParkedBecause { get; init; }
}

public sealed record ResultObjectRow
{
    internal const string Columns = "o.id, o.analysis_id, COALESCE(o.purpose, o.kind) AS kind, o.sop_class_uid, o.sop_instance_uid, o.series_instance_uid, o.file_key, o.sha256, o.length, o.created_at, o.trace_id";

    public long Id { get; init; }
    public long AnalysisId { get; init; }
    public ResultKind Kind { get; init; }
    public string SopClassUid { get; init; } = "";
    public string SopInstanceUid { get; init; } = "";
    public string SeriesInstanceUid { get; init; } = "";
    public string FileKey { get; init; } = "";
    public string Sha256 { get; init; } = "";
    public long Length { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public string TraceId { get; init; } = "";
}

/// <summary>A report that an earlier analysis of the same study gave.</summary>
public sealed record EarlierReport
{
    public long Id { get; init; }
    public long AnalysisId { get; init; }
    public ResultKind Kind { get; init; }
    public string SopClassUid { get; init; } = "";
    public string SopInstanceUid { get; init; } = "";
    public string SeriesInstanceUid { get; init; } = "";
    public string FileKey { get; init; } = "";

    /// <summary>A destination holds it, or will get it. One that was given up unsent is no predecessor of anything.</summary>
    public bool UnderWay { get; init; }
}

public sealed record DeliveryRow
{
    internal const string Select = """
        SELECT d.id, d.analysis_id, s.study_instance_uid, d.destination, d.state, d.attempts, d.next_attempt_at, d.claimed_until, d.sent_at, d.commitment_transaction_uid,
               d.commitment_attempts, d.commitment_requested_at, d.confirmed_at, d.confirmed_by, d.reason, d.created_at, d.updated_at, d.trace_id, d.row_version
        FROM delivery d JOIN analysis a ON a.id = d.analysis_id JOIN study_version v ON v.id = a.study_version_id JOIN study s ON s.id = v.study_id
        """;

    public long Id { get; init; }
    public long AnalysisId { get; init; }
    public string StudyInstanceUid { get; init; } = "";
    public string Destination { get; init; } = "";
    public DeliveryState State { get; init; }

    /// <summary>Sendings begun, commitment requests not among them.</summary>
    public int Attempts { get; init; }
    public DateTimeOffset? NextAttemptAt { get; init; }
    public DateTimeOffset? ClaimedUntil { get; init; }
    public DateTimeOffset? SentAt { get; init; }

    /// <summary>The newest one; reports to older ones are taken as well.</summary>
    public string? CommitmentTransactionUid { get; init; }
    public int CommitmentAttempts { get; init; }
    public DateTimeOffset? CommitmentRequestedAt { get; init; }
    public DateTimeOffset? ConfirmedAt { get; init; }

    /// <summary>StorageCommitment or Query (C-FIND).</summary>
    public string? ConfirmedBy { get; init; }

    /// <summary>Why it is parked or dropped, or the error of the last attempt.</summary>
    public string? Reason { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset UpdatedAt { get; init; }
    public string TraceId { get; init; } = "";
    public int RowVersion { get; init; }
}

/// <summary>One result object within a delivery.</summary>
public sealed record DeliveryObjectRow
{
    internal const string Select = """
        SELECT x.delivery_id, x.result_object_id, COALESCE(o.purpose, o.kind) AS kind, o.sop_class_uid, o.sop_instance_uid, o.series_instance_uid, o.file_key, x.status, x.sent_at, x.confirmed_at, x.failure_reason
        FROM delivery_object x JOIN result_object o ON o.id = x.result_object_id
        """;

    public long DeliveryId { get; init; }
    public long ResultObjectId { get; init; }
    public ResultKind Kind { get; init; }
    public string SopClassUid { get; init; } = "";
    public string SopInstanceUid { get; init; } = "";
    public string SeriesInstanceUid { get; init; } = "";
    public string FileKey { get; init; } = "";

    /// <summary>The DIMSE status of the last C-STORE; null before one.</summary>
    public int? Status { get; init; }
    public DateTimeOffset? SentAt { get; init; }
    public DateTimeOffset? ConfirmedAt { get; init; }

    /// <summary>The PACS's Failure Reason (0008,1197) of the last commitment report.</summary>
    public int? FailureReason { get; init; }
}
