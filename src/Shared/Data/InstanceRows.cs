namespace EchoClr.Shared.Data;

/// <summary>A received object as inference, portal and ledger see it.</summary>
public sealed record InstanceRow
{
    internal const string Columns = """
        i.id, i.sop_instance_uid, i.sop_class_uid, i.series_instance_uid, s.study_instance_uid, i.modality, i.series_number, i.instance_number, i.number_of_frames,
        i.transfer_syntax_uid, i.file_key, i.dataset_offset, i.dataset_length, i.dataset_sha256, i.origin, i.received_at, i.expired_at, i.trace_id
        """;

    internal const string Select = $"SELECT {Columns} FROM instance i JOIN study s ON s.id = i.study_id";

    public long Id { get; init; }
    public string SopInstanceUid { get; init; } = "";
    public string SopClassUid { get; init; } = "";
    public string SeriesInstanceUid { get; init; } = "";
    public string StudyInstanceUid { get; init; } = "";
    public string? Modality { get; init; }
    public int? SeriesNumber { get; init; }
    public int? InstanceNumber { get; init; }
    public int? NumberOfFrames { get; init; }
    public string TransferSyntaxUid { get; init; } = "";

    /// <summary>Relative to the data directory (<c>BlobStore.PathOf</c>); null once expired by policy.</summary>
    public string? FileKey { get; init; }
    public long DatasetOffset { get; init; }
    public long DatasetLength { get; init; }
    public string DatasetSha256 { get; init; } = "";
    public InstanceOrigin Origin { get; init; }
    public DateTimeOffset ReceivedAt { get; init; }
    public DateTimeOffset? ExpiredAt { get; init; }
    public string TraceId { get; init; } = "";
}

/// <summary>Other bytes under a SOP Instance UID that was taken.</summary>
public sealed record ConflictRow
{
    public string SopInstanceUid { get; init; } = "";

    /// <summary>The study that the later bytes named; not always the kept instance's.</summary>
    public string StudyInstanceUid { get; init; } = "";
    public string FileKey { get; init; } = "";
    public string DatasetSha256 { get; init; } = "";
    public string KeptDatasetSha256 { get; init; } = "";
    public DateTimeOffset ReceivedAt { get; init; }
}

/// <summary>A C-STORE answered with a failure, and why.</summary>
public sealed record RefusalRow
{
    public string CallingAeTitle { get; init; } = "";
    public string SopClassUid { get; init; } = "";
    public string SopInstanceUid { get; init; } = "";

    /// <summary>The DIMSE status.</summary>
    public int Status { get; init; }
    public string Reason { get; init; } = "";
    public DateTimeOffset RefusedAt { get; init; }
}

/// <summary>What a sender may be told about an object.</summary>
public sealed record HeldInstance
{
    public long Id { get; init; }
    public string SopInstanceUid { get; init; } = "";
    public string SopClassUid { get; init; } = "";

    /// <summary>Null once expired by policy.</summary>
    public string? FileKey { get; init; }
    public long DatasetOffset { get; init; }
    public long DatasetLength { get; init; }
    public string DatasetSha256 { get; init; } = "";

    /// <summary>The sender in question also sent other bytes under this UID, which were kept aside.</summary>
    public bool Contested { get; init; }
}
