using System.Buffers.Binary;
using System.Globalization;

namespace EchoClr.Dicom;

public sealed partial class DicomDataset
{
    /// <summary>Sets text (or, for a binary VR, numbers written as text). The VR is the dictionary's. Text gets its bytes when written, in the character set it is then under.</summary>
    public DicomDataset Set(DicomTag tag, params string[] values)
    {
        var vr = KnownVr(tag);
        if (!vr.IsText)
            return Set(tag, [.. values.Select(value => double.Parse(value, CultureInfo.InvariantCulture))]);
        foreach (var value in values)
            Check(tag, vr, value);
        if (values.Length > 1 && !vr.IsMultiValued)
            throw new ArgumentException($"{tag} {DicomDictionary.Keyword(tag)} has VR {vr}, which holds one value", nameof(values));
        Put(new DicomElement(tag, vr, [.. values]));
        return this;
    }

    public DicomDataset Set(DicomTag tag, params int[] values) => SetNumbers(tag, [.. values.Select(value => (double)value)]);

    /// <summary>Sets numbers; as a Decimal String each is written with as many digits as fit its 16 characters.</summary>
    public DicomDataset Set(DicomTag tag, params double[] values) => SetNumbers(tag, values);

    /// <summary>Sets an element of VR AT.</summary>
    public DicomDataset Set(DicomTag tag, params DicomTag[] values)
    {
        if (KnownVr(tag) != DicomVr.AT)
            throw new ArgumentException($"{tag} {DicomDictionary.Keyword(tag)} does not hold tags", nameof(values));
        var bytes = new byte[4 * values.Length];
        for (var i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(4 * i), values[i].Group);
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(4 * i + 2), values[i].Element);
        }
        return SetBytes(tag, DicomVr.AT, bytes);
    }

    /// <summary>Sets a sequence. The items become this data set's: an item cannot be in two.</summary>
    public DicomDataset SetSequence(DicomTag tag, params DicomDataset[] items)
    {
        if (DicomDictionary.Contains(tag) && DicomDictionary.Vr(tag) != DicomVr.SQ)
            throw new ArgumentException($"{tag} {DicomDictionary.Keyword(tag)} is not a sequence", nameof(tag));
        if (items.Any(item => item._parent is not null))
            throw new ArgumentException($"an item given for {tag} {DicomDictionary.Keyword(tag)} is already part of another data set: clone it", nameof(items));
        Put(new DicomElement(tag, [.. items]));
        return this;
    }

    /// <summary>Sets value bytes as they are (little endian); the way to set private elements.</summary>
    public DicomDataset SetBytes(DicomTag tag, DicomVr vr, ReadOnlyMemory<byte> bytes)
    {
        if (vr == DicomVr.SQ && bytes.Length > 0)
            throw new ArgumentException("a sequence is set by its items", nameof(vr));
        Put(new DicomElement(tag, vr, new DicomValue(bytes)));
        return this;
    }

    /// <summary>Sets an element without a value, as attributes of type 2 allow.</summary>
    public DicomDataset SetEmpty(DicomTag tag)
    {
        Put(new DicomElement(tag, KnownVr(tag), default(DicomValue)));
        return this;
    }

    /// <summary>Sets PixelData of an encapsulated transfer syntax: one fragment a frame, after a Basic Offset Table (PS3.5 A.4).</summary>
    public DicomDataset SetEncapsulatedPixelData(IReadOnlyList<ReadOnlyMemory<byte>> frames)
    {
        var fragments = new List<DicomValue>(frames.Count + 1) { new(BasicOffsetTable(frames)) };
        foreach (var frame in frames)
            fragments.Add(new DicomValue((frame.Length & 1) == 0 ? frame : (byte[])[.. frame.Span, 0]));
        Put(new DicomElement(DicomTags.PixelData, DicomVr.OB, fragments));
        return this;
    }

    /// <summary>Copies elements with exactly their value bytes; tags that <paramref name="other"/> lacks are passed over. Text keeps its bytes, so SpecificCharacterSet belongs with it.</summary>
    public DicomDataset CopyFrom(DicomDataset other, params DicomTag[] tags)
    {
        foreach (var tag in tags)
        {
            if (other.TryGet(tag, out var element))
                Put(element.Clone());
        }
        return this;
    }

    public bool Remove(DicomTag tag)
    {
        var index = IndexOf(tag);
        if (index < 0)
            return false;
        foreach (var item in _elements[index].Items ?? [])
            item._parent = null;
        _elements.RemoveAt(index);
        if (tag == DicomTags.SpecificCharacterSet)
            ReadCharacterSet();
        return true;
    }

    private DicomDataset SetNumbers(DicomTag tag, double[] values)
    {
        var vr = KnownVr(tag);
        if (vr == DicomVr.DS)
            return Set(tag, [.. values.Select(DicomNumbers.DecimalString)]);
        if (vr == DicomVr.IS && values.All(value => value == (int)value))
            return Set(tag, [.. values.Select(value => ((int)value).ToString(CultureInfo.InvariantCulture))]);
        if (vr == DicomVr.US && DicomDictionary.Entry(tag).AlternativeVr == DicomVr.SS && values.Any(value => value < 0))
            vr = DicomVr.SS;
        return SetBytes(tag, vr, values.SelectMany(value => DicomNumbers.Encode(tag, vr, value)).ToArray());
    }

    private static byte[] BasicOffsetTable(IReadOnlyList<ReadOnlyMemory<byte>> frames)
    {
        var table = new byte[4 * frames.Count];
        long offset = 0;
        for (var i = 0; i < frames.Count; i++)
        {
            if (offset > uint.MaxValue)
                return []; // its 32-bit offsets cannot reach; an empty table is always allowed
            BinaryPrimitives.WriteUInt32LittleEndian(table.AsSpan(4 * i), (uint)offset);
            offset += 8 + frames[i].Length + (frames[i].Length & 1); // item tag and length, then the even-padded frame
        }
        return table;
    }

    private static DicomVr KnownVr(DicomTag tag) => DicomDictionary.Contains(tag)
        ? DicomDictionary.Vr(tag)
        : throw new ArgumentException($"the dictionary does not know {tag}: set it with its VR by {nameof(SetBytes)}", nameof(tag));

    private static void Check(DicomTag tag, DicomVr vr, string value)
    {
        if (value.Length > vr.MaximumLength)
            throw new ArgumentException($"{tag} {DicomDictionary.Keyword(tag)}: {value.Length} characters are more than VR {vr} allows ({vr.MaximumLength})", nameof(value));
        if (vr.IsMultiValued && value.Contains('\\', StringComparison.Ordinal))
            throw new ArgumentException($"{tag} {DicomDictionary.Keyword(tag)}: a backslash separates values and cannot be part of one", nameof(value));
        if (!vr.UsesCharacterSet && !System.Text.Ascii.IsValid(value))
            throw new ArgumentException($"{tag} {DicomDictionary.Keyword(tag)}: VR {vr} is ASCII only", nameof(value));
    }
}
