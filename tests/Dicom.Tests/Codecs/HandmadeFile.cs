namespace EchoClr.Dicom.Tests.Codecs;

/// <summary>Part 10 files put together byte by byte, right or wrong as a test wants them; explicit little endian.</summary>
internal static class HandmadeFile
{
    public static byte[] Pattern(int length) => [.. Enumerable.Range(0, length).Select(i => (byte)i)];

    public static byte[] Meta(string syntax) => [.. new byte[128], .. "DICM"u8, .. Element(0x0002, 0x0010, "UI", Text(syntax, '\0'))];

    public static byte[] Image(int rows, int columns, int samples, string frames, byte[] pixels, int allocated = 8, int? stored = null,
        string photometric = "MONOCHROME2", int planar = 0, string syntax = "1.2.840.10008.1.2.1", bool encapsulated = false) =>
    [
        .. Meta(syntax),
        .. Element(0x0028, 0x0002, "US", Word(samples)),
        .. Element(0x0028, 0x0004, "CS", Text(photometric, ' ')),
        .. Element(0x0028, 0x0006, "US", Word(planar)),
        .. Element(0x0028, 0x0008, "IS", Text(frames, ' ')),
        .. Element(0x0028, 0x0010, "US", Word(rows)),
        .. Element(0x0028, 0x0011, "US", Word(columns)),
        .. Element(0x0028, 0x0100, "US", Word(allocated)),
        .. Element(0x0028, 0x0101, "US", Word(stored ?? allocated)),
        .. Element(0x0028, 0x0103, "US", Word(0)),
        0xE0, 0x7F, 0x10, 0x00, (byte)'O', (byte)(allocated == 16 ? 'W' : 'B'), 0, 0, .. BitConverter.GetBytes(encapsulated ? -1 : pixels.Length),
        .. pixels,
    ];

    public static byte[] Fragments(params byte[][] frames) =>
    [
        .. Item([]), .. frames.SelectMany(f => Item([.. f, .. new byte[f.Length % 2]])), 0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0,
    ];

    // One segment, all literal: PS3.5 G.3, G.5.
    public static byte[] Rle(byte[] pixels) => [1, 0, 0, 0, 64, 0, 0, 0, .. new byte[56], (byte)(pixels.Length - 1), .. pixels];

    public static byte[] Item(byte[] value) => [0xFE, 0xFF, 0x00, 0xE0, .. BitConverter.GetBytes(value.Length), .. value];

    public static byte[] Element(ushort group, ushort element, string vr, byte[] value) =>
        [.. BitConverter.GetBytes(group), .. BitConverter.GetBytes(element), (byte)vr[0], (byte)vr[1], .. BitConverter.GetBytes((ushort)value.Length), .. value];

    public static byte[] Word(int value) => BitConverter.GetBytes((ushort)value);

    public static byte[] Text(string text, char pad) => System.Text.Encoding.ASCII.GetBytes(text.Length % 2 == 0 ? text : text + pad);
}
