using System.IO.Compression;
using System.Text;
using EchoClr.Dicom;

namespace EchoClr.Ingest.Tests.Faults;

/// <summary>One object that is wrong in one way: the bytes of its data set, and what the sender must be told.</summary>
/// <param name="Name">Begins with the number of its item in the list of bad inputs.</param>
/// <param name="Dataset">The data set as it goes over the wire, byte for byte.</param>
/// <param name="Status">The C-STORE status; null where no presentation context may be accepted.</param>
internal sealed record DatasetFault(string Name, Func<byte[]> Dataset, int? Status, TransferSyntax? Syntax = null)
{
    public string SopClassUid { get; init; } = SopClasses.UltrasoundMultiFrameImageStorage;

    public string SopInstanceUid { get; init; } = Instance;

    public const string Instance = "1.2.3.1.1";

    /// <summary>A Part 10 file that our client sends as it is.</summary>
    public void Write(string path)
    {
        using var stream = File.Create(path);
        DicomFile.WriteHeader(stream, DicomFile.CreateMeta(SopClassUid, SopInstanceUid, Syntax ?? TransferSyntax.ExplicitVRLittleEndian));
        stream.Write(Dataset());
    }

    /// <summary>A small cine that is right but for one change.</summary>
    public static byte[] Cine(Func<DicomDataset, DicomDataset> change, TransferSyntax? syntax = null) => DicomDatasetWriter.Encode(change(Arrival.Cine()), syntax ?? TransferSyntax.ExplicitVRLittleEndian);

    /// <summary>The same with one value given as bytes, whatever its VR allows.</summary>
    public static byte[] CineWith(DicomTag tag, string value, DicomVr? vr = null) =>
        Cine(cine => cine.SetBytes(tag, vr ?? DicomDictionary.Vr(tag), Encoding.Latin1.GetBytes(value.Length % 2 == 0 ? value : value + (DicomDictionary.Vr(tag) == DicomVr.UI ? "\0" : " "))));

    /// <summary>The right cine, followed by bytes that stand after all its elements.</summary>
    public static byte[] CineThen(params byte[][] bytes) => [.. Cine(cine => cine), .. bytes.SelectMany(each => each)];

    /// <summary>One explicit VR little endian element with any VR and any claimed length.</summary>
    public static byte[] Element(ushort group, ushort element, string vr, byte[] value, uint? length = null)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write(group);
        writer.Write(element);
        writer.Write(Encoding.ASCII.GetBytes(vr));
        if (vr is "OB" or "OW" or "SQ" or "UN" or "UT")
        {
            writer.Write((ushort)0);
            writer.Write(length ?? (uint)value.Length);
        }
        else
            writer.Write((ushort)(length ?? (uint)value.Length));
        writer.Write(value);
        return stream.ToArray();
    }

    public static byte[] Item(uint length) => [0xFE, 0xFF, 0x00, 0xE0, .. BitConverter.GetBytes(length)];

    public static readonly byte[] SequenceEnd = [0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0];

    public static readonly byte[] ItemEnd = [0xFE, 0xFF, 0x0D, 0xE0, 0, 0, 0, 0];

    /// <summary>Sequences of undefined length within one another, without their delimiters.</summary>
    public static byte[] Nested(int depth)
    {
        byte[] level = [.. Element(0x0040, 0xA730, "SQ", [], 0xFFFFFFFF), .. Item(0xFFFFFFFF)];
        var bytes = new byte[depth * level.Length];
        for (var i = 0; i < depth; i++)
            level.CopyTo(bytes, i * level.Length);
        return bytes;
    }

    public static byte[] Deflated(params byte[][] parts)
    {
        using var stream = new MemoryStream();
        using (var deflate = new DeflateStream(stream, CompressionLevel.Optimal, leaveOpen: true))
        {
            foreach (var part in parts)
                deflate.Write(part);
        }
        return stream.Length % 2 == 0 ? stream.ToArray() : [.. stream.ToArray(), 0];
    }
}
