namespace EchoClr.Shared.Data;

public enum StudyVersionState
{
    /// <summary>Instances still come in.</summary>
    Open,

    /// <summary>Complete by recorded evidence, and the current version of its study.</summary>
    Complete,

    /// <summary>A later complete version holds its instances too.</summary>
    Superseded,
}

/// <summary>One version of a study.</summary>
public sealed record StudyVersionRow
{
    internal const string Select = """
        SELECT v.id, v.study_id, s.study_instance_uid, v.version, v.state, v.opened_at, v.last_received_at, v.completed_at, v.evidence, v.instance_count,
               v.cine_set_sha256, v.inherits_from_id, v.analysis_attempts, v.analysis_error, v.analysis_parked_at, v.reanalysis_requested_at, v.reanalysis_requested_by, v.trace_id, v.row_version, s.urgent
        FROM study_version v JOIN study s ON s.id = v.study_id
        """;

    public long Id { get; init; }
    public long StudyId { get; init; }
    public string StudyInstanceUid { get; init; } = "";

    /// <summary>When somebody asked that the model in service reads what an earlier one has read; null once it has.</summary>
    public DateTimeOffset? ReanalysisRequestedAt { get; init; }
    public string? ReanalysisRequestedBy { get; init; }

    /// <summary>1, 2, 3 … within the study.</summary>
    public int Version { get; init; }
    public StudyVersionState State { get; init; }
    public DateTimeOffset OpenedAt { get; init; }
    public DateTimeOffset LastReceivedAt { get; init; }
    public DateTimeOffset? CompletedAt { get; init; }

    /// <summary>Why it was held to be complete, as JSON.</summary>
    public string? Evidence { get; init; }
    public int? InstanceCount { get; init; }

    /// <summary>Over the data set hashes of its multi-frame ultrasound objects.</summary>
    public string? CineSetSha256 { get; init; }

    /// <summary>The earlier version whose analysis and report stand for this one, because its cines are the same.</summary>
    public long? InheritsFromId { get; init; }
    public int AnalysisAttempts { get; init; }
    public string? AnalysisError { get; init; }
    public DateTimeOffset? AnalysisParkedAt { get; init; }
    public string TraceId { get; init; } = "";
    public int RowVersion { get; init; }

    /// <summary>Its study is read before those that are not.</summary>
    public bool Urgent { get; init; }
}

/// <summary>Identity and description of a study: for the portal and the command line, never for logs or messages.</summary>
public sealed record StudyRow
{
    internal const string Columns = """
        s.id, s.study_instance_uid, s.patient_id, s.issuer_of_patient_id, s.patient_name, s.patient_birth_date, s.patient_sex, s.accession_number,
        s.study_date, s.study_time, s.study_description, s.institution_name, s.calling_ae_title, s.first_received_at, s.last_received_at, s.trace_id, s.urgent
        """;

    public long Id { get; init; }
    public string StudyInstanceUid { get; init; } = "";
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
    public string CallingAeTitle { get; init; } = "";
    public DateTimeOffset FirstReceivedAt { get; init; }
    public DateTimeOffset LastReceivedAt { get; init; }
    public string TraceId { get; init; } = "";

    /// <summary>Marked by whoever sent it; read before those that are not.</summary>
    public bool Urgent { get; init; }
}

/// <summary>A row that a backlog query shows: its id, and the trace that its message must carry.</summary>
public sealed record BacklogRow
{
    public long Id { get; init; }
    public string TraceId { get; init; } = "";
}
