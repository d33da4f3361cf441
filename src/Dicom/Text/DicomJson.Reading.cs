using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace EchoClr.Dicom;

public static partial class DicomJson
{
    private const string Utf8 = "ISO_IR 192";

    /// <summary>
    /// Reads one JSON object as a data set. Its text will be written in UTF-8, whatever SpecificCharacterSet said: JSON is Unicode. Group lengths and meta information are passed over,
    /// as they are no part of the model. How deep sequences may lie is the parser's limit.
    /// </summary>
    /// <param name="bulkData">The bytes behind a BulkDataURI; without it, elements whose value is elsewhere are left out.</param>
    /// <exception cref="DicomFormatException">It is not in the model, or a value does not fit its VR.</exception>
    public static DicomDataset Read(JsonElement json, Func<string, ReadOnlyMemory<byte>>? bulkData = null)
    {
        var dataset = ReadItem(json, bulkData);
        if (HasText(dataset))
            dataset.Set(DicomTags.SpecificCharacterSet, Utf8);
        return dataset;
    }

    private static DicomDataset ReadItem(JsonElement json, Func<string, ReadOnlyMemory<byte>>? bulkData)
    {
        if (json.ValueKind != JsonValueKind.Object)
            throw new DicomFormatException("a data set in JSON is an object");
        var elements = new List<DicomElement>();
        foreach (var property in json.EnumerateObject())
        {
            if (property.Name.Length != 8 || !DicomTag.TryParse(property.Name, out var tag))
                throw new DicomFormatException("an attribute in JSON is named by the eight digits of its tag");
            if (!tag.IsGroupLength && tag.Group != 0x0002 && ReadElement(tag, property.Value, bulkData) is { } element)
                elements.Add(element);
        }
        return new DicomDataset(elements);
    }

    private static DicomElement? ReadElement(DicomTag tag, JsonElement json, Func<string, ReadOnlyMemory<byte>>? bulkData)
    {
        if (json.ValueKind != JsonValueKind.Object || !json.TryGetProperty("vr", out var code) || code.ValueKind != JsonValueKind.String || DicomVr.Find(code.GetString()!) is not { } vr)
            throw new DicomFormatException($"{tag} has no VR");
        if (tag == DicomTags.SpecificCharacterSet)
            return new DicomElement(tag, DicomVr.CS, (string[])[Utf8]);
        if (json.TryGetProperty("BulkDataURI", out var uri))
            return bulkData is null ? null : new DicomElement(tag, vr, new DicomValue(bulkData(String(tag, uri))));
        if (json.TryGetProperty("InlineBinary", out var binary))
        {
            if (vr == DicomVr.SQ || binary.ValueKind != JsonValueKind.String || !binary.TryGetBytesFromBase64(out var bytes))
                throw new DicomFormatException($"{tag} has an InlineBinary that is no base64");
            return new DicomElement(tag, vr, new DicomValue(bytes));
        }
        if (!json.TryGetProperty("Value", out var array))
            return new DicomElement(tag, vr, default(DicomValue));
        if (array.ValueKind != JsonValueKind.Array)
            throw new DicomFormatException($"{tag} has a Value that is no array");

        var values = array.EnumerateArray();
        if (vr == DicomVr.SQ)
            return new DicomElement(tag, [.. values.Select(item => ReadItem(item, bulkData))]);
        if (vr.IsText)
            return new DicomElement(tag, vr, [.. values.Select(value => ReadText(tag, vr, value))]);
        if (vr.IsBulk)
            throw new DicomFormatException($"{tag} has VR {vr}, whose bytes are no Value");
        return new DicomElement(tag, vr, new DicomValue(values.SelectMany(value => ReadNumber(tag, vr, value)).ToArray()));
    }

    private static string ReadText(DicomTag tag, DicomVr vr, JsonElement value)
    {
        var text = value.ValueKind switch
        {
            JsonValueKind.Null => "", // F.2.5: an empty value among others
            JsonValueKind.Object when vr == DicomVr.PN => ReadName(tag, value),
            JsonValueKind.String when vr != DicomVr.PN => value.GetString()!,
            JsonValueKind.Number when vr == DicomVr.IS => value.GetRawText(),
            JsonValueKind.Number when vr == DicomVr.DS => value.GetRawText() is { Length: <= 16 } raw ? raw : DicomNumbers.DecimalString(Finite(tag, value.GetRawText())),
            _ => throw new DicomFormatException($"{tag} has VR {vr}, and a value that is none of it"),
        };
        if (vr.IsMultiValued && text.Contains('\\', StringComparison.Ordinal))
            throw new DicomFormatException($"{tag} has a backslash within a value");
        if (!vr.UsesCharacterSet && !Ascii.IsValid(text))
            throw new DicomFormatException($"{tag} has VR {vr}, which is ASCII");
        return text;
    }

    // F.2.2
    private static string ReadName(DicomTag tag, JsonElement name) =>
        string.Join('=', ((string[])["Alphabetic", "Ideographic", "Phonetic"]).Select(group => name.TryGetProperty(group, out var text) ? String(tag, text) : "")).TrimEnd('=');

    private static byte[] ReadNumber(DicomTag tag, DicomVr vr, JsonElement value)
    {
        // F.2.5: numbers, but strings for what a number cannot say.
        var text = value.ValueKind == JsonValueKind.Number ? value.GetRawText() : String(tag, value);
        var bytes = new byte[DicomNumbers.SizeOf(vr)];
        if (vr == DicomVr.AT)
        {
            if (text.Length != 8 || !DicomTag.TryParse(text, out var named))
                throw new DicomFormatException($"{tag} names no tag");
            BinaryPrimitives.WriteUInt16LittleEndian(bytes, named.Group);
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(2), named.Element);
            return bytes;
        }
        // 64 bits are more than a double holds.
        if (vr == DicomVr.UV && ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var unsigned))
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, unsigned);
        else if (vr == DicomVr.SV && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var signed))
            BinaryPrimitives.WriteInt64LittleEndian(bytes, signed);
        else
            return Encode(tag, vr, vr == DicomVr.FL || vr == DicomVr.FD ? Double(tag, text) : Finite(tag, text));
        return bytes;
    }

    private static byte[] Encode(DicomTag tag, DicomVr vr, double number)
    {
        try
        {
            return DicomNumbers.Encode(tag, vr, number);
        }
        catch (ArgumentException e)
        {
            throw new DicomFormatException(e.Message, e);
        }
    }

    private static double Double(DicomTag tag, string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : throw new DicomFormatException($"{tag} has a value that is no number");

    private static double Finite(DicomTag tag, string text) =>
        Double(tag, text) is var number && double.IsFinite(number) ? number : throw new DicomFormatException($"{tag} has a value that is no finite number");

    private static string String(DicomTag tag, JsonElement json) => json.ValueKind == JsonValueKind.String ? json.GetString()! : throw new DicomFormatException($"{tag} has no text where some should be");

    /// <summary>Text that ASCII cannot write.</summary>
    private static bool HasText(DicomDataset dataset) =>
        dataset.Any(element => element.Items?.Any(HasText) ?? element.Text?.Any(text => !Ascii.IsValid(text)) ?? false);
}
