using EchoClr.Dicom;

namespace EchoClr.Inference.Reporting;

/// <summary>The content tree of a report that is nothing but a sentence: TID 2000, which every viewer shows as text. The title of a measurement report without measurements would show as a blank page.</summary>
internal static class TextTree
{
    public static DicomDataset Set(DicomDataset dataset, ReportFacts facts, string conclusion) => dataset
        .Set(DicomTags.ValueType, "CONTAINER")
        .SetSequence(DicomTags.ConceptNameCodeSequence, Concepts.DiagnosticImagingReport.ToItem())
        .Set(DicomTags.ContinuityOfContent, "SEPARATE")
        .SetSequence(DicomTags.ContentTemplateSequence, new DicomDataset()
            .Set(DicomTags.MappingResource, "DCMR")
            .Set(DicomTags.TemplateIdentifier, "2000"))
        .SetSequence(DicomTags.ContentSequence,
        [
            ContentItem.Code(ContentItem.HasConceptModifier, Concepts.LanguageOfContent, Concepts.English,
                ContentItem.Code(ContentItem.HasConceptModifier, Concepts.CountryOfLanguage, Concepts.UnitedStates)),
            .. ReportTree.Observer(facts),
            ContentItem.Container(ContentItem.Contains, Concepts.Conclusions, ContentItem.Text(ContentItem.Contains, Concepts.Conclusion, conclusion)),
        ]);
}
