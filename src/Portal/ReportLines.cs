using EchoClr.Dicom;

namespace EchoClr.Portal;

/// <summary>A structured report as its reader wants it: each answer (CODE), number (NUM) and text (TEXT) by its concept name, in the tree's order, without the scaffolding.</summary>
internal static class ReportLines
{
    // Who made it, in which language, by which parameters: the tree has it.
    private static readonly HashSet<string> Scaffolding = ["121049", "121046", "121005", "121058", "126201", "112039", "112040", "111001", "111002", "111003"];

    public static IEnumerable<ReportLine> Of(DicomDataset item)
    {
        foreach (var child in item.GetSequence(DicomTags.ContentSequence))
        {
            var concept = child.GetSequence(DicomTags.ConceptNameCodeSequence) is [var code, ..] ? code : null;
            if (Value(child) is { Length: > 0 } value && !Scaffolding.Contains(concept?.GetString(DicomTags.CodeValue) ?? ""))
                yield return new ReportLine(concept?.GetString(DicomTags.CodeMeaning) ?? "", value);
            foreach (var line in Of(child))
                yield return line;
        }
    }

    private static string? Value(DicomDataset item) => item.GetString(DicomTags.ValueType) switch
    {
        "TEXT" => item.GetString(DicomTags.TextValue),
        "CODE" => Code(item, DicomTags.ConceptCodeSequence, DicomTags.CodeMeaning),
        "NUM" when item.GetSequence(DicomTags.MeasuredValueSequence) is [var measured, ..] =>
            $"{measured.GetString(DicomTags.NumericValue)} {Code(measured, DicomTags.MeasurementUnitsCodeSequence, DicomTags.CodeValue)}",
        _ => null,
    };

    private static string? Code(DicomDataset item, DicomTag sequence, DicomTag tag) => item.GetSequence(sequence) is [var code, ..] ? code.GetString(tag) : null;
}
