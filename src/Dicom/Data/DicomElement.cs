namespace EchoClr.Dicom;

/// <summary>One data element: bytes, or items of a sequence, or fragments of encapsulated pixel data. Immutable; text is read through its <see cref="DicomDataset"/>, which knows the character set.</summary>
public sealed class DicomElement
{
    private static readonly IReadOnlyList<DicomDataset> NoItems = [];

    private readonly DicomValue _value;

    /// <summary>An element with value bytes (little endian; an odd length is padded when written).</summary>
    public DicomElement(DicomTag tag, DicomVr vr, DicomValue value)
    {
        (Tag, Vr, _value) = (tag, vr, value);
        if (vr == DicomVr.SQ)
            Items = NoItems;
    }

    internal DicomElement(DicomTag tag, IReadOnlyList<DicomDataset> items)
    {
        (Tag, Vr, Items) = (tag, DicomVr.SQ, items);
    }

    internal DicomElement(DicomTag tag, DicomVr vr, IReadOnlyList<DicomValue> fragments)
    {
        (Tag, Vr, Fragments) = (tag, vr, fragments);
    }

    internal DicomElement(DicomTag tag, DicomVr vr, string[] text)
    {
        (Tag, Vr, Text) = (tag, vr, text);
    }

    public DicomTag Tag { get; }

    /// <summary>The VR as read or set; UN for what the source did not know.</summary>
    public DicomVr Vr { get; }

    /// <summary>The items of a sequence; null for other elements.</summary>
    public IReadOnlyList<DicomDataset>? Items { get; }

    /// <summary>The fragments of an encapsulated value, the Basic Offset Table first (PS3.5 A.4); null for other elements.</summary>
    public IReadOnlyList<DicomValue>? Fragments { get; }

    /// <summary>Text that was set by program and gets its bytes when written, in the character set of the data set that it is then part of.</summary>
    internal string[]? Text { get; }

    /// <summary>The VR to understand the bytes with: of a UN element that the dictionary knows, the dictionary's (PS3.5 6.2.2).</summary>
    internal DicomVr EffectiveVr => Vr == DicomVr.UN ? DicomDictionary.Vr(Tag) : Vr;

    public bool IsEmpty => Items is { Count: 0 } || Items is null && Fragments is null && (Text is null ? _value.Length == 0 : Text.All(string.IsNullOrEmpty));

    /// <summary>The value bytes; empty for sequences and encapsulated values.</summary>
    internal DicomValue ValueIn(CharacterSet characterSet)
    {
        if (Text is null)
            return _value;
        var joined = string.Join('\\', Text);
        try
        {
            return new DicomValue(Padded(characterSet.Encode(joined)));
        }
        catch (System.Text.EncoderFallbackException e)
        {
            throw new DicomFormatException($"the text of {Tag} {DicomDictionary.Keyword(Tag)} has characters that {characterSet} cannot write", e);
        }
    }

    /// <summary>A copy that may become part of another data set: the same bytes, new items.</summary>
    internal DicomElement Clone() => Items is null ? this : new(Tag, [.. Items.Select(item => item.Clone())]);

    private byte[] Padded(byte[] bytes) => (bytes.Length & 1) == 0 ? bytes : [.. bytes, Vr.Padding];

    public override string ToString() => $"{Tag} {Vr} {DicomDictionary.Keyword(Tag)}";
}
