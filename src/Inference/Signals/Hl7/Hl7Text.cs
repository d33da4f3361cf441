using System.Text;

namespace EchoClr.Inference.Signals.Hl7;

/// <summary>Values of DICOM as HL7 v2.5.1 writes them. Every value of a peer's passes through <see cref="Escape"/>: it can begin no field, no segment and no message.</summary>
internal static class Hl7Text
{
    /// <summary>Escape sequences for the delimiters (HL7 v2.5.1 2.7.1). Control characters, which would end a segment or a block, become spaces.</summary>
    public static string Escape(string? text)
    {
        var escaped = new StringBuilder(text?.Length ?? 0);
        foreach (var character in text ?? "")
            escaped.Append(character switch
            {
                '|' => @"\F\",
                '^' => @"\S\",
                '&' => @"\T\",
                '~' => @"\R\",
                '\\' => @"\E\",
                _ when char.IsControl(character) => " ",
                _ => character.ToString(),
            });
        return escaped.ToString().Trim();
    }

    /// <summary>Components, each escaped.</summary>
    public static string Components(params string?[] components) => string.Join('^', components.Select(Escape)).TrimEnd('^');

    /// <summary>
    /// A DICOM PN as XPN (2.A.88). DICOM: family^given^middle^prefix^suffix, and up to three spellings parted by "="; HL7: family^given^middle^suffix^prefix, a repetition a spelling with
    /// its code in the eighth component (Table 0465).
    /// </summary>
    public static string PersonName(string? name) => string.Join('~', Spellings(name).Select(spelling =>
        Components(spelling.Part(0), spelling.Part(1), spelling.Part(2), spelling.Part(4), spelling.Part(3), null, null, spelling.Code)));

    /// <summary>A DICOM PN as XCN (2.A.86) without an identifier, in its first spelling.</summary>
    public static string PersonIdentified(string? name) => Spellings(name).FirstOrDefault() is { } spelling
        ? Components(null, spelling.Part(0), spelling.Part(1), spelling.Part(2), spelling.Part(4), spelling.Part(3))
        : "";

    /// <summary>DA and TM as TS: as precise as they are, with the zone where there is a time. "" where the date is none.</summary>
    /// <param name="offset">Timezone Offset From UTC, +hhmm.</param>
    public static string Time(string? date, string? time, string? offset)
    {
        if (date is not { Length: 8 } || !date.All(char.IsAsciiDigit))
            return "";
        var digits = new string([.. (time ?? "").TakeWhile(char.IsAsciiDigit).Take(6)]);
        return digits.Length is not (4 or 6) ? date : date + digits + offset;
    }

    public static string Time(DateTimeOffset moment) => moment.UtcDateTime.ToString("yyyyMMddHHmmss") + "+0000";

    private static IEnumerable<Spelling> Spellings(string? name)
    {
        string[] codes = ["", "I", "P"]; // alphabetic is what a name without a code is
        return (name ?? "").Split('=').Take(codes.Length).Select((group, index) => new Spelling(group.Split('^'), codes[index])).Where(spelling => spelling.Parts.Any(part => part.Length > 0));
    }

    private sealed record Spelling(string[] Parts, string Code)
    {
        public string? Part(int index) => index < Parts.Length ? Parts[index] : null;
    }
}
