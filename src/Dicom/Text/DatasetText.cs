using System.Globalization;

namespace EchoClr.Dicom;

/// <summary>A data set as text, an element a line: tag, VR, value, keyword.</summary>
public static class DatasetText
{
    private const int LongestValue = 96; // with tag and keyword still a line on a wide terminal
    private const int MostValues = 16; // of a long list the beginning tells enough

    public static void Write(TextWriter writer, DicomFile file)
    {
        writer.WriteLine($"# Transfer syntax: {file.TransferSyntax} ({PrintableText.OneLine(file.TransferSyntax.Uid)})");
        Write(writer, file.Meta);
        Write(writer, file.Dataset);
    }

    public static void Write(TextWriter writer, DicomDataset dataset) => Write(writer, dataset, depth: 0);

    private static void Write(TextWriter writer, DicomDataset dataset, int depth)
    {
        var indent = new string(' ', 2 * depth);
        foreach (var element in dataset)
        {
            var keyword = DicomDictionary.Keyword(element.Tag);
            writer.WriteLine($"{indent}{element.Tag} {element.Vr} {Describe(element, dataset),-48} # {keyword}");
            for (var i = 0; i < (element.Items?.Count ?? 0); i++)
            {
                writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{indent}  item {i + 1}"));
                Write(writer, element.Items![i], depth + 2);
            }
        }
    }

    private static string Describe(DicomElement element, DicomDataset dataset)
    {
        if (element.Items is { } items)
            return string.Create(CultureInfo.InvariantCulture, $"{items.Count} item(s)");
        if (element.Fragments is { } fragments)
            return string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, fragments.Count - 1)} fragment(s), {fragments.Sum(fragment => fragment.Length)} bytes");
        var value = element.ValueIn(dataset.CharacterSet);
        if (value.Length == 0)
            return "(no value)";
        var texts = DicomValueText.All(element, dataset.CharacterSet);
        if (texts.Count == 0)
            return element.EffectiveVr.IsText ? "[]" : string.Create(CultureInfo.InvariantCulture, $"{value.Length} bytes");
        var text = PrintableText.OneLine(string.Join('\\', texts.Take(MostValues)));
        if (texts.Count > MostValues)
            text += string.Create(CultureInfo.InvariantCulture, $"\\… ({texts.Count} values)");
        text = PrintableText.Shorten(text, LongestValue);
        if (element.EffectiveVr == DicomVr.UI)
            return DicomUid.NameOf(texts[0]) is { } name ? $"{text} ={name}" : text;
        return element.EffectiveVr.IsText ? $"[{text}]" : text;
    }
}
