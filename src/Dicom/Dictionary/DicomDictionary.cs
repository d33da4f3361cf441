using System.Globalization;

namespace EchoClr.Dicom;

/// <summary>What PS3.6 says of an element.</summary>
/// <param name="Vr">Its VR; of several possible ones, the one used where nothing else decides.</param>
/// <param name="AlternativeVr">The other VR that the standard allows, if any ("US or SS", "OB or OW").</param>
/// <param name="Multiplicity">As written in PS3.6: <c>1</c>, <c>1-n</c>, <c>2-2n</c> …</param>
public sealed record DicomDictionaryEntry(DicomVr Vr, DicomVr? AlternativeVr, string Multiplicity, string Keyword, string Name);

/// <summary>The data dictionary (PS3.6 and PS3.7 Annex E), without private elements.</summary>
public static class DicomDictionary
{
    private static readonly DicomDictionaryEntry Unknown = new(DicomVr.UN, null, "1-n", "Unknown", "Unknown");
    private static readonly DicomDictionaryEntry GroupLength = new(DicomVr.UL, null, "1", "GroupLength", "Group Length");
    private static readonly DicomDictionaryEntry PrivateCreator = new(DicomVr.LO, null, "1", "PrivateCreator", "Private Creator");
    private static readonly DicomDictionaryEntry Item = new(DicomVr.UN, null, "1", "Item", "Item");
    private static readonly Lazy<Tables> Loaded = new(Load);

    /// <summary>The entry of a tag; for private and unknown elements one that says so, with VR UN.</summary>
    public static DicomDictionaryEntry Entry(DicomTag tag)
    {
        var tables = Loaded.Value;
        if (tables.ByTag.TryGetValue(tag.Packed, out var entry))
            return entry;
        if (tag.IsGroupLength)
            return GroupLength;
        if (tag == DicomTag.Item)
            return Item;
        if (tag.IsPrivate)
            return tag.IsPrivateCreator ? PrivateCreator : Unknown;
        foreach (var (mask, value, repeating) in tables.Repeating)
        {
            if ((tag.Packed & mask) == value)
                return repeating;
        }
        return Unknown;
    }

    public static DicomVr Vr(DicomTag tag) => Entry(tag).Vr;

    /// <summary>The keyword, such as <c>StudyInstanceUID</c>; <c>Unknown</c> for what the dictionary lacks.</summary>
    public static string Keyword(DicomTag tag) => Entry(tag).Keyword;

    public static bool Contains(DicomTag tag) => Entry(tag) != Unknown;

    /// <summary>Finds the tag of a keyword (of a repeating group: the first), or reads a tag written as numbers.</summary>
    public static bool TryFindTag(string keywordOrTag, out DicomTag tag)
    {
        if (!Loaded.Value.ByKeyword.TryGetValue(keywordOrTag, out var packed))
            return DicomTag.TryParse(keywordOrTag, out tag);
        tag = DicomTag.FromPacked(packed);
        return true;
    }

    // elements.txt: tag with "x" for any digit, VR or VR/VR, multiplicity, keyword, name; separated by tabs; sorted by tag.
    private static Tables Load()
    {
        var tables = new Tables(new(6000), new(6000), []);
        foreach (var line in EmbeddedText.Lines("elements.txt"))
        {
            var columns = line.Split('\t');
            var vrs = columns[1].Split('/');
            var entry = new DicomDictionaryEntry(DicomVr.Find(vrs[0])!, vrs.Length > 1 ? DicomVr.Find(vrs[1]) : null, columns[2], columns[3], columns[4]);
            var value = uint.Parse(columns[0].Replace('x', '0'), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            if (columns[0].Contains('x', StringComparison.Ordinal))
                tables.Repeating.Add((MaskOf(columns[0]), value, entry));
            else
                tables.ByTag.Add(value, entry);
            tables.ByKeyword.TryAdd(columns[3], value);
        }
        return tables;
    }

    private static uint MaskOf(string pattern)
    {
        uint mask = 0;
        foreach (var digit in pattern)
            mask = mask << 4 | (digit == 'x' ? 0u : 0xFu);
        return mask;
    }

    private sealed record Tables(Dictionary<uint, DicomDictionaryEntry> ByTag, Dictionary<string, uint> ByKeyword, List<(uint Mask, uint Value, DicomDictionaryEntry Entry)> Repeating);
}
