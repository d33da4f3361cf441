using System.Globalization;

namespace EchoClr.Dicom;

/// <summary>Values as text.</summary>
internal static class DicomValueText
{
    /// <summary>A larger value is nothing to read as text or numbers: 16 MiB is a thousand pages, or two million numbers of a vector.</summary>
    public const long LongestRead = 16 << 20;

    private static readonly char[] Padding = [' ', '\0'];

    public static string? First(DicomElement element, CharacterSet characterSet) =>
        All(element, characterSet) is [var first, ..] && first.Length > 0 ? first : null;

    public static IReadOnlyList<string> All(DicomElement element, CharacterSet characterSet)
    {
        var vr = element.EffectiveVr;
        if (element.Text is not null)
            return element.Text;
        if (element.Items is not null || element.Fragments is not null || element.ValueIn(characterSet).Length > LongestRead)
            return [];
        if (!vr.IsText)
            return Numbers(element, characterSet);

        var bytes = element.ValueIn(characterSet).ToMemory().Span;
        if (bytes.IsEmpty)
            return [];
        var text = (vr.UsesCharacterSet ? characterSet : CharacterSet.Default).Decode(bytes, isPersonName: vr == DicomVr.PN);
        // Leading spaces mean something in LT, ST, UT and UR only (PS3.5 6.2).
        if (!vr.IsMultiValued)
            return text.TrimEnd(Padding) is { Length: > 0 } whole ? [whole] : [];
        var values = text.Split('\\');
        for (var i = 0; i < values.Length; i++)
            values[i] = values[i].Trim(Padding);
        return values is [""] ? [] : values;
    }

    private static string[] Numbers(DicomElement element, CharacterSet characterSet)
    {
        var vr = element.EffectiveVr;
        if (vr.IsBulk)
            return [];
        var span = element.ValueIn(characterSet).ToMemory().Span;
        var size = DicomNumbers.SizeOf(vr);
        var texts = new string[span.Length / size];
        for (var i = 0; i < texts.Length; i++)
            texts[i] = DicomNumbers.Format(vr, span[(i * size)..]);
        return texts;
    }
}
