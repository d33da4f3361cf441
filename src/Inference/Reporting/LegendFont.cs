namespace EchoClr.Inference.Reporting;

/// <summary>A 5 x 7 bitmap font: capitals, digits and the marks that a legend needs. Seven rows a glyph, the high bit of five on the left.</summary>
internal static class LegendFont
{
    public const int GlyphWidth = 5;
    public const int GlyphHeight = 7;

    /// <summary>Glyph and the gap behind it.</summary>
    public const int Advance = GlyphWidth + 1;

    private const string Characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.,:%/+()";

    // One line for each glyph of Characters; a hexadecimal pair a row.
    private static readonly string[] Glyphs =
    [
        "0E11111F111111", "1E11111E11111E", "0E11101010110E", "1E11111111111E", "1F10101E10101F", "1F10101E101010", // A–F
        "0E11101711110F", "1111111F111111", "0E04040404040E", "0702020202120C", "11121418141211", "1010101010101F", // G–L
        "111B1515111111", "11111915131111", "0E11111111110E", "1E11111E101010", "0E11111115120D", "1E11111E141211", // M–R
        "0F10100E01011E", "1F040404040404", "1111111111110E", "11111111110A04", "11111115151B11", "11110A040A1111", // S–X
        "11110A04040404", "1F01020408101F",                                                                         // Y, Z
        "0E11131519110E", "040C040404040E", "0E11010204081F", "1F02040201110E", "02060A121F0202",                   // 0–4
        "1F101E0101110E", "0608101E11110E", "1F010204080808", "0E11110E11110E", "0E11110F01020C",                   // 5–9
        "0000001F000000", "00000000000C0C", "000000000C0408", "000C0C000C0C00", "18190204081303",                   // - . , : %
        "00010204081000", "0004041F040400", "02040808080402", "08040202020408",                                     // / + ( )
    ];

    /// <summary>Calls <paramref name="dot"/> for each lit dot of the text, from its top left corner. Letters are set in capitals; unknown characters leave a gap.</summary>
    public static void Draw(string text, Action<int, int> dot)
    {
        for (var i = 0; i < text.Length; i++)
        {
            var index = Characters.IndexOf(char.ToUpperInvariant(text[i]), StringComparison.Ordinal);
            if (index < 0)
                continue;
            for (var row = 0; row < GlyphHeight; row++)
            {
                var bits = Convert.ToByte(Glyphs[index].Substring(2 * row, 2), 16);
                for (var column = 0; column < GlyphWidth; column++)
                {
                    if ((bits >> (GlyphWidth - 1 - column) & 1) == 1)
                        dot(i * Advance + column, row);
                }
            }
        }
    }
}
