using System.Text;

namespace EchoClr.Dicom;

/// <summary>Makes text of a file fit for a terminal: what a peer wrote must not move the cursor or change colours.</summary>
internal static class PrintableText
{
    private const char Replacement = '\uFFFD';

    /// <summary>One line: line ends become <c>\n</c> in letters, other control characters a replacement sign.</summary>
    public static string OneLine(string text) => Clean(text.ReplaceLineEndings("\n")).Replace("\n", "\\n", StringComparison.Ordinal);

    /// <summary>Several lines, each without control characters.</summary>
    public static string[] Lines(string text) => Clean(text.ReplaceLineEndings("\n")).TrimEnd('\n').Split('\n');

    /// <summary>At most so many characters, the last ones an ellipsis when there were more.</summary>
    public static string Shorten(string text, int maximum) => text.Length <= maximum ? text : string.Concat(text.AsSpan(0, maximum - 1), "…");

    private static string Clean(string text)
    {
        if (!text.Any(IsUnfit))
            return text;
        var clean = new StringBuilder(text.Length);
        foreach (var character in text)
            clean.Append(IsUnfit(character) ? Replacement : character);
        return clean.ToString();
    }

    // Format characters (category Cf) include the marks that turn the direction of writing, which can disguise a line.
    private static bool IsUnfit(char character) =>
        character != '\n' && (char.IsControl(character) || char.GetUnicodeCategory(character) == System.Globalization.UnicodeCategory.Format);
}
