using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using EchoClr.Dicom;
using static EchoClr.Ingest.Tests.Faults.DatasetFault;

namespace EchoClr.Ingest.Tests.Faults;

/// <summary>
/// What may be wrong with an object, one row each, to be ticked off against the list that the names count by (9 identity, 10 text, 11 encoding, 12 size and depth, 13 transfer
/// syntax, 14 frames). The rule: what can be filed is kept byte for byte, and only what has no identity is refused.
/// </summary>
internal static class DatasetFaults
{
    private const int Kept = 0x0000, ClassDiffers = 0xA900, Unreadable = 0xC000, Missing = 0xC001, Invalid = 0xC002, InstanceDiffers = 0xC003;

    private static readonly (string Name, DicomTag Tag)[] Identities =
        [("Study", DicomTags.StudyInstanceUID), ("Series", DicomTags.SeriesInstanceUID), ("SOP", DicomTags.SOPInstanceUID)];

    public static IReadOnlyList<DatasetFault> All { get; } =
    [
        // 9: identity
        .. Identities.SelectMany(uid => new DatasetFault[]
        {
            new($"9 {uid.Name} Instance UID missing", () => Cine(cine => Without(cine, uid.Tag)), Missing),
            new($"9 {uid.Name} Instance UID empty", () => CineWith(uid.Tag, ""), Missing),
            new($"9 {uid.Name} Instance UID with two values", () => CineWith(uid.Tag, "1.2.3\\1.2.4"), Invalid),
        }),
        new("9 Study Instance UID twice in the data set", () => [.. Element(0x0008, 0x0016, "UI", Uid(SopClasses.UltrasoundMultiFrameImageStorage)), .. Element(0x0008, 0x0018, "UI", Uid(Instance)),
            .. Element(0x0020, 0x000D, "UI", Uid("1.2.3")), .. Element(0x0020, 0x000D, "UI", Uid("1.2.9")), .. Element(0x0020, 0x000E, "UI", Uid("1.2.3.1"))], Kept),
        new("9 command and data set name different instances", () => Cine(cine => cine), InstanceDiffers) { SopInstanceUid = "1.2.3.9.9" },
        new("9 command and data set name different classes", () => Cine(cine => cine), ClassDiffers) { SopClassUid = SopClasses.UltrasoundImageStorage },
        new("9 SOP Class UID missing in the data set", () => Cine(cine => Without(cine, DicomTags.SOPClassUID)), Kept), // the command has said it

        // 10: text
        .. new (string Name, string Uid, int Status)[]
        {
            ("64 characters", "1." + new string('2', 62), Kept), ("65 characters", "1." + new string('2', 63), Invalid), ("300 characters", "1." + new string('2', 298), Invalid),
            ("..", "..", Invalid), ("/", "/", Invalid), ("../../etc/passwd", "../../etc/passwd", Invalid), ("a backslash path", "..\\..\\x", Invalid), ("letters", "1.2.abc", Invalid),
            ("con", "con", Invalid), ("NUL inside", "1.2\0.3", Invalid), ("leading zeros", "1.02.003", Kept), ("trailing NULs", "1.2.3\0\0\0", Kept), ("trailing spaces", "1.2.3   ", Kept),
            ("an empty component", "1..2", Invalid), ("a trailing dot", "1.2.", Invalid), ("digits beyond ASCII", "1.2.\u00b2", Invalid),
        }.Select(row => new DatasetFault($"10 Study Instance UID: {row.Name}", () => CineWith(DicomTags.StudyInstanceUID, row.Uid), row.Status)),
        .. new (string Name, string Text)[]
        {
            ("HTML and a script", "<script>alert(1)</script>^<img src=x onerror=1>"), ("SQL quotes", "O'Hara'); DROP TABLE instance; --"), ("a formula", "=cmd|' /C calc'!A0"),
            ("of 64 KiB less one", new string('A', 65_532)), ("of nothing but ^", "^^^^"), ("with control characters", "A\u0007B\u001bC"), ("with NUL", "A\0B"),
        }.Select(row => new DatasetFault($"10 Patient's Name {row.Name}", () => CineWith(DicomTags.PatientName, row.Text), Kept)),
        new("10 Patient ID ../../x", () => CineWith(DicomTags.PatientID, "../../x"), Kept),
        .. new (string Set, byte[] Name)[]
        {
            ("ISO_IR 999", [0xE4, 0xF6]), ("ISO-IR 100", [0xE4, 0xF6]), ("GB18030", [0xCD, 0xF5, 0x5E, 0xD0, 0xA1, 0xB6, 0xAB, 0x20]), ("ISO_IR 192", [0xC3, 0x28, 0xFF, 0xFE]),
            ("ISO_IR 100", "Jörg"u8.ToArray()), ("\\ISO 2022 IR 87", [0x1B, 0x24, 0x42, 0x3B, 0x33, 0x45, 0x44, 0x1B, 0x28, 0x42, 0x5E, 0x20]), ("\\ISO 2022 IR 149", [0x1B, 0x24, 0x29, 0x43, 0xB1, 0xE8]),
            ("\\ISO 2022 IR 87", [0x1B, 0x24]), ("", [0xFF, 0xFE]), ("ISO_IR 192\\ISO 2022 IR 87", [0x1B, 0x7F, 0x80, 0x20]),
        }.Select((row, i) => new DatasetFault($"10 Specific Character Set '{row.Set}', case {i.ToString(CultureInfo.InvariantCulture)}", () => Cine(cine => cine
            .SetBytes(DicomTags.SpecificCharacterSet, DicomVr.CS, Encoding.ASCII.GetBytes(row.Set.Length % 2 == 0 ? row.Set : row.Set + " "))
            .SetBytes(DicomTags.PatientName, DicomVr.PN, row.Name)), Kept)),

        // 11: encoding
        new("11 a length beyond the end, behind the identity", () => CineThen(Element(0x0028, 0x1201, "OW", new byte[10], 1000)), Kept),
        new("11 a length beyond the end, before the identity", () => Element(0x0008, 0x0016, "UI", Uid("1.2"), 1000), Unreadable),
        new("11 a length of 4 GiB less two", () => CineThen(Element(0x7FE0, 0x0010, "OB", new byte[10], 0xFFFFFFFE)), Kept),
        new("11 an odd length", () => [.. Element(0x0008, 0x0005, "CS", "ISO_IR 100"u8.ToArray()), .. Cine(cine => cine)[..^1], (byte)'x', (byte)'y', (byte)'z'], Kept),
        new("11 an undefined length without delimiter", () => CineThen(Element(0x7FE0, 0x0010, "OB", [], 0xFFFFFFFF), Item(4), [1, 2, 3, 4]), Kept),
        new("11 an undefined length on a text element", () => CineThen(Element(0x0040, 0xA160, "UT", [], 0xFFFFFFFF)), Kept),
        new("11 a delimiter with a length", () => CineThen(Element(0x0018, 0x6011, "SQ", [], 0xFFFFFFFF), Item(0xFFFFFFFF), [0xFE, 0xFF, 0x0D, 0xE0, 8, 0, 0, 0], SequenceEnd), Kept),
        new("11 an item delimiter where a sequence's should be (US clips)", () => CineThen(Element(0x7FE0, 0x0010, "OB", [], 0xFFFFFFFF), Item(0), Item(4), [1, 2, 3, 4], ItemEnd), Kept),
        new("11 an unknown VR", () => CineThen(Element(0x0040, 0x0254, "ZZ", [0, 0, 0, 0])), Kept),
        new("11 a VR that is no letters", () => CineThen(Element(0x0040, 0x0254, "\u0001\u0002", [0, 0])), Kept),
        new("11 Rows as UL", () => CineThen(Element(0x0028, 0x0010, "UL", [1, 0, 1, 0])), Kept),
        new("11 group 0002 in the data set", () => [.. Element(0x0002, 0x0010, "UI", Uid("1.2.840.10008.1.2")), .. Cine(cine => cine)], Kept),
        new("11 explicit data in the implicit syntax", () => Cine(cine => cine), Kept, TransferSyntax.ImplicitVRLittleEndian),
        new("11 implicit data in the explicit syntax", () => Cine(cine => cine, TransferSyntax.ImplicitVRLittleEndian), Kept),
        new("11 big endian", () => BigEndian((0x0008, 0x0016, SopClasses.UltrasoundMultiFrameImageStorage), (0x0008, 0x0018, Instance), (0x0020, 0x000D, "1.2.3"), (0x0020, 0x000E, "1.2.3.1")), Kept, TransferSyntax.ExplicitVRBigEndian),
        new("11 little endian in the big endian syntax", () => Cine(cine => cine), Kept, TransferSyntax.ExplicitVRBigEndian),
        new("11 private creators that clash", () => CineThen(Element(0x0029, 0x0010, "LO", "ONE "u8.ToArray()), Element(0x0029, 0x0010, "LO", "TWO "u8.ToArray()), Element(0x0029, 0x1001, "OB", [1, 2])), Kept),
        new("11 private elements without a creator", () => CineThen(Element(0x0029, 0x1001, "UN", [1, 2, 3, 4])), Kept),
        new("11 elements out of order", () => [.. Element(0x0020, 0x000E, "UI", Uid("1.2.3.1")), .. Cine(cine => cine)], Kept),
        new("11 nothing at all", () => [], Missing),
        new("11 noise", () => Noise(100_000), Missing),
        new("11 zeros", () => new byte[100_000], Missing),

        // 12: size and depth
        .. new[] { 10, 256, 2_000, 100_000 }.Select(depth => new DatasetFault($"12 sequences {depth.ToString(CultureInfo.InvariantCulture)} deep behind the identity", () => CineThen(Nested(depth)), Kept)),
        .. new[] { 256, 100_000 }.Select(depth => new DatasetFault($"12 sequences {depth.ToString(CultureInfo.InvariantCulture)} deep before the identity",
            () => [.. Element(0x0008, 0x1140, "SQ", [], 0xFFFFFFFF), .. Item(0xFFFFFFFF), .. Nested(depth), .. Cine(cine => cine)], Unreadable)),
        new("12 sequences hidden in UN, 2 000 deep", () => CineThen(Repeat(2_000, [.. Element(0x0040, 0xA730, "UN", [], 0xFFFFFFFF), .. Item(0xFFFFFFFF)])), Kept),
        new("12 one sequence with a million items", () => CineThen(Element(0x0040, 0xA730, "SQ", [], 0xFFFFFFFF), Repeat(1_000_000, Item(0)), SequenceEnd), Kept),
        new("12 100 000 private elements", () => CineThen(Repeat(100_000, Element(0x0029, 0x1001, "LO", [1, 2]))), Kept),
        new("12 a fragment of 4 GB", () => CineThen(Element(0x7FE0, 0x0010, "OB", [], 0xFFFFFFFF), Item(0xFFFFFFFE)), Kept),
        new("12 deflate that expands a thousandfold, behind the identity", () => Deflated(Cine(cine => cine), Element(0x0028, 0x1201, "OW", new byte[100 << 20])), Kept, TransferSyntax.DeflatedExplicitVRLittleEndian),
        new("12 deflate that expands a thousandfold, before the identity", () => Deflated(Element(0x0008, 0x0001, "UN", new byte[100 << 20]), Cine(cine => cine)), Unreadable, TransferSyntax.DeflatedExplicitVRLittleEndian),
        new("12 deflate that expands to a nested bomb", () => Deflated(Cine(cine => cine), Nested(100_000)), Kept, TransferSyntax.DeflatedExplicitVRLittleEndian),
        new("12 deflate truncated before the identity", () => Deflated(Cine(cine => cine))[..40], Unreadable, TransferSyntax.DeflatedExplicitVRLittleEndian),
        new("12 deflate truncated behind the identity", () => Deflated(CineThen(Element(0x0028, 0x1201, "OW", Noise(100_000))))[..50_000], Kept, TransferSyntax.DeflatedExplicitVRLittleEndian),
        new("12 deflate that is none", () => Noise(5_000), Unreadable, TransferSyntax.DeflatedExplicitVRLittleEndian),

        // 13: transfer syntax
        new("13 JPEG in the command, raw in the data", () => CineThen(Element(0x7FE0, 0x0010, "OB", new byte[1000])), Kept, TransferSyntax.JPEGBaseline8Bit),
        new("13 raw in the command, fragments in the data", () => CineThen(Element(0x7FE0, 0x0010, "OB", [], 0xFFFFFFFF), Item(0), Item(4), [0xFF, 0xD8, 0xFF, 0xD9], SequenceEnd), Kept),
        new("13 an unknown private syntax", () => Cine(cine => cine), null, TransferSyntax.Parse("1.2.826.0.1.999")),
        .. TransferSyntax.All.Where(syntax => syntax.IsEncapsulated).Select(syntax => new DatasetFault($"13 {syntax.Name}", () => Cine(cine => cine), Kept, syntax)),

        // 14: frames; what they decode to is the codec worker's to say
        .. new[] { "0", "-1", "1e9", "2147483648", "99999999999999999999", "x", "1\\2", "" }.Select(frames => new DatasetFault($"14 Number of Frames '{frames}'", () => CineWith(DicomTags.NumberOfFrames, frames), Kept)),
        .. new[] { "0", "-5", "NaN", "1e400" }.Select(frameTime => new DatasetFault($"14 Frame Time '{frameTime}'", () => CineWith(DicomTags.FrameTime, frameTime), Kept)),
        new("14 Rows, Columns and frames whose product overflows", () => Cine(cine => cine.Set(DicomTags.Rows, 65535).Set(DicomTags.Columns, 65535).Set(DicomTags.NumberOfFrames, int.MaxValue)), Kept),
        new("14 Bits Allocated 64 and Bits Stored above it", () => Cine(cine => cine.Set(DicomTags.BitsAllocated, 64).Set(DicomTags.BitsStored, 128).Set(DicomTags.SamplesPerPixel, 4)), Kept),
    ];

    private static DicomDataset Without(DicomDataset dataset, DicomTag tag)
    {
        dataset.Remove(tag);
        return dataset;
    }

    private static byte[] Uid(string uid) => Encoding.ASCII.GetBytes(uid.Length % 2 == 0 ? uid : uid + "\0");

    private static byte[] BigEndian(params (ushort Group, ushort Element, string Uid)[] uids) => [.. uids.SelectMany(uid => (byte[])
    [
        (byte)(uid.Group >> 8), (byte)uid.Group, (byte)(uid.Element >> 8), (byte)uid.Element, (byte)'U', (byte)'I', 0, (byte)Uid(uid.Uid).Length, .. Uid(uid.Uid),
    ])];

    private static byte[] Noise(int length)
    {
        var noise = new byte[length];
        new Random(4711).NextBytes(noise);
        BinaryPrimitives.WriteUInt32LittleEndian(noise, 0xDEADBEEF);
        return noise;
    }

    private static byte[] Repeat(int times, byte[] bytes)
    {
        var all = new byte[times * bytes.Length];
        for (var i = 0; i < times; i++)
            bytes.CopyTo(all, i * bytes.Length);
        return all;
    }
}
