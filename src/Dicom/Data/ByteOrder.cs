using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace EchoClr.Dicom;

/// <summary>Turns big endian numbers round; in memory every value is little endian.</summary>
internal static class ByteOrder
{
    /// <summary>Reverses each group of <paramref name="unit"/> bytes in place; a unit of 0 or 1 changes nothing, nor does an incomplete last group.</summary>
    public static void Swap(Span<byte> bytes, int unit)
    {
        switch (unit)
        {
            case 2:
                var shorts = MemoryMarshal.Cast<byte, ushort>(bytes);
                BinaryPrimitives.ReverseEndianness(shorts, shorts);
                break;
            case 4:
                var ints = MemoryMarshal.Cast<byte, uint>(bytes);
                BinaryPrimitives.ReverseEndianness(ints, ints);
                break;
            case 8:
                var longs = MemoryMarshal.Cast<byte, ulong>(bytes);
                BinaryPrimitives.ReverseEndianness(longs, longs);
                break;
        }
    }
}
