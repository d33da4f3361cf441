using System.Buffers.Binary;
using System.IO.Compression;

namespace EchoClr.Dicom;

/// <summary>How sequences and their items end (PS3.5 7.5).</summary>
public enum SequenceLength
{
    /// <summary>Lengths stand before: what most readers meet most often.</summary>
    Defined,

    /// <summary>Delimiters stand after.</summary>
    Undefined,
}

/// <summary>
/// Writes data sets in every transfer syntax whose pixels they have. The same data set always gives the same bytes. Retired group lengths (gggg,0000) are left out: after any change
/// they would be wrong.
/// </summary>
public static class DicomDatasetWriter
{
    /// <summary>The bytes of a data set.</summary>
    public static byte[] Encode(DicomDataset dataset, TransferSyntax syntax, SequenceLength sequences = SequenceLength.Defined)
    {
        using var stream = new MemoryStream();
        Write(stream, dataset, syntax, sequences);
        return stream.ToArray();
    }

    /// <summary>A command set: implicit VR little endian, its group length first (PS3.7 6.3.1).</summary>
    public static byte[] EncodeCommand(DicomDataset command)
    {
        var elements = Encode(command, TransferSyntax.ImplicitVRLittleEndian);
        var bytes = new byte[12 + elements.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), 4);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), (uint)elements.Length);
        elements.CopyTo(bytes, 12);
        return bytes;
    }

    public static void Write(Stream stream, DicomDataset dataset, TransferSyntax syntax, SequenceLength sequences = SequenceLength.Defined)
    {
        if (!syntax.IsDeflated)
        {
            new ElementWriter(stream, syntax, sequences).Write(dataset);
            return;
        }
        using var plain = new MemoryStream();
        using var deflated = new MemoryStream();
        new ElementWriter(plain, syntax, sequences).Write(dataset);
        using (var deflate = new DeflateStream(deflated, CompressionLevel.Optimal, leaveOpen: true))
            plain.WriteTo(deflate); // all at once: cut otherwise, the same bytes may be deflated to others
        if ((deflated.Length & 1) == 1)
            deflated.WriteByte(0); // PS3.5 A.5
        deflated.WriteTo(stream);
    }
}
