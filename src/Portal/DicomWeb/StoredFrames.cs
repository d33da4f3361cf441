using EchoClr.Dicom;

namespace EchoClr.Portal.DicomWeb;

/// <summary>The frames of a file as they are kept, each read from disk when it is asked for.</summary>
internal sealed class StoredFrames
{
    private readonly IReadOnlyList<IReadOnlyList<DicomValue>> _frames;

    private StoredFrames(DicomFile file, IReadOnlyList<IReadOnlyList<DicomValue>> frames) => (Header, TransferSyntax, _frames) = (file.Dataset, file.TransferSyntax, frames);

    public DicomDataset Header { get; }

    public TransferSyntax TransferSyntax { get; }

    public int Count => _frames.Count;

    /// <summary>
    /// Null where the file has no pixels, or frames that only a decoder can tell apart: video, deflated data sets, pixels that are not whole bytes, fragments without a usable offset table.
    /// </summary>
    /// <exception cref="DicomFormatException">The file is damaged.</exception>
    public static StoredFrames? Open(string path)
    {
        var syntax = DicomFile.ReadMeta(path).TransferSyntax;
        if (syntax.IsDeflated || syntax.IsVideo)
            return null;
        var file = DicomFile.Read(path);
        if (!file.Dataset.TryGet(DicomTags.PixelData, out var pixels))
            return null;
        if (pixels.Fragments is not null)
            return Frames(pixels, NumberOfFrames(file.Dataset)) is { } frames ? new StoredFrames(file, frames) : null;
        return FrameSize(file.Dataset) is { } size ? new StoredFrames(file, Cut(file.Dataset.GetValue(DicomTags.PixelData), size, NumberOfFrames(file.Dataset))) : null;
    }

    /// <summary>The pieces of a frame, one after another.</summary>
    /// <param name="number">From 1.</param>
    public IReadOnlyList<DicomValue> Frame(int number) => _frames[number - 1];

    private static IReadOnlyList<IReadOnlyList<DicomValue>>? Frames(DicomElement pixels, int stated)
    {
        try
        {
            return EncapsulatedFrames.Of(pixels, stated);
        }
        catch (DicomFormatException)
        {
            return null;
        }
    }

    private static int NumberOfFrames(DicomDataset header) => Math.Max(header.GetInt32(DicomTags.NumberOfFrames) ?? 1, 1);

    /// <summary>Bytes of one native frame (PS3.5 8.1.1, 8.2); null where it does not begin and end with a byte.</summary>
    private static long? FrameSize(DicomDataset header)
    {
        var (rows, columns, bits) = (header.GetInt32(DicomTags.Rows) ?? 0, header.GetInt32(DicomTags.Columns) ?? 0, header.GetInt32(DicomTags.BitsAllocated) ?? 0);
        if (rows <= 0 || columns <= 0 || bits < 8 || bits % 8 != 0)
            return null;
        var samples = header.GetInt32(DicomTags.SamplesPerPixel) ?? 1;
        // Of two neighbours in a row the chroma is stored once (PS3.3 C.7.6.3.1.2).
        var stored = header.GetString(DicomTags.PhotometricInterpretation) == "YBR_FULL_422" && samples == 3 ? 2 : samples;
        return stored is >= 1 and <= 4 ? (long)rows * columns * stored * (bits / 8) : null;
    }

    /// <summary>As many frames as are stated and whole.</summary>
    private static IReadOnlyList<IReadOnlyList<DicomValue>> Cut(DicomValue pixels, long size, int stated) =>
        [.. Enumerable.Range(0, (int)Math.Min(stated, pixels.Length / size)).Select(i => (IReadOnlyList<DicomValue>)[pixels.Slice(i * size, size)])];
}
