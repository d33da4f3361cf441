namespace EchoClr.Dicom.Net.Client;

/// <summary>A file as it will be sent: whose object it is, in which syntax, and where its data set begins. Its bytes stay on disk.</summary>
internal sealed record OutgoingFile(string Path, string SopClassUid, string SopInstanceUid, string TransferSyntaxUid, long DatasetOffset)
{
    /// <summary>Longest file that is re-encoded, in bytes: it is in memory then. A report has some 10 kB, an uncompressed still a few MB.</summary>
    private const long MaxReencoded = 64L << 20;

    /// <summary>
    /// Whether it can also go out in Implicit VR Little Endian, which every application must take (PS3.5 10.1), where its own syntax is not taken: the same values, without
    /// their VRs.
    /// </summary>
    public bool CanBeImplicit { get; } = TransferSyntaxUid == TransferSyntax.ExplicitVRLittleEndian.Uid && new FileInfo(Path).Length <= MaxReencoded;

    /// <exception cref="DicomFormatException">The file is not DICOM, or does not say what it holds.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static OutgoingFile Read(string path)
    {
        var file = DicomFile.ReadMeta(path);
        if (file.Meta.GetString(DicomTags.MediaStorageSOPClassUID) is { } sopClass && file.Meta.GetString(DicomTags.MediaStorageSOPInstanceUID) is { } sopInstance)
            return new OutgoingFile(path, sopClass, sopInstance, file.TransferSyntax.Uid, file.DatasetOffset);

        // Without (whole) meta information the data set itself says.
        file = DicomFile.Read(path, DicomReadOptions.Header);
        return new OutgoingFile(
            path,
            file.Dataset.GetString(DicomTags.SOPClassUID) ?? throw new DicomFormatException("the file has no SOP Class UID"),
            file.Dataset.GetString(DicomTags.SOPInstanceUID) ?? throw new DicomFormatException("the file has no SOP Instance UID"),
            file.TransferSyntax.Uid,
            file.DatasetOffset);
    }
}
