using EchoClr.Dicom;

namespace EchoClr.Inference.Reporting;

/// <summary>Builds the report that withdraws another one: same study, series and SOP class, the withdrawn report as its predecessor, and a text that says so. It holds no finding and no number.</summary>
public static class WithdrawalBuilder
{
    /// <summary>For systems that read flags only: PARTIAL, because nothing that was asked is answered any more.</summary>
    private const string Omission = "Withdrawn: no finding of the report before it stands.";

    /// <param name="withdrawn">The whole report that is withdrawn, as it was sent.</param>
    public static DicomFile Build(DicomDataset withdrawn, Pipeline pipeline, string by, string reason, DateTimeOffset withdrawnAt)
    {
        var facts = Facts(withdrawn, pipeline, withdrawnAt);
        var dataset = SourceHeader.Begin(withdrawn);
        StructuredReportBuilder.SetDocument(dataset, facts, withdrawn, withdrawn.GetString(DicomTags.SOPClassUID)!, dataset.GetString(DicomTags.StudyInstanceUID)!);
        dataset.CopyFrom(withdrawn, DicomTags.ReferencedRequestSequence, DicomTags.PerformedProcedureCodeSequence, DicomTags.SeriesDate, DicomTags.SeriesTime);
        TextTree.Set(dataset, facts, Representable(dataset, Text(facts, by, reason)));
        dataset.Set(DicomTags.SOPInstanceUID, ReportUids.Instance("withdrawal", DatasetDigest.Compute(dataset)));
        return new DicomFile(dataset, TransferSyntax.ExplicitVRLittleEndian);
    }

    internal static ReportFacts Facts(DicomDataset withdrawn, Pipeline pipeline, DateTimeOffset withdrawnAt) => new()
    {
        StartedAt = DicomTime.InZoneOf(withdrawn, withdrawnAt, TimeZoneInfo.Local),
        InstanceNumber = (withdrawn.GetInt32(DicomTags.InstanceNumber) ?? 1) + 1,
        Pipeline = pipeline,
        Cines = [],
        Findings = [],
        Omissions = [Omission],
        Predecessor = new ObjectReference(
            withdrawn.GetString(DicomTags.SOPClassUID)!, withdrawn.GetString(DicomTags.SOPInstanceUID)!, withdrawn.GetString(DicomTags.SeriesInstanceUID)!),
    };

    internal static string Text(ReportFacts facts, string by, string reason) =>
        $"WITHDRAWN. The report before this one (SOP Instance UID {facts.Predecessor!.SopInstanceUid}) is withdrawn and must not be used: none of its findings stands. "
        + $"Withdrawn on {facts.StartedAt:yyyy-MM-dd} at {facts.StartedAt:HH:mm} by {by}. Reason: {reason}";

    /// <summary>A person's words in the study's character set; what it lacks becomes a question mark rather than another letter.</summary>
    internal static string Representable(DicomDataset study, string text)
    {
        var probe = new DicomDataset().CopyFrom(study, DicomTags.SpecificCharacterSet).Set(DicomTags.TextValue, text);
        try
        {
            DicomDatasetWriter.Encode(probe, TransferSyntax.ExplicitVRLittleEndian);
            return text;
        }
        catch (DicomFormatException)
        {
            return string.Concat(text.Select(c => char.IsAscii(c) ? c : '?'));
        }
    }
}
