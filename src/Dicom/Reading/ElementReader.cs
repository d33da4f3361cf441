namespace EchoClr.Dicom;

/// <summary>How elements are written: with or without their VR, and the byte order.</summary>
internal readonly record struct ElementEncoding(bool ExplicitVr, bool LittleEndian)
{
    public static readonly ElementEncoding Implicit = new(false, true);
    public static readonly ElementEncoding Explicit = new(true, true);
}

/// <summary>Reads elements one after another from a source (PS3.5 clause 7).</summary>
internal sealed class ElementReader(ByteSource source, DicomReadOptions options)
{
    private const uint UndefinedLength = 0xFFFFFFFF;
    private static readonly List<DicomElement> Nothing = []; // what is passed over; never added to
    private int _elements;
    private bool _passingOver; // inside an element that is not among the wanted ones
    private bool _signed; // PixelRepresentation of the data set being read, or of the one around it

    /// <summary>The element that <see cref="DicomReadOptions.StopBefore"/> ended the reading at.</summary>
    public DicomTag? StoppedBefore { get; private set; }

    public DicomDataset ReadDataset(TransferSyntax syntax)
    {
        var encoding = EncodingSniffer.Correct(source, new ElementEncoding(syntax.IsExplicitVr, syntax.IsLittleEndian));
        return new DicomDataset(ReadElements(long.MaxValue, encoding, depth: 0, options.StopBefore));
    }

    /// <summary>Reads the elements of group 0002, which are explicit VR little endian (PS3.10 7.1), up to the first of another group. Its group length is often wrong and not needed.</summary>
    public DicomDataset ReadMeta()
    {
        var encoding = EncodingSniffer.Correct(source, ElementEncoding.Explicit);
        var elements = new List<DicomElement>();
        var statedEnd = long.MaxValue;
        var deflated = false;
        while (source.Available(8) == 8 && source.PeekTag(littleEndian: true).Group == 0x0002)
        {
            if (deflated && source.Position >= statedEnd)
                break; // only deflated bytes could look like group 0002
            var element = ReadElement(long.MaxValue, encoding, depth: 0);
            elements.Add(element);
            if (element.Tag == DicomTags.FileMetaInformationGroupLength)
                statedEnd = source.Position + (DicomNumbers.First(element, CharacterSet.Default) is >= 0 and <= int.MaxValue and var length ? (long)length : int.MaxValue);
            deflated |= element.Tag == DicomTags.TransferSyntaxUID && DicomValueText.First(element, CharacterSet.Default) == TransferSyntax.DeflatedExplicitVRLittleEndian.Uid;
        }
        return new DicomDataset(elements);
    }

    private List<DicomElement> ReadElements(long end, ElementEncoding encoding, int depth, DicomTag? stopBefore)
    {
        var elements = _passingOver ? Nothing : [];
        var signedAround = _signed;
        while (source.Position < end)
        {
            var available = source.Available(8);
            if (available < 8 || end - source.Position < 8)
            {
                // Missing delimiters at the end, and a stray padding byte or two, lose nothing.
                if (available == 0 || IsPadding((int)available))
                    break;
                throw new DicomFormatException($"the data end at offset {source.Position + available}, inside the header of an element");
            }

            var tag = source.PeekTag(encoding.LittleEndian);
            if (tag.Group == 0xFFFE)
            {
                if (depth > 0 && tag != DicomTag.ItemDelimitation)
                    break; // an item without its delimiter: the next one, or the end of the sequence, ends it
                if (tag != DicomTag.ItemDelimitation && tag != DicomTag.SequenceDelimitation)
                    throw new DicomFormatException($"an item stands at offset {source.Position}, where an element should");
                source.Position += 8; // whatever length it claims
                if (depth > 0)
                    break;
                continue;
            }
            if (tag >= stopBefore)
            {
                StoppedBefore = tag;
                break;
            }
            if (depth == 0)
            {
                source.Forget();
                _passingOver = options.Only?.Contains(tag) == false;
            }
            var element = ReadElement(end, encoding, depth);
            if (!_passingOver)
                elements.Add(element);
            if (tag == DicomTags.PixelRepresentation && !_passingOver)
                _signed = DicomNumbers.First(element, CharacterSet.Default) == 1;
        }
        _signed = signedAround;
        return elements;
    }

