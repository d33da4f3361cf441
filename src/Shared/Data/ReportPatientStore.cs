namespace EchoClr.Shared.Data;

/// <summary>What PACS said of patients before reports were written. The first word of an analysis stands.</summary>
public sealed class ReportPatientStore(Database database)
{
    private const string InsertIfFirst = """
        INSERT INTO report_patient (analysis_id, ae_title, asked_at, verdict, reason, patient_id, patient_name, patient_birth_date, patient_sex, accession_number)
        SELECT @AnalysisId, @AeTitle, @AskedAt, @VerdictName, @Reason, @PatientId, @PatientName, @PatientBirthDate, @PatientSex, @AccessionNumber
        WHERE NOT EXISTS (SELECT 1 FROM report_patient WHERE analysis_id = @AnalysisId)
        """;

    private const string Find = """
        SELECT analysis_id, ae_title, asked_at, verdict, reason, patient_id, patient_name, patient_birth_date, patient_sex, accession_number FROM report_patient WHERE analysis_id = @Id
        """;

    public Task<ReportPatientRow?> FindAsync(long analysisId, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.FindAsync<ReportPatientRow>(Find, new { Id = analysisId }), cancellationToken);

    /// <summary>Writes it down if it is the first, and returns the first.</summary>
    public Task<ReportPatientRow> RecordAsync(ReportPatientRow row, CancellationToken cancellationToken) => database.WriteAsync(async session =>
    {
        await session.ExecuteAsync(InsertIfFirst, new
        {
            row.AnalysisId, row.AeTitle, row.AskedAt, VerdictName = row.Verdict.ToString(), Reason = Text.Cut(row.Reason, 2000), PatientId = Text.Cut(row.PatientId),
            PatientName = Text.Cut(row.PatientName), PatientBirthDate = Text.Cut(row.PatientBirthDate), PatientSex = Text.Cut(row.PatientSex), AccessionNumber = Text.Cut(row.AccessionNumber),
        });
        return await session.ScalarAsync<ReportPatientRow>(Find, new { Id = row.AnalysisId });
    }, cancellationToken);
}

public enum PatientVerdict
{
    /// <summary>The same patient; the report carries the values that the PACS has now.</summary>
    Same,

    /// <summary>Another patient, or values that cannot be written: a person must look.</summary>
    Other,

    /// <summary>No usable answer: the report carries what was received.</summary>
    Unknown,
}

public sealed record ReportPatientRow
{
    public long AnalysisId { get; init; }
    public string AeTitle { get; init; } = "";
    public DateTimeOffset AskedAt { get; init; }
    public PatientVerdict Verdict { get; init; }

    /// <summary>Why it is not Same; never a value of a patient's.</summary>
    public string? Reason { get; init; }
    public string? PatientId { get; init; }
    public string? PatientName { get; init; }
    public string? PatientBirthDate { get; init; }
    public string? PatientSex { get; init; }
    public string? AccessionNumber { get; init; }
}
