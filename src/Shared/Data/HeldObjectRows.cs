namespace EchoClr.Shared.Data;

/// <summary>An object that is or was here, received or written: what DICOMweb may give of it.</summary>
public sealed record HeldObject
{
    public long StudyId { get; init; }
    public string SeriesInstanceUid { get; init; } = "";
    public string SopInstanceUid { get; init; } = "";
    public string SopClassUid { get; init; } = "";

    /// <summary>Null where only the file tells.</summary>
    public string? Modality { get; init; }
    public int? SeriesNumber { get; init; }
    public int? InstanceNumber { get; init; }
    public int? NumberOfFrames { get; init; }

    /// <summary>Null once its pixels were given up by policy.</summary>
    public string? FileKey { get; init; }

    /// <summary>This system wrote it; also where it came back from a PACS.</summary>
    public bool Own { get; init; }

    /// <summary>The analysis that it tells of; null for what was received, and for an own object whose analysis is not in these tables.</summary>
    public long? AnalysisId { get; init; }

    /// <summary>An administrator took the report back, and what belongs to it.</summary>
    public bool Withdrawn { get; init; }

    /// <summary>The PACS rejected it, for another reason than the end of its own retention.</summary>
    public bool Rejected { get; init; }
}

/// <summary>A study attribute that has a column.</summary>
public enum StudyText
{
    PatientName,
    PatientId,
    IssuerOfPatientId,
    PatientBirthDate,
    PatientSex,
    AccessionNumber,
    StudyDescription,
}

/// <summary>Which studies are asked for. Patterns are DICOM's: <c>*</c> any characters, <c>?</c> one (PS3.4 C.2.2.2.4).</summary>
public sealed record StudyQuery
{
    /// <summary>Any of these; all when empty. So with the other lists.</summary>
    public IReadOnlyList<string> StudyInstanceUids { get; init; } = [];
    public IReadOnlyList<string> SeriesInstanceUids { get; init; } = [];
    public IReadOnlyList<string> SopInstanceUids { get; init; } = [];

    /// <summary>Modalities in the study, any of them.</summary>
    public IReadOnlyList<string> Modalities { get; init; } = [];

    /// <summary>All of these.</summary>
    public IReadOnlyList<(StudyText Column, string Pattern)> Texts { get; init; } = [];

    /// <summary>yyyyMMdd, both ends included; an empty end is open.</summary>
    public (string From, string To)? StudyDate { get; init; }

    /// <summary>HHmmss.ffffff, both ends included; an empty end is open.</summary>
    public (string From, string To)? StudyTime { get; init; }
}
