namespace EchoClr.Shared.Data;

/// <summary>An arrival: its file, already durable, and what its header says. Texts are the peer's, cut to the columns' widths.</summary>
public sealed record NewInstance
{
    public required string SopInstanceUid { get; init; }
    public required string SopClassUid { get; init; }
    public required string SeriesInstanceUid { get; init; }
    public required string StudyInstanceUid { get; init; }
    public required string TransferSyntaxUid { get; init; }

    /// <summary>Relative to the data directory; named by us.</summary>
    public required string FileKey { get; init; }
    public required long DatasetOffset { get; init; }
    public required long DatasetLength { get; init; }

    /// <summary>Lower-case hex over the data set bytes as they came over the wire.</summary>
    public required string DatasetSha256 { get; init; }
    public required string AssociationId { get; init; }
    public required string CallingAeTitle { get; init; }
    public required string TraceId { get; init; }
    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>It came in a way that is for urgent studies, or its header says that its study is one.</summary>
    public bool IsUrgent { get; init; }

    /// <summary>The header says that this system wrote the object.</summary>
    public bool IsOurs { get; init; }

    /// <summary>What the object takes out of use, where it is a rejection note.</summary>
    public RejectionNote? Rejects { get; init; }
    public string? Modality { get; init; }
    public int? SeriesNumber { get; init; }
    public int? InstanceNumber { get; init; }
    public int? NumberOfFrames { get; init; }
    public string? PatientId { get; init; }
    public string? IssuerOfPatientId { get; init; }
    public string? PatientName { get; init; }
    public string? PatientBirthDate { get; init; }
    public string? PatientSex { get; init; }
    public string? AccessionNumber { get; init; }
    public string? StudyDate { get; init; }
    public string? StudyTime { get; init; }
    public string? StudyDescription { get; init; }
    public string? InstitutionName { get; init; }
}

/// <summary>Who wrote an object: a peer, or this system (it came back by the PACS's auto-routing).</summary>
public enum InstanceOrigin
{
    Peer,
    Own,
}

/// <summary>Which arrival under a SOP Instance UID it was.</summary>
public enum ReceptionKind
{
    /// <summary>The first; it is now in the study's open version.</summary>
    Stored,

    /// <summary>The first, of an object that this system wrote; it is in no version.</summary>
    Own,

    /// <summary>The same data set bytes again: nothing to keep.</summary>
    Duplicate,

    /// <summary>Other data set bytes: kept aside.</summary>
    Conflict,

    /// <summary>Other data set bytes that are already kept aside.</summary>
    ConflictAgain,
}

/// <param name="FileKey">The file that the row of the SOP Instance UID names; null when it has expired.</param>
public sealed record Reception(ReceptionKind Kind, long InstanceId, string? FileKey);
