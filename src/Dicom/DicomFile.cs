using System.Buffers.Binary;

namespace EchoClr.Dicom;

/// <summary>A file in the format of PS3.10: preamble, meta information, data set.</summary>
public sealed class DicomFile
{
    private const int Preamble = 128;
    private static readonly byte[] Prefix = "DICM"u8.ToArray();

    /// <summary>A file to write: its meta information is made from the data set's SOPClassUID and SOPInstanceUID.</summary>
    public DicomFile(DicomDataset dataset, TransferSyntax transferSyntax)
    {
        Dataset = dataset;
        TransferSyntax = transferSyntax;
        Meta = CreateMeta(Required(dataset, DicomTags.SOPClassUID), Required(dataset, DicomTags.SOPInstanceUID), transferSyntax);
    }

    private DicomFile(DicomDataset meta, DicomDataset dataset, TransferSyntax syntax, long datasetOffset, DicomTag? stoppedBefore)
    {
        (Meta, Dataset, TransferSyntax, DatasetOffset) = (meta, dataset, syntax, datasetOffset);
        HasPixelData = dataset.Contains(DicomTags.PixelData) || stoppedBefore == DicomTags.PixelData;
    }

    /// <summary>Group 0002; empty for a file without it.</summary>
    public DicomDataset Meta { get; }

    public DicomDataset Dataset { get; }

    /// <summary>What the meta information names; where it names none, what the first element shows.</summary>
    public TransferSyntax TransferSyntax { get; }

    /// <summary>Where the data set begins in the file that was read; 0 for a file to write.</summary>
    public long DatasetOffset { get; }

    /// <summary>Whether the file has PixelData, also when reading stopped before it.</summary>
    public bool HasPixelData { get; }

    /// <param name="beginning">The file's first bytes, where the caller has them: what they hold is not read again.</param>
    /// <exception cref="DicomFormatException">The file is not DICOM, or is damaged.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static DicomFile Read(string path, DicomReadOptions? options = null, ReadOnlyMemory<byte> beginning = default)
    {
        options ??= DicomReadOptions.Default;
        using var source = new FileSource(path, options, beginning);
        var (meta, syntax) = ReadStart(source, options);
        var offset = source.Position;
        using var inflated = syntax.IsDeflated ? Inflate(path, offset, options) : null;
        var reader = new ElementReader(inflated ?? (ByteSource)source, options);
        var dataset = reader.ReadDataset(syntax);
        if (dataset.Count == 0 && meta.Count == 0)
            throw new DicomFormatException("the file has no DICOM elements");
        return new DicomFile(meta, dataset, syntax, offset, reader.StoppedBefore);
    }

    /// <summary>Reads the meta information alone: what the file holds, and where its data set begins. The data set is not looked at.</summary>
    /// <exception cref="DicomFormatException">The file is not DICOM, or its meta information is damaged.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static DicomFile ReadMeta(string path)
    {
        using var source = new FileSource(path, DicomReadOptions.Header);
        var (meta, syntax) = ReadStart(source, DicomReadOptions.Header);
        return new DicomFile(meta, new DicomDataset(), syntax, source.Position, stoppedBefore: null);
    }

    /// <summary>Writes the file: beside its place first, then moved there whole. Not flushed to disk; who answers for its durability does that.</summary>
    public void Write(string path, SequenceLength sequences = SequenceLength.Defined)
    {
        var unfinished = path + ".part";
        using (var stream = new FileStream(unfinished, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 64 * 1024))
            Write(stream, sequences);
        File.Move(unfinished, path, overwrite: true);
    }

    public void Write(Stream stream, SequenceLength sequences = SequenceLength.Defined)
    {
        WriteHeader(stream, Meta);
        DicomDatasetWriter.Write(stream, Dataset, TransferSyntax, sequences);
    }

    /// <summary>Meta information with what PS3.10 Table 7.1-1 demands.</summary>
    public static DicomDataset CreateMeta(string sopClassUid, string sopInstanceUid, TransferSyntax syntax, string? sourceAeTitle = null)
    {
        var meta = new DicomDataset()
            .SetBytes(DicomTags.FileMetaInformationVersion, DicomVr.OB, new byte[] { 0, 1 })
            .Set(DicomTags.MediaStorageSOPClassUID, sopClassUid)
            .Set(DicomTags.MediaStorageSOPInstanceUID, sopInstanceUid)
            .Set(DicomTags.TransferSyntaxUID, syntax.Uid)
            .Set(DicomTags.ImplementationClassUID, EchoClrImplementation.ClassUid)
            .Set(DicomTags.ImplementationVersionName, EchoClrImplementation.VersionName);
        return sourceAeTitle is null ? meta : meta.Set(DicomTags.SourceApplicationEntityTitle, sourceAeTitle);
    }

    /// <summary>Writes preamble, prefix and meta information with its group length; the data set's bytes come next.</summary>
    public static void WriteHeader(Stream stream, DicomDataset meta)
    {
        stream.Write(new byte[Preamble]);
        stream.Write(Prefix);
        var elements = DicomDatasetWriter.Encode(meta, TransferSyntax.ExplicitVRLittleEndian);
        Span<byte> groupLength = [2, 0, 0, 0, (byte)'U', (byte)'L', 4, 0, 0, 0, 0, 0]; // (0002,0000) counts what follows it
        BinaryPrimitives.WriteUInt32LittleEndian(groupLength[8..], (uint)elements.Length);
        stream.Write(groupLength);
        stream.Write(elements);
    }

    private static (DicomDataset Meta, TransferSyntax Syntax) ReadStart(FileSource source, DicomReadOptions options)
    {
        source.Position = Preamble;
        if (source.Available(4) == 4 && source.Peek(4).SequenceEqual(Prefix))
            source.Position += 4;
        else
            source.Position = 0; // neither preamble nor prefix: meta information, or even the data set, at once

        var guess = EncodingSniffer.Guess(source);
        if (source.Position == 0 && (guess is null || !MayBegin(source.PeekTag(guess.Value.LittleEndian))))
            throw new DicomFormatException(source.Available(1) == 0 ? "the file is empty" : "the file is not DICOM: it begins neither with DICM after 128 bytes nor with an element");
        var meta = new ElementReader(source, options).ReadMeta();
        return (meta, meta.GetString(DicomTags.TransferSyntaxUID) is { } uid ? TransferSyntax.Parse(uid) : GuessSyntax(source));
    }

    // Files without prefix begin with meta information, a DICOMDIR's group, or a data set's first; anything else is some other kind of file.
    private static bool MayBegin(DicomTag tag) => tag.Group is 0x0002 or 0x0004 or 0x0008;

    private static TransferSyntax GuessSyntax(FileSource source) => EncodingSniffer.Guess(source) switch
    {
        { LittleEndian: false } => TransferSyntax.ExplicitVRBigEndian,
        { ExplicitVr: true } => TransferSyntax.ExplicitVRLittleEndian,
        _ => TransferSyntax.ImplicitVRLittleEndian, // DICOM's default (PS3.5 10.1)
    };

    private static InflatingSource Inflate(string path, long offset, DicomReadOptions options)
    {
        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        stream.Position = offset;
        return new InflatingSource(stream, options);
    }

    private static string Required(DicomDataset dataset, DicomTag tag) =>
        dataset.GetString(tag) ?? throw new ArgumentException($"a file needs a data set with {DicomDictionary.Keyword(tag)}", nameof(dataset));
}
