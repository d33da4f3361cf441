using System.Globalization;
using System.Text;

namespace EchoClr.Dicom;

/// <summary>A defined term of SpecificCharacterSet.</summary>
/// <param name="Registration">The ISO-IR registration number; 0 for GB18030 and GBK.</param>
/// <param name="Encoding">What its bytes are read with; for a term of code extensions only, that of its 8-bit half.</param>
/// <param name="Whole">Replaces ASCII and allows no escape sequences.</param>
internal sealed record CharacterSetTerm(int Registration, Encoding Encoding, bool Whole = false);

/// <summary>The defined terms (PS3.3 Tables C.12-2 to C.12-5).</summary>
internal static class CharacterSetTerms
{
    public static readonly Encoding Latin1 = Encoding.Latin1;

    private static readonly Dictionary<int, CharacterSetTerm> ByRegistration = new CharacterSetTerm[]
    {
        new(6, Latin1), // ASCII; 8-bit bytes under it are wrong, and in practice Latin-1
        new(13, CodePage(932)), // JIS X 0201: Shift JIS holds it as its single bytes
        new(100, Latin1),
        new(101, CodePage(28592)),
        new(109, CodePage(28593)),
        new(110, CodePage(28594)),
        new(126, CodePage(28597)),
        new(127, CodePage(28596)),
        new(138, CodePage(28598)),
        new(144, CodePage(28595)),
        new(148, CodePage(28599)),
        new(166, CodePage(874)),
        new(203, CodePage(28605)),
        new(192, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), Whole: true),
        // Code extensions only; as a first term they are wrong, and leave ASCII with the extension's 8-bit half.
        new(58, CodePage(936)),
        new(87, Latin1),
        new(149, CodePage(949)),
        new(159, Latin1),
    }.ToDictionary(term => term.Registration);

    private static readonly CharacterSetTerm Gb18030 = new(0, CodePage(54936), Whole: true);
    private static readonly CharacterSetTerm Gbk = new(0, CodePage(936), Whole: true);

    /// <summary>The term that a value means; an empty first value is ASCII; null for what nobody knows.</summary>
    public static CharacterSetTerm? Find(string term)
    {
        // ISO_IR 100, ISO-IR 100, ISO IR 100, ISOIR100, iso_ir_100, ISO 2022 IR 100, ISO2022 IR100 …: letters and digits tell all.
        var plain = string.Concat(term.Where(char.IsAsciiLetterOrDigit)).ToUpperInvariant();
        switch (plain)
        {
            case "": return ByRegistration[6];
            case "GB18030": return Gb18030;
            case "GBK": return Gbk;
            case "UTF8" or "ISO10646": return ByRegistration[192];
        }
        foreach (var prefix in (string[])["ISO2022IR", "ISOIR", "ISO2022"])
        {
            if (plain.StartsWith(prefix, StringComparison.Ordinal) && int.TryParse(plain[prefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var registration))
                return ByRegistration.GetValueOrDefault(registration);
        }
        return plain.StartsWith("ISO8859", StringComparison.Ordinal) && int.TryParse(plain["ISO8859".Length..], out var part) && part is >= 1 and <= 9
            ? ByRegistration.Values.FirstOrDefault(known => known.Encoding.CodePage == 28590 + part)
            : null;
    }

    public static Encoding CodePage(int number) => CodePagesEncodingProvider.Instance.GetEncoding(number) ?? Encoding.GetEncoding(number);
}
