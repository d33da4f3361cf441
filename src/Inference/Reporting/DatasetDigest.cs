using System.Buffers.Binary;
using System.Security.Cryptography;
using EchoClr.Dicom;

namespace EchoClr.Inference.Reporting;

/// <summary>The SHA-256 of everything in a data set: tags, value representations, value bytes, items, and pictures beside it.</summary>
/// <remarks>A SOP Instance UID made from it changes with any byte of the object, so one UID can never name two objects: PACS answer Success and keep the old one.</remarks>
internal static class DatasetDigest
{
    public static string Compute(DicomDataset dataset, IReadOnlyList<byte[]>? frames = null)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, dataset);
        foreach (var frame in frames ?? [])
            AppendBytes(hash, frame);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void Append(IncrementalHash hash, DicomDataset dataset)
    {
        AppendNumber(hash, dataset.Count);
        foreach (var element in dataset)
        {
            AppendNumber(hash, element.Tag.Group << 16 | element.Tag.Element);
            hash.AppendData([(byte)element.Vr.Code[0], (byte)element.Vr.Code[1]]);
            if (element.Items is null)
            {
                AppendBytes(hash, dataset.GetBytes(element.Tag).Span);
                continue;
            }
            AppendNumber(hash, element.Items.Count);
            foreach (var item in element.Items)
                Append(hash, item);
        }
    }

    // The length first: the boundaries between values count.
    private static void AppendBytes(IncrementalHash hash, ReadOnlySpan<byte> bytes)
    {
        AppendNumber(hash, bytes.Length);
        hash.AppendData(bytes);
    }

    private static void AppendNumber(IncrementalHash hash, int number)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, number);
        hash.AppendData(bytes);
    }
}
