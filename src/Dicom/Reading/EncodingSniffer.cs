namespace EchoClr.Dicom;

/// <summary>Finds out from the first element how a data set is really written: files without a transfer syntax exist, and files that name the wrong one.</summary>
internal static class EncodingSniffer
{
    // A data set begins in group 0002 (files), 0004 (DICOMDIR), 0008, or a low group of older standards; the other byte order makes it 256 times as large.
    private const ushort HighestFirstGroup = 0x00FF;

    /// <summary>The stated encoding, unless the first element contradicts it.</summary>
    public static ElementEncoding Correct(ByteSource source, ElementEncoding stated)
    {
        if (Guess(source) is not { } seen)
            return stated;
        // Print and overlay groups (2000, 6000) look like low groups of the other byte order: the statement is only wrong when it makes an unknown element of a known one.
        if (seen.LittleEndian != stated.LittleEndian && (IsKnown(source.PeekTag(stated.LittleEndian)) || !IsKnown(source.PeekTag(seen.LittleEndian))))
            return stated;
        // Two capitals that are no VR we know are still a VR, not the length of an implicit element: that would be 16 KiB at least.
        var looksExplicit = char.IsAsciiLetterUpper((char)source.Peek(6)[4]) && char.IsAsciiLetterUpper((char)source.Peek(6)[5]);
        return stated.ExplicitVr && looksExplicit && !seen.ExplicitVr ? stated : seen;
    }

    /// <summary>The encoding of the next element, or null if it looks like none.</summary>
    public static ElementEncoding? Guess(ByteSource source)
    {
        if (source.Available(8) < 8)
            return null;
        var little = source.PeekUInt16(0, littleEndian: true);
        var big = source.PeekUInt16(0, littleEndian: false);
        var explicitVr = DicomVr.Find(source.Peek(6)[4], source.Peek(6)[5]) is not null;
        if (little <= HighestFirstGroup)
            return new ElementEncoding(explicitVr, true);
        // Implicit VR big endian was never DICOM's.
        return big <= HighestFirstGroup && explicitVr ? new ElementEncoding(true, false) : null;
    }

    private static bool IsKnown(DicomTag tag) => !tag.IsPrivate && DicomDictionary.Contains(tag);
}