    private DicomElement ReadElement(long end, ElementEncoding encoding, int depth)
    {
        Count();
        var start = source.Position;
        var tag = source.PeekTag(encoding.LittleEndian);
        var (vr, length) = encoding.ExplicitVr ? ReadExplicitHeader(tag, encoding) : ReadImplicitHeader(tag, encoding);
        if (source.Position > end)
            throw new DicomFormatException($"the header of {tag} {DicomDictionary.Keyword(tag)} at offset {start} reaches beyond the item it stands in");

        if (length == UndefinedLength)
            return ReadUndefinedLength(tag, vr, end, encoding, depth, start);

        if (_passingOver)
            return PassOver(tag, vr, length, end);
        Require(tag, length, end);
        if (vr == DicomVr.SQ)
            return new DicomElement(tag, ReadDefinedSequence(tag, length, encoding, depth));
        if (vr == DicomVr.UN && length > 0 && DicomDictionary.Vr(tag) == DicomVr.SQ && HiddenSequence(tag, length, depth) is { } sequence)
            return sequence;
        return new DicomElement(tag, vr, source.Take(length, encoding.LittleEndian ? 1 : vr.Unit));
    }

    private (DicomVr Vr, uint Length) ReadExplicitHeader(DicomTag tag, ElementEncoding encoding)
    {
        var (first, second) = (source.Peek(6)[4], source.Peek(6)[5]);
        var vr = DicomVr.Find(first, second);
        // VRs to come will have 32-bit lengths (PS3.5 6.2.2); two bytes that are no letters never were a VR, and are written with 16 bits.
        var longLength = vr?.HasLongLength ?? (char.IsAsciiLetterUpper((char)first) && char.IsAsciiLetterUpper((char)second));
        if (longLength && source.Available(12) < 12)
            throw new DicomFormatException($"the data end inside the header of {tag} {DicomDictionary.Keyword(tag)}");
        var length = longLength ? source.PeekUInt32(8, encoding.LittleEndian) : source.PeekUInt16(6, encoding.LittleEndian);
        source.Position += longLength ? 12 : 8;
        return (vr ?? DicomVr.UN, length);
    }

    private (DicomVr Vr, uint Length) ReadImplicitHeader(DicomTag tag, ElementEncoding encoding)
    {
        var length = source.PeekUInt32(4, encoding.LittleEndian);
        source.Position += 8;
        var entry = DicomDictionary.Entry(tag);
        // "US or SS" follows the pixels' sign (PS3.5 A.1), which stands before every element that it matters to.
        var signed = _signed && entry.AlternativeVr == DicomVr.SS;
        // PixelData is OW in implicit VR; so are the others of "OB or OW".
        var vr = signed ? DicomVr.SS : entry.Vr == DicomVr.OB && entry.AlternativeVr == DicomVr.OW ? DicomVr.OW : entry.Vr;
        return (vr, length);
    }

    private DicomElement ReadUndefinedLength(DicomTag tag, DicomVr vr, long end, ElementEncoding encoding, int depth, long start)
    {
        var isPixels = tag == DicomTags.PixelData || vr == DicomVr.OB || vr == DicomVr.OW;
        if (isPixels)
            return new DicomElement(tag, vr == DicomVr.UN ? DicomVr.OB : vr, ReadFragments(tag, end, encoding));
        // UN of undefined length is a sequence in implicit VR little endian, whatever surrounds it (PS3.5 6.2.2).
        if (vr == DicomVr.UN)
            return new DicomElement(tag, ReadItems(tag, end, ElementEncoding.Implicit, depth));
        if (vr == DicomVr.SQ || !encoding.ExplicitVr)
            return new DicomElement(tag, ReadItems(tag, end, encoding, depth));
        throw new DicomFormatException($"{tag} {DicomDictionary.Keyword(tag)} at offset {start} has VR {vr} and no length, which only sequences and pixel data may lack");
    }

