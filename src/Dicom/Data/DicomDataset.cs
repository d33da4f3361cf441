using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace EchoClr.Dicom;

/// <summary>
/// A data set: elements in the order of their tags. Reading is lenient (what cannot be understood is null or empty, never an exception),
/// building is strict: what the VR does not allow is an <see cref="ArgumentException"/>. Not safe for writers beside readers.
/// </summary>
public sealed partial class DicomDataset : IEnumerable<DicomElement>
{
    private readonly List<DicomElement> _elements;
    private CharacterSet? _ownCharacterSet;
    private DicomDataset? _parent;

    public DicomDataset() => _elements = [];

    // Elements as they came from a file. Nearly always in order; where not, the first of two with one tag wins, as in DCMTK.
    internal DicomDataset(List<DicomElement> elements)
    {
        _elements = IsSorted(elements) ? elements : [.. elements.OrderBy(element => element.Tag).DistinctBy(element => element.Tag)];
        foreach (var element in _elements)
            Adopt(element);
        ReadCharacterSet();
    }

    public int Count => _elements.Count;

    /// <summary>The repertoire of this data set's text; items without their own SpecificCharacterSet have that of the data set around them (PS3.3 C.12.1.1.2).</summary>
    public CharacterSet CharacterSet => _ownCharacterSet ?? _parent?.CharacterSet ?? CharacterSet.Default;

    public bool Contains(DicomTag tag) => IndexOf(tag) >= 0;

    public bool TryGet(DicomTag tag, [MaybeNullWhen(false)] out DicomElement element)
    {
        var index = IndexOf(tag);
        element = index >= 0 ? _elements[index] : null;
        return element is not null;
    }

    /// <summary>The first value as text without its padding, numbers in the invariant culture; null if absent, empty or not a value that has a text.</summary>
    public string? GetString(DicomTag tag) => TryGet(tag, out var element) ? DicomValueText.First(element, CharacterSet) : null;

    /// <summary>All values as text; an empty value between backslashes is "". Empty if absent.</summary>
    public IReadOnlyList<string> GetStrings(DicomTag tag) => TryGet(tag, out var element) ? DicomValueText.All(element, CharacterSet) : [];

    /// <summary>The first value as a whole number, also of IS and of DS without a fraction; null if there is none or it does not fit.</summary>
    public int? GetInt32(DicomTag tag) => TryGet(tag, out var element) ? DicomNumbers.FirstInt32(element, CharacterSet) : null;

    /// <summary>The first value as a finite number; null if there is none.</summary>
    public double? GetDouble(DicomTag tag) => TryGet(tag, out var element) ? DicomNumbers.First(element, CharacterSet) : null;

    /// <summary>All values as finite numbers; empty if absent or if one of them is not a number.</summary>
    public IReadOnlyList<double> GetDoubles(DicomTag tag)
    {
        if (!TryGet(tag, out var element))
            return [];
        var numbers = DicomNumbers.All(element, CharacterSet);
        return numbers.Contains(null) ? [] : [.. numbers.Select(number => number!.Value)];
    }

    /// <summary>The items of a sequence; empty if absent.</summary>
    public IReadOnlyList<DicomDataset> GetSequence(DicomTag tag) => TryGet(tag, out var element) ? element.Items ?? [] : [];

    /// <summary>The value bytes, padding included, little endian; empty if absent, and for sequences and encapsulated pixel data.</summary>
    public ReadOnlyMemory<byte> GetBytes(DicomTag tag) => TryGet(tag, out var element) ? element.ValueIn(CharacterSet).ToMemory() : default;

    /// <summary>The value bytes without loading them where they were left in the file.</summary>
    public DicomValue GetValue(DicomTag tag) => TryGet(tag, out var element) ? element.ValueIn(CharacterSet) : default;

    public IEnumerator<DicomElement> GetEnumerator() => _elements.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>A copy with the same bytes that can be changed, or become an item elsewhere, without touching this one.</summary>
    public DicomDataset Clone() => new([.. _elements.Select(element => element.Clone())]);

    internal void Put(DicomElement element)
    {
        var index = IndexOf(element.Tag);
        if (index >= 0)
            _elements[index] = element;
        else
            _elements.Insert(~index, element);
        Adopt(element);
        if (element.Tag == DicomTags.SpecificCharacterSet)
            ReadCharacterSet();
    }

    private static bool IsSorted(List<DicomElement> elements)
    {
        for (var i = 1; i < elements.Count; i++)
        {
            if (elements[i].Tag <= elements[i - 1].Tag)
                return false;
        }
        return true;
    }

    private void Adopt(DicomElement element)
    {
        foreach (var item in element.Items ?? [])
            item._parent = this;
    }

    private void ReadCharacterSet() =>
        _ownCharacterSet = TryGet(DicomTags.SpecificCharacterSet, out var element) ? CharacterSet.Parse(DicomValueText.All(element, CharacterSet.Default)) : null;

    // The index of the tag, or the complement of where it belongs.
    private int IndexOf(DicomTag tag)
    {
        var elements = CollectionsMarshal.AsSpan(_elements);
        int low = 0, high = elements.Length - 1;
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            var order = elements[middle].Tag.CompareTo(tag);
            if (order == 0)
                return middle;
            if (order < 0)
                low = middle + 1;
            else
                high = middle - 1;
        }
        return ~low;
    }
}
