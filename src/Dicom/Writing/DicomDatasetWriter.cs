using System.Buffers.Binary;

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
/// Writes data sets in little endian, implicit or explicit VR. The same data set always gives the same bytes. Retired group lengths (gggg,0000) are left out: after any change
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
        if (!syntax.IsLittleEndian || syntax.IsDeflated)
            throw new NotSupportedException($"data sets are written in little endian and not deflated; {syntax.Name} is only read");
        new ElementWriter(stream, syntax.IsExplicitVr, syntax.IsEncapsulated, sequences).Write(dataset);
    }
}