    private List<DicomDataset> ReadItems(DicomTag sequence, long end, ElementEncoding encoding, int depth)
    {
        if (depth >= options.MaxDepth)
            throw new DicomFormatException($"{sequence} {DicomDictionary.Keyword(sequence)} is nested deeper than the {options.MaxDepth} sequences allowed");
        var items = new List<DicomDataset>();
        while (end - source.Position >= 8 && source.Available(8) == 8)
        {
            var tag = source.PeekTag(encoding.LittleEndian);
            if (tag == DicomTag.SequenceDelimitation)
            {
                source.Position += 8;
                return items;
            }
            if (tag == DicomTag.ItemDelimitation)
            {
                source.Position += 8; // after an item whose length was given: superfluous
                continue;
            }
            if (tag != DicomTag.Item)
                break; // the sequence lost its delimiter: what follows belongs to the data set around it
            Count();
            var length = source.PeekUInt32(4, encoding.LittleEndian);
            source.Position += 8;
            if (length != UndefinedLength)
                Require(tag, length, end);
            var itemEnd = length == UndefinedLength ? end : source.Position + length;
            var elements = ReadElements(itemEnd, encoding, depth + 1, stopBefore: null);
            if (!_passingOver)
                items.Add(new DicomDataset(elements));
            if (length != UndefinedLength)
                source.Position = itemEnd;
        }
        return items;
    }

    private List<DicomDataset> ReadDefinedSequence(DicomTag tag, uint length, ElementEncoding encoding, int depth)
    {
        var end = source.Position + length;
        var items = ReadItems(tag, end, encoding, depth);
        var left = end - source.Position;
        if (left >= 8 || !IsPadding((int)left))
            throw new DicomFormatException($"{tag} {DicomDictionary.Keyword(tag)} holds something at offset {source.Position} that is no item");
        source.Position = end;
        return items;
    }

    private List<DicomValue> ReadFragments(DicomTag pixels, long end, ElementEncoding encoding)
    {
        var fragments = new List<DicomValue>();
        while (end - source.Position >= 8 && source.Available(8) == 8)
        {
            var tag = source.PeekTag(encoding.LittleEndian);
            var length = source.PeekUInt32(4, encoding.LittleEndian);
            if (tag == DicomTag.SequenceDelimitation)
            {
                source.Position += 8;
                return fragments;
            }
            if (tag != DicomTag.Item)
                throw new DicomFormatException($"{pixels} {DicomDictionary.Keyword(pixels)}: {tag} stands at offset {source.Position}, where a fragment should");
            Count();
            source.Position += 8;
            if (_passingOver)
                PassOver(pixels, DicomVr.OB, length, end);
            else
            {
                Require(tag, length, end);
                fragments.Add(source.Take(length, swapUnit: 1));
            }
        }
        return fragments; // without its delimiter at the end of the data: complete all the same
    }

    // Some writers hide a sequence they do not know in UN; its content is implicit VR little endian then. If it does not read so, it stays bytes.
    private DicomElement? HiddenSequence(DicomTag tag, uint length, int depth)
    {
        var start = source.Position;
        try
        {
            if (ReadDefinedSequence(tag, length, ElementEncoding.Implicit, depth) is { Count: > 0 } items)
                return new DicomElement(tag, items);
        }
        catch (DicomFormatException)
        {
            // It is no sequence.
        }
        source.Position = start;
        return null;
    }

    private DicomElement PassOver(DicomTag tag, DicomVr vr, uint length, long end)
    {
        if (length > end - source.Position || !source.TrySkip(length))
            Require(tag, length, end); // says what is missing
        return new DicomElement(tag, vr, default(DicomValue));
    }

    private void Require(DicomTag tag, uint length, long end)
    {
        var left = Math.Min(source.Available(length), end - source.Position);
        if (left < length)
            throw new DicomFormatException($"{tag} {DicomDictionary.Keyword(tag)} at offset {source.Position} claims {length} bytes, but only {Math.Max(0, left)} are left");
    }

    private void Count()
    {
        if (++_elements > options.MaxElements)
            throw new DicomFormatException($"the data set has more than the {options.MaxElements} elements allowed");
    }

    private bool IsPadding(int count)
    {
        foreach (var b in source.Peek(count))
        {
            if (b != 0)
                return false;
        }
        return true;
    }
}
