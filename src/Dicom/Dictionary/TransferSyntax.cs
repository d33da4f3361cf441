namespace EchoClr.Dicom;

/// <summary>A transfer syntax: how a data set and its pixels are written (PS3.5 Annex A).</summary>
/// <param name="IsExplicitVr">Elements name their VR.</param>
/// <param name="IsEncapsulated">PixelData is a sequence of fragments (PS3.5 A.4).</param>
/// <param name="IsVideo">The fragments are one video stream, not a fragment or more for each frame.</param>
/// <param name="IsLossy">Pixels of this syntax may have lost information.</param>
/// <param name="IsKnown">False for a UID that this table lacks; it is then read as every new syntax must be written: explicit VR little endian.</param>
public sealed record TransferSyntax(
    string Uid, string Name, bool IsExplicitVr, bool IsLittleEndian, bool IsEncapsulated, bool IsDeflated, bool IsVideo, bool IsLossy, bool IsKnown)
{
    private static readonly Dictionary<string, TransferSyntax> Known = [];

    public static readonly TransferSyntax ImplicitVRLittleEndian = Native("1.2.840.10008.1.2", isExplicitVr: false);
    public static readonly TransferSyntax ExplicitVRLittleEndian = Native("1.2.840.10008.1.2.1");
    public static readonly TransferSyntax EncapsulatedUncompressedExplicitVRLittleEndian = Encapsulated("1.2.840.10008.1.2.1.98");
    public static readonly TransferSyntax DeflatedExplicitVRLittleEndian = Native("1.2.840.10008.1.2.1.99", isDeflated: true);
    public static readonly TransferSyntax ExplicitVRBigEndian = Native("1.2.840.10008.1.2.2", isLittleEndian: false);
    public static readonly TransferSyntax JPEGBaseline8Bit = Encapsulated("1.2.840.10008.1.2.4.50", isLossy: true);
    public static readonly TransferSyntax JPEGExtended12Bit = Encapsulated("1.2.840.10008.1.2.4.51", isLossy: true);
    public static readonly TransferSyntax JPEGLossless = Encapsulated("1.2.840.10008.1.2.4.57");
    public static readonly TransferSyntax JPEGLosslessSV1 = Encapsulated("1.2.840.10008.1.2.4.70");
    public static readonly TransferSyntax JPEGLSLossless = Encapsulated("1.2.840.10008.1.2.4.80");
    public static readonly TransferSyntax JPEGLSNearLossless = Encapsulated("1.2.840.10008.1.2.4.81", isLossy: true);
    public static readonly TransferSyntax JPEG2000Lossless = Encapsulated("1.2.840.10008.1.2.4.90");
    public static readonly TransferSyntax JPEG2000 = Encapsulated("1.2.840.10008.1.2.4.91", isLossy: true);
    public static readonly TransferSyntax JPEG2000MCLossless = Encapsulated("1.2.840.10008.1.2.4.92");
    public static readonly TransferSyntax JPEG2000MC = Encapsulated("1.2.840.10008.1.2.4.93", isLossy: true);
    public static readonly TransferSyntax MPEG2MPML = Video("1.2.840.10008.1.2.4.100");
    public static readonly TransferSyntax MPEG2MPHL = Video("1.2.840.10008.1.2.4.101");
    public static readonly TransferSyntax MPEG4HP41 = Video("1.2.840.10008.1.2.4.102");
    public static readonly TransferSyntax MPEG4HP41BD = Video("1.2.840.10008.1.2.4.103");
    public static readonly TransferSyntax MPEG4HP422D = Video("1.2.840.10008.1.2.4.104");
    public static readonly TransferSyntax MPEG4HP423D = Video("1.2.840.10008.1.2.4.105");
    public static readonly TransferSyntax MPEG4HP42STEREO = Video("1.2.840.10008.1.2.4.106");
    public static readonly TransferSyntax HEVCMP51 = Video("1.2.840.10008.1.2.4.107");
    public static readonly TransferSyntax HEVCM10P51 = Video("1.2.840.10008.1.2.4.108");
    public static readonly TransferSyntax JPEGXLLossless = Encapsulated("1.2.840.10008.1.2.4.110");
    public static readonly TransferSyntax JPEGXLJPEGRecompression = Encapsulated("1.2.840.10008.1.2.4.111", isLossy: true);
    public static readonly TransferSyntax JPEGXL = Encapsulated("1.2.840.10008.1.2.4.112", isLossy: true);
    public static readonly TransferSyntax HTJ2KLossless = Encapsulated("1.2.840.10008.1.2.4.201");
    public static readonly TransferSyntax HTJ2KLosslessRPCL = Encapsulated("1.2.840.10008.1.2.4.202");
    public static readonly TransferSyntax HTJ2K = Encapsulated("1.2.840.10008.1.2.4.203", isLossy: true);
    public static readonly TransferSyntax RLELossless = Encapsulated("1.2.840.10008.1.2.5");

    /// <summary>Every syntax of this table.</summary>
    public static IReadOnlyCollection<TransferSyntax> All => Known.Values;

    /// <summary>The syntax with this UID; for one that the table lacks, a description with <see cref="IsKnown"/> false.</summary>
    public static TransferSyntax Parse(string uid) =>
        Known.GetValueOrDefault(uid) ?? new(uid, DicomUid.NameOf(uid) ?? "unknown transfer syntax", true, true, IsEncapsulated: true, false, false, IsLossy: false, IsKnown: false);

    public override string ToString() => Name;

    private static TransferSyntax Native(string uid, bool isExplicitVr = true, bool isLittleEndian = true, bool isDeflated = false) =>
        Add(new(uid, NameOf(uid), isExplicitVr, isLittleEndian, IsEncapsulated: false, isDeflated, IsVideo: false, IsLossy: false, IsKnown: true));

    private static TransferSyntax Encapsulated(string uid, bool isLossy = false) =>
        Add(new(uid, NameOf(uid), true, true, IsEncapsulated: true, false, IsVideo: false, isLossy, IsKnown: true));

    private static TransferSyntax Video(string uid) =>
        Add(new(uid, NameOf(uid), true, true, IsEncapsulated: true, false, IsVideo: true, IsLossy: true, IsKnown: true));

    private static TransferSyntax Add(TransferSyntax syntax)
    {
        Known.Add(syntax.Uid, syntax);
        return syntax;
    }

    private static string NameOf(string uid) => DicomUid.NameOf(uid)!;
}
