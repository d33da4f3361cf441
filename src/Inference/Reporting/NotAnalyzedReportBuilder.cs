using EchoClr.Dicom;

namespace EchoClr.Inference.Reporting;

/// <summary>Builds the text report that says why a study was not analysed: Basic Text SR after TID 2000, only for a destination that asks for it. It holds no number.</summary>
public static class NotAnalyzedReportBuilder
{
    /// <param name="reason">One sentence without patient data.</param>
    public static DicomFile Build(ReportFacts facts, DicomDataset source, string reason)
    {
        var dataset = SourceHeader.Begin(source);
        var studyInstanceUid = dataset.GetString(DicomTags.StudyInstanceUID)!;
        StructuredReportBuilder.SetDocument(dataset, facts, source, SopClasses.BasicTextSRStorage, studyInstanceUid);
        TextTree.Set(dataset, facts, $"Not analysed by AI: {reason} {Succession(facts)}{ReportText.Unverified} {ReportText.ResearchOnly}");
        dataset.Set(DicomTags.SOPInstanceUID, ReportUids.Instance("text-sr", DatasetDigest.Compute(dataset)));
        return new DicomFile(dataset, TransferSyntax.ExplicitVRLittleEndian);
    }

    private static string Succession(ReportFacts facts) => facts.Predecessor switch
    {
        null => "",
        { SopClassUid: SopClasses.BasicTextSRStorage } => ReportText.Supersedes + " ", // that one held no finding either
        _ => ReportText.TakesTheFindingsBack + " ",
    };
}
