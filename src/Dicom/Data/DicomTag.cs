using System.Globalization;

namespace EchoClr.Dicom;

/// <summary>The tag of a data element: group and element number (PS3.5 7.1).</summary>
public readonly record struct DicomTag(ushort Group, ushort Element) : IComparable<DicomTag>
{
    /// <summary>Begins an item of a sequence, or a fragment (PS3.5 7.5).</summary>
    public static DicomTag Item => new(0xFFFE, 0xE000);

    public static DicomTag ItemDelimitation => new(0xFFFE, 0xE00D);

    public static DicomTag SequenceDelimitation => new(0xFFFE, 0xE0DD);

    /// <summary>Private elements have an odd group (PS3.5 7.8).</summary>
    public bool IsPrivate => (Group & 1) == 1;

    /// <summary>(gggg,0010–00FF) of an odd group: names the owner of a block of private elements.</summary>
    public bool IsPrivateCreator => IsPrivate && Element is >= 0x0010 and <= 0x00FF;

    public bool IsGroupLength => Element == 0;

    internal uint Packed => (uint)Group << 16 | Element;

    public static bool operator <(DicomTag left, DicomTag right) => left.Packed < right.Packed;

    public static bool operator >(DicomTag left, DicomTag right) => left.Packed > right.Packed;

    public static bool operator <=(DicomTag left, DicomTag right) => left.Packed <= right.Packed;

    public static bool operator >=(DicomTag left, DicomTag right) => left.Packed >= right.Packed;

    public int CompareTo(DicomTag other) => Packed.CompareTo(other.Packed);

    /// <summary>Reads <c>0020,000D</c>, <c>(0020,000D)</c> or <c>0020000D</c>.</summary>
    public static bool TryParse(string text, out DicomTag tag)
    {
        var digits = text.Trim('(', ')').Replace(",", "", StringComparison.Ordinal);
        var valid = uint.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var packed) && digits.Length == 8;
        tag = valid ? FromPacked(packed) : default;
        return valid;
    }

    internal static DicomTag FromPacked(uint packed) => new((ushort)(packed >> 16), (ushort)packed);

    public override int GetHashCode() => (int)(Packed * 2654435761); // Knuth's multiplier spreads neighbouring tags

    public override string ToString() => $"({Group:X4},{Element:X4})";
}
