using System.Buffers.Binary;
using System.IO.Compression;

namespace EchoClr.Dicom.Codecs;

/// <summary>One frame to a PNG (ISO/IEC 15948), for key frames and contact sheets: 8 bits, grey or RGB, no row filters.</summary>
public static class PngEncoder
{
    private static readonly byte[] signature = [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <param name="pixels">Row by row from the top; RGB interleaved when <paramref name="samplesPerPixel"/> is 3, one byte a pixel when it is 1.</param>
    public static byte[] Encode(ReadOnlySpan<byte> pixels, int rows, int columns, int samplesPerPixel)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rows);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(columns);
        if (samplesPerPixel is not (1 or 3))
            throw new ArgumentOutOfRangeException(nameof(samplesPerPixel), samplesPerPixel, "a frame has 1 (grey) or 3 (RGB) samples per pixel");
        if (pixels.Length != (long)rows * columns * samplesPerPixel)
            throw new ArgumentException($"{pixels.Length} bytes are not a frame of {rows} x {columns} x {samplesPerPixel}", nameof(pixels));

        const byte Grey = 0, Rgb = 2;
        Span<byte> header = stackalloc byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, columns);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], rows);
        header[8] = 8; // bits a sample
        header[9] = samplesPerPixel == 1 ? Grey : Rgb;

        using var png = new MemoryStream();
        png.Write(signature);
        WriteChunk(png, "IHDR"u8, header);
        WriteChunk(png, "IDAT"u8, Compress(pixels, columns * samplesPerPixel));
        WriteChunk(png, "IEND"u8, []);
        return png.ToArray();
    }

    private static byte[] Compress(ReadOnlySpan<byte> pixels, int stride)
    {
        using var compressed = new MemoryStream();
        using (var zlib = new ZLibStream(compressed, CompressionLevel.Optimal, leaveOpen: true))
            for (var at = 0; at < pixels.Length; at += stride)
            {
                zlib.WriteByte(0); // no filter
                zlib.Write(pixels.Slice(at, stride));
            }
        return compressed.ToArray();
    }

    private static void WriteChunk(MemoryStream png, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        png.Write(number);
        png.Write(type);
        png.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, ~Crc(data, Crc(type, uint.MaxValue)));
        png.Write(number);
    }

    // The CRC-32 of ISO/IEC 15948 annex D, bit by bit: a frame takes a few milliseconds.
    private static uint Crc(ReadOnlySpan<byte> bytes, uint crc)
    {
        foreach (var b in bytes)
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 1) != 0 ? 0xEDB88320 ^ (crc >> 1) : crc >> 1;
        }
        return crc;
    }
}
