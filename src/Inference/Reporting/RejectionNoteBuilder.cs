using EchoClr.Dicom;

namespace EchoClr.Inference.Reporting;

/// <summary>Builds a rejection note (IHE RAD, Imaging Object Change Management): a Key Object Selection after TID 2010 whose title says why the objects that it names are to be hidden.</summary>
public static class RejectionNoteBuilder
{
    /// <summary>Behind the saliency series.</summary>
    private const int SeriesNumber = 9003;

    private const string SeriesDescription = "EchoCLR AI rejection notes";

    /// <summary>The titles that a note of ours can have, by their codes in DCM.</summary>
    public static readonly IReadOnlyList<string> Titles = [Concepts.RejectedForQuality.Value, Concepts.RejectedForPatientSafety.Value];

    /// <param name="withdrawn">The whole report that is withdrawn.</param>
    /// <param name="rejected">Every object that the destination may hold: the report and its pictures.</param>
    /// <param name="titleCode">One of <see cref="Titles"/>.</param>
    public static DicomFile Build(
        DicomDataset withdrawn, IReadOnlyList<ObjectReference> rejected, string titleCode, Pipeline pipeline, string by, string reason, DateTimeOffset withdrawnAt)
    {
        var facts = WithdrawalBuilder.Facts(withdrawn, pipeline, withdrawnAt);
        var title = titleCode == Concepts.RejectedForPatientSafety.Value ? Concepts.RejectedForPatientSafety : Concepts.RejectedForQuality;
        var dataset = SourceHeader.Begin(withdrawn);
        var studyInstanceUid = dataset.GetString(DicomTags.StudyInstanceUID)!;
        dataset
            .WithEquipment(facts)
            .WithTimes(facts)
            .Set(DicomTags.SOPClassUID, SopClasses.KeyObjectSelectionDocumentStorage)
            .Set(DicomTags.Modality, "KO")
            .Set(DicomTags.SeriesInstanceUID, ReportUids.RejectionSeries(studyInstanceUid))
            .Set(DicomTags.SeriesNumber, SeriesNumber)
            .Set(DicomTags.SeriesDescription, SeriesDescription)
            .SetSequence(DicomTags.ReferencedPerformedProcedureStepSequence)
            .Set(DicomTags.InstanceNumber, facts.InstanceNumber)
            .CopyFrom(withdrawn, DicomTags.ReferencedRequestSequence)
            .SetSequence(DicomTags.CurrentRequestedProcedureEvidenceSequence, StructuredReportBuilder.References(studyInstanceUid, rejected))
            .Set(DicomTags.ValueType, "CONTAINER")
            .SetSequence(DicomTags.ConceptNameCodeSequence, title.ToItem())
            .Set(DicomTags.ContinuityOfContent, "SEPARATE")
            .SetSequence(DicomTags.ContentTemplateSequence, new DicomDataset()
                .Set(DicomTags.MappingResource, "DCMR")
                .Set(DicomTags.TemplateIdentifier, "2010"));
        dataset.SetSequence(DicomTags.ContentSequence, [.. Tree(dataset, facts, rejected, WithdrawalBuilder.Text(facts, by, reason))]);
        dataset.Set(DicomTags.SOPInstanceUID, ReportUids.Instance("rejection-note", DatasetDigest.Compute(dataset)));
        return new DicomFile(dataset, TransferSyntax.ExplicitVRLittleEndian);
    }

    private static IEnumerable<DicomDataset> Tree(DicomDataset dataset, ReportFacts facts, IReadOnlyList<ObjectReference> rejected, string text)
    {
        // Without a country: in a Key Object Selection a code has no children (PS3.3 A.35.4.3.1).
        yield return ContentItem.Code(ContentItem.HasConceptModifier, Concepts.LanguageOfContent, Concepts.English);
        foreach (var item in ReportTree.Observer(facts))
            yield return item;
        yield return ContentItem.Text(ContentItem.Contains, Concepts.KeyObjectDescription, WithdrawalBuilder.Representable(dataset, text));
        foreach (var item in rejected)
            yield return ContentItem.Reference(ContentItem.Contains, item);
    }
}
