using System.Globalization;
using System.Text.Json;

namespace EchoClr.Dicom;

/// <summary>Data sets in the DICOM JSON Model (PS3.18 Annex F), as DICOMweb wants them. Text is Unicode there, so SpecificCharacterSet says ISO_IR 192.</summary>
public static partial class DicomJson
{
    /// <summary>A larger binary value is not put into the JSON; it has a BulkDataURI or none. Icons and small private values stay below.</summary>
    public const int MaxInlineBytes = 64 * 1024;

    /// <summary>Writes a data set as one JSON object. Group lengths are left out (F.2.2), and so is meta information, which is not part of a data set.</summary>
    /// <param name="bulkDataUri">Where the bytes of a binary value can be had (F.2.6); null where there is no such place. Small ones are then written in base64, large ones and encapsulated pixels not at all.</param>
    public static void Write(Utf8JsonWriter json, DicomDataset dataset, Func<DicomElement, string?>? bulkDataUri = null)
    {
        json.WriteStartObject();
        foreach (var element in dataset.Where(element => !element.Tag.IsGroupLength))
        {
            json.WriteStartObject($"{element.Tag.Group:X4}{element.Tag.Element:X4}");
            json.WriteString("vr", element.EffectiveVr.Code);
            if (!element.IsEmpty)
                WriteValue(json, dataset, element, bulkDataUri);
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    private static void WriteValue(Utf8JsonWriter json, DicomDataset dataset, DicomElement element, Func<DicomElement, string?>? bulkDataUri)
    {
        var vr = element.EffectiveVr;
        if (element.Items is { } items)
        {
            WriteArray(json, items, item => Write(json, item, bulkDataUri));
            return;
        }
        if (element.Fragments is not null || vr.IsBulk)
        {
            WriteBulk(json, dataset, element, bulkDataUri?.Invoke(element));
            return;
        }
        if (element.Tag == DicomTags.SpecificCharacterSet)
        {
            WriteArray(json, [Utf8], json.WriteStringValue);
            return;
        }
        var values = dataset.GetStrings(element.Tag);
        if (values.Count == 0)
            return;
        switch (vr.Code)
        {
            case "PN": WriteArray(json, values, name => WriteName(json, name)); break;
            case "IS" or "DS" or "US" or "SS" or "UL" or "SL" or "FL" or "FD" or "UV" or "SV": WriteArray(json, values, number => WriteNumber(json, number)); break;
            case "AT": WriteArray(json, values, tag => json.WriteStringValue(string.Concat(tag.Where(char.IsAsciiHexDigit)))); break;
            default: WriteArray(json, values, text => WriteText(json, text)); break;
        }
    }

    private static void WriteBulk(Utf8JsonWriter json, DicomDataset dataset, DicomElement element, string? uri)
    {
        if (uri is not null)
            json.WriteString("BulkDataURI", uri);
        else if (element.Fragments is null && dataset.GetValue(element.Tag) is { Length: <= MaxInlineBytes } value)
            json.WriteBase64String("InlineBinary", value.ToMemory().Span);
    }

    // PS3.18 F.2.5: numbers where they are ones; 64 bits beyond a double's 53, NaN and text that is no number as strings.
    private static void WriteNumber(Utf8JsonWriter json, string text)
    {
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) && Math.Abs((decimal)whole) <= 1L << 53)
            json.WriteNumberValue(whole);
        else if (decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var exact) && exact != decimal.Truncate(exact))
            json.WriteNumberValue(exact);
        else if (text.AsSpan().IndexOfAnyInRange('0', '9') >= 0 && text.AsSpan().IndexOfAny('.', 'e', 'E') >= 0
            && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number))
            json.WriteNumberValue(number);
        else
            WriteText(json, text);
    }

    // F.2.2: the component groups by name; empty ones are left out.
    private static void WriteName(Utf8JsonWriter json, string name)
    {
        if (name.Length == 0)
        {
            json.WriteNullValue();
            return;
        }
        json.WriteStartObject();
        foreach (var (group, text) in ((string[])["Alphabetic", "Ideographic", "Phonetic"]).Zip(name.Split('=')))
        {
            if (text.Length > 0)
                json.WriteString(group, text);
        }
        json.WriteEndObject();
    }

    // F.2.5: an empty value among others is null.
    private static void WriteText(Utf8JsonWriter json, string text)
    {
        if (text.Length == 0)
            json.WriteNullValue();
        else
            json.WriteStringValue(text);
    }

    private static void WriteArray<T>(Utf8JsonWriter json, IEnumerable<T> values, Action<T> write)
    {
        json.WriteStartArray("Value");
        foreach (var value in values)
            write(value);
        json.WriteEndArray();
    }
}
