using EchoClr.Dicom;
using EchoClr.Inference.Pacs;
using EchoClr.Shared.Data;

namespace EchoClr.Inference.Reporting;

/// <summary>Settles, once for each analysis, which patient and accession number its report carries: what the PACS has now, what was received, or neither without a person.</summary>
public sealed class PresentPatient(ReportPatientStore rows, StudyAtPacs pacs, TimeProvider time)
{
    internal const string AnotherPatient = "the PACS holds the study under another patient than it was received with";
    internal const string Unwritable = "patient or accession number that the PACS has now cannot be written in the character set of the study";

    /// <summary>Null where no PACS is to be asked.</summary>
    /// <param name="readHeaders">Of the objects that results are built from, as received; its own at every call.</param>
    public async Task<ReportPatientRow?> SettleAsync(AnalysisRow analysis, Func<IEnumerable<DicomDataset>> readHeaders, CancellationToken cancellationToken)
    {
        if (await rows.FindAsync(analysis.Id, cancellationToken) is { } settled)
            return settled;
        if (await pacs.AskAsync(analysis.StudyInstanceUid, asked => asked.ReadPatient, cancellationToken) is not { } answer)
            return null;
        // died here -> asked, not settled; asked once more
        return await rows.RecordAsync(Judge(answer, [.. readHeaders()]) with { AnalysisId = analysis.Id, AeTitle = answer.AeTitle, AskedAt = time.GetUtcNow() }, cancellationToken);
    }

    /// <summary>The values that the report of an analysis carries instead of the received ones; null where it carries those.</summary>
    public async Task<PatientIdentity?> FindAsync(long analysisId, CancellationToken cancellationToken) =>
        await rows.FindAsync(analysisId, cancellationToken) is { Verdict: PatientVerdict.Same } row
            ? new PatientIdentity(row.PatientId ?? "", row.PatientName ?? "", row.PatientBirthDate ?? "", row.PatientSex ?? "", row.AccessionNumber ?? "")
            : null;

    private static ReportPatientRow Judge(StudyAnswer answer, IReadOnlyList<DicomDataset> headers)
    {
        // Whether the study is still there is the delivery's question, where it is asked.
        if (answer.Patient is not { } present)
            return new ReportPatientRow { Verdict = PatientVerdict.Unknown, Reason = answer.Trouble ?? "the PACS does not know the study" };
        if (!headers.All(header => present.CanBe(PatientIdentity.Of(header))))
            return new ReportPatientRow { Verdict = PatientVerdict.Other, Reason = AnotherPatient };
        if (!headers.All(present.TryApplyTo))
            return new ReportPatientRow { Verdict = PatientVerdict.Other, Reason = Unwritable };
        return new ReportPatientRow
        {
            Verdict = PatientVerdict.Same, PatientId = present.PatientId, PatientName = present.Name, PatientBirthDate = present.BirthDate, PatientSex = present.Sex,
            AccessionNumber = present.AccessionNumber,
        };
    }
}
