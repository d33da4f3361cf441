using System.Buffers.Binary;

namespace EchoClr.Dicom;

/// <summary>Writes elements one after another (PS3.5 clause 7).</summary>
internal sealed class ElementWriter(Stream stream, TransferSyntax syntax, SequenceLength sequences)
{
    private const uint UndefinedLength = 0xFFFFFFFF;
    private const uint LongestDefined = 0xFFFFFFFE;

    public void Write(DicomDataset dataset)
    {
        foreach (var element in dataset)
        {
            if (!IsLeftOut(element))
                Write(element, dataset.CharacterSet);
        }
    }

    private static bool IsLeftOut(DicomElement element) => element.Tag.IsGroupLength;

    private void Write(DicomElement element, CharacterSet characterSet)
    {
        if (element.Items is not null)
            WriteSequence(element);
        else if (element.Fragments is not null)
            WriteFragments(element);
        else
            WriteValue(element, element.ValueIn(characterSet));
    }

    private void WriteValue(DicomElement element, DicomValue value)
    {
        var length = Even(value.Length);
        if (length > LongestDefined)
            throw new DicomFormatException($"{element.Tag} {DicomDictionary.Keyword(element.Tag)} has {length} bytes, more than a length field can say");
        // A value too long for a 16-bit length is written as UN (PS3.5 6.2.2 note 2).
        WriteHeader(element.Tag, !element.Vr.HasLongLength && length > ushort.MaxValue ? DicomVr.UN : element.Vr, (uint)length);
        value.CopyTo(stream, syntax.IsLittleEndian ? 1 : element.Vr.Unit);
        if (length != value.Length)
            stream.WriteByte(element.Vr.Padding);
    }

    private void WriteSequence(DicomElement sequence)
    {
        var defined = sequences == SequenceLength.Defined;
        WriteHeader(sequence.Tag, DicomVr.SQ, defined ? Checked(sequence.Tag, LengthOf(sequence.Items!)) : UndefinedLength);
        foreach (var item in sequence.Items!)
        {
            WriteItemHeader(DicomTag.Item, defined ? Checked(sequence.Tag, LengthOf(item)) : UndefinedLength);
            Write(item);
            if (!defined)
                WriteItemHeader(DicomTag.ItemDelimitation, 0);
        }
        if (!defined)
            WriteItemHeader(DicomTag.SequenceDelimitation, 0);
    }

    private void WriteFragments(DicomElement pixels)
    {
        if (!syntax.IsEncapsulated)
            throw new DicomFormatException($"{pixels.Tag} {DicomDictionary.Keyword(pixels.Tag)} is encapsulated, which a native transfer syntax cannot write");
        WriteHeader(pixels.Tag, DicomVr.OB, UndefinedLength);
        foreach (var fragment in pixels.Fragments!)
        {
            WriteItemHeader(DicomTag.Item, Checked(pixels.Tag, Even(fragment.Length)));
            fragment.CopyTo(stream);
            if ((fragment.Length & 1) == 1)
                stream.WriteByte(0);
        }
        WriteItemHeader(DicomTag.SequenceDelimitation, 0);
    }

    private void WriteHeader(DicomTag tag, DicomVr vr, uint length)
    {
        Span<byte> header = stackalloc byte[12];
        header.Clear();
        WriteTag(header, tag);
        if (!syntax.IsExplicitVr)
        {
            WriteUInt32(header[4..], length);
            stream.Write(header[..8]);
            return;
        }
        header[4] = (byte)vr.Code[0];
        header[5] = (byte)vr.Code[1];
        if (vr.HasLongLength)
            WriteUInt32(header[8..], length);
        else
            WriteUInt16(header[6..], (ushort)length);
        stream.Write(vr.HasLongLength ? header : header[..8]);
    }

    private void WriteItemHeader(DicomTag tag, uint length)
    {
        Span<byte> header = stackalloc byte[8];
        WriteTag(header, tag);
        WriteUInt32(header[4..], length);
        stream.Write(header);
    }

    private void WriteTag(Span<byte> into, DicomTag tag)
    {
        WriteUInt16(into, tag.Group);
        WriteUInt16(into[2..], tag.Element);
    }

    private void WriteUInt16(Span<byte> into, ushort value)
    {
        if (syntax.IsLittleEndian)
            BinaryPrimitives.WriteUInt16LittleEndian(into, value);
        else
            BinaryPrimitives.WriteUInt16BigEndian(into, value);
    }

    private void WriteUInt32(Span<byte> into, uint value)
    {
        if (syntax.IsLittleEndian)
            BinaryPrimitives.WriteUInt32LittleEndian(into, value);
        else
            BinaryPrimitives.WriteUInt32BigEndian(into, value);
    }

    private long LengthOf(IReadOnlyList<DicomDataset> items)
    {
        long length = 0;
        foreach (var item in items)
            length += 8 + LengthOf(item);
        return length;
    }

    private long LengthOf(DicomDataset dataset)
    {
        long length = 0;
        foreach (var element in dataset)
        {
            if (!IsLeftOut(element))
                length += LengthOf(element, dataset.CharacterSet);
        }
        return length;
    }

    private long LengthOf(DicomElement element, CharacterSet characterSet)
    {
        if (element.Items is not null)
            return Header(DicomVr.SQ) + LengthOf(element.Items);
        if (element.Fragments is not null)
            return Header(DicomVr.OB) + element.Fragments.Sum(fragment => 8 + Even(fragment.Length)) + 8;
        var length = Even(element.ValueIn(characterSet).Length);
        return Header(length > ushort.MaxValue ? DicomVr.UN : element.Vr) + length;
    }

    private int Header(DicomVr vr) => syntax.IsExplicitVr && vr.HasLongLength ? 12 : 8;

    private static long Even(long length) => length + (length & 1);

    private static uint Checked(DicomTag tag, long length) => length <= LongestDefined
        ? (uint)length
        : throw new DicomFormatException($"{tag} {DicomDictionary.Keyword(tag)} has {length} bytes, more than a length field can say");
}
