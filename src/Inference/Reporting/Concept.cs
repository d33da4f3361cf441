using EchoClr.Dicom;

namespace EchoClr.Inference.Reporting;

/// <summary>A coded entry (PS3.3 Section 8): code value, coding scheme designator and code meaning.</summary>
public readonly record struct Concept(string Value, string Scheme, string Meaning)
{
    /// <summary>The single item of a code sequence.</summary>
    public DicomDataset ToItem() => new DicomDataset()
        .Set(DicomTags.CodeValue, Value)
        .Set(DicomTags.CodingSchemeDesignator, Scheme)
        .Set(DicomTags.CodeMeaning, Meaning);
}
