using System.Buffers.Binary;

namespace EchoClr.Dicom;

/// <summary>Which fragments of encapsulated pixel data make which frame (PS3.5 A.4).</summary>
public static class EncapsulatedFrames
{
    /// <summary>
    /// The fragments of each frame. By the Basic Offset Table where there is a sound one; else all fragments when there is one frame, or one fragment a frame when the numbers agree.
    /// </summary>
    /// <exception cref="DicomFormatException">There are no fragments, or nothing tells where the frames begin.</exception>
    public static IReadOnlyList<IReadOnlyList<DicomValue>> Of(DicomElement pixelData, int numberOfFrames)
    {
        if (pixelData.Fragments is not { Count: > 1 } all)
            throw new DicomFormatException("the pixel data are not encapsulated, or have no fragments");
        DicomValue[] fragments = [.. all.Skip(1)];
        if (ByOffsets(all[0], fragments, numberOfFrames) is { } frames)
            return frames;
        if (numberOfFrames == 1)
            return [fragments];
        return fragments.Length == numberOfFrames
            ? [.. fragments.Select(fragment => (DicomValue[])[fragment])]
            : throw new DicomFormatException($"{fragments.Length} fragments without a usable offset table cannot be told apart into {numberOfFrames} frames");
    }

    // Null for an absent, incomplete or inconsistent table: such tables are common, and the other rules then decide.
    private static List<IReadOnlyList<DicomValue>>? ByOffsets(DicomValue table, DicomValue[] fragments, int numberOfFrames)
    {
        if (numberOfFrames < 1 || table.Length != 4L * numberOfFrames)
            return null;
        var offsets = table.ToMemory().Span;
        var frames = new List<IReadOnlyList<DicomValue>>(numberOfFrames);
        var (fragment, position) = (0, 0L);
        for (var i = 0; i < numberOfFrames; i++)
        {
            if (BinaryPrimitives.ReadUInt32LittleEndian(offsets[(4 * i)..]) != position)
                return null;
            var next = i + 1 < numberOfFrames ? BinaryPrimitives.ReadUInt32LittleEndian(offsets[(4 * (i + 1))..]) : long.MaxValue;
            var first = fragment;
            while (fragment < fragments.Length && position < next)
                position += 8 + fragments[fragment++].Length;
            if (fragment == first)
                return null;
            frames.Add(fragments[first..fragment]);
        }
        return frames;
    }
}
