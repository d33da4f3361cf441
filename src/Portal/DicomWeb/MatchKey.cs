using System.Globalization;
using EchoClr.Dicom;

namespace EchoClr.Portal.DicomWeb;

/// <summary>An attribute that is matched (PS3.4 C.2.2.2).</summary>
/// <param name="Path">The attribute, or the sequences down to it.</param>
/// <param name="Value">Empty: every value matches (C.2.2.2.3), and the attribute is returned.</param>
internal sealed record MatchKey(IReadOnlyList<DicomTag> Path, string Value)
{
    public DicomTag Tag => Path[0];

    public bool IsUniversal => Value is "" or "*";

    public DicomVr Vr => DicomDictionary.Vr(Path[^1]);

    /// <summary>A UID list (C.2.2.2.2): parted by commas, or by backslashes as in DIMSE.</summary>
    public IReadOnlyList<string> Uids => Value.Split([',', '\\'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    public bool Matches(DicomDataset dataset) => IsUniversal || Matches(dataset, 0);

    /// <summary>Both ends of a range (C.2.2.2.5), included; an empty one is open. A single date is both its ends, a time the whole of what it leaves unsaid.</summary>
    /// <exception cref="FormatException">It is no date or time, nor a range of them.</exception>
    public (string From, string To) Range()
    {
        var ends = Value.Split('-');
        if (ends.Length > 2 || ends.All(end => end.Length == 0) || !ends.All(IsMoment))
            throw new FormatException($"{Path[^1]} {DicomDictionary.Keyword(Path[^1])} is matched with {(Vr == DicomVr.DA ? "a date, yyyyMMdd" : "a time, HHmmss")}, or a range of two with - between");
        var (from, to) = (ends[0], ends[^1]);
        return (from, Vr == DicomVr.TM && to.Length > 0 ? Latest(to) : to);
    }

    /// <summary>The last moment that a time with fewer digits may mean, with as many digits as a value may have.</summary>
    private static string Latest(string time)
    {
        const string last = "235959.999999";
        return time + last[time.Length..];
    }

    private bool IsMoment(string text) => text.Length == 0 || (Vr == DicomVr.DA
        ? DateOnly.TryParseExact(text, "yyyyMMdd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _)
        : text.Length is 2 or 4 or 6 or > 7 and <= 13 && text.Select((c, i) => i == 6 ? c == '.' : char.IsAsciiDigit(c)).All(fits => fits) && text[0] <= '2');

    private bool Matches(DicomDataset dataset, int depth)
    {
        if (depth < Path.Count - 1)
            return dataset.GetSequence(Path[depth]).Any(item => Matches(item, depth + 1));
        var values = dataset.GetStrings(Path[depth]);
        return Vr.Code switch
        {
            "UI" => values.Any(Uids.Contains),
            "DA" or "TM" => Range() is var (from, to) && values.Any(value => value.Length > 0 && string.CompareOrdinal(value, from) >= 0 && (to.Length == 0 || string.CompareOrdinal(value, to) <= 0)),
            "IS" or "DS" or "US" or "SS" or "UL" or "SL" or "FL" or "FD" => Number(Value) is { } wanted && values.Any(value => Number(value) == wanted),
            "PN" => values.SelectMany(name => name.Split('=').Append(name)).Any(name => Like(name.TrimEnd('^').ToUpperInvariant(), Value.TrimEnd('^').ToUpperInvariant())),
            _ => values.Any(value => Like(value, Value)),
        };
    }

    private static double? Number(string text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>Wild card matching, in time that grows with the product of both lengths at most.</summary>
    private static bool Like(ReadOnlySpan<char> text, ReadOnlySpan<char> pattern)
    {
        int t = 0, p = 0, star = -1, resume = 0;
        while (t < text.Length)
        {
            if (p < pattern.Length && (pattern[p] == '?' || (pattern[p] == text[t] && pattern[p] != '*')))
            {
                t++;
                p++;
            }
            else if (p < pattern.Length && pattern[p] == '*')
            {
                star = p++;
                resume = t;
            }
            else if (star >= 0)
            {
                p = star + 1;
                t = ++resume;
            }
            else
            {
                return false;
            }
        }
        return pattern[p..].TrimStart('*').IsEmpty;
    }
}
