using System.Buffers.Binary;
using System.Text;

namespace EchoClr.Dicom.Tests;

/// <summary>Hand-made elements, byte by byte as PS3.5 clause 7 draws them: what the reader is tested with must not come from our writer.</summary>
internal static class Bytes
{
    public const uint Undefined = 0xFFFFFFFF;

    public static byte[] Implicit(ushort group, ushort element, byte[] value) => ImplicitHeader(group, element, (uint)value.Length, value);

    public static byte[] ImplicitHeader(ushort group, ushort element, uint length, params byte[] value) =>
        [.. U16(group), .. U16(element), .. U32(length), .. value];

    public static byte[] Short(ushort group, ushort element, string vr, byte[] value) =>
        [.. U16(group), .. U16(element), .. Encoding.ASCII.GetBytes(vr), .. U16((ushort)value.Length), .. value];

    public static byte[] Text(ushort group, ushort element, string vr, string value) => Short(group, element, vr, Encoding.ASCII.GetBytes(value));

    public static byte[] Long(ushort group, ushort element, string vr, uint length, params byte[] value) =>
        [.. U16(group), .. U16(element), .. Encoding.ASCII.GetBytes(vr), 0, 0, .. U32(length), .. value];

    public static byte[] Item(uint length, params byte[] value) => ImplicitHeader(0xFFFE, 0xE000, length, value);

    public static byte[] ItemEnd => ImplicitHeader(0xFFFE, 0xE00D, 0);

    public static byte[] SequenceEnd => ImplicitHeader(0xFFFE, 0xE0DD, 0);

    /// <summary>Preamble, prefix and the meta information that names a transfer syntax.</summary>
    public static byte[] File(string transferSyntax, params byte[] dataset)
    {
        var uid = Text(0x0002, 0x0010, "UI", transferSyntax.Length % 2 == 0 ? transferSyntax : transferSyntax + "\0");
        return [.. new byte[128], .. "DICM"u8, .. Short(0x0002, 0x0000, "UL", U32((uint)uid.Length)), .. uid, .. dataset];
    }

    public static byte[] U16(ushort value)
    {
        var bytes = new byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, value);
        return bytes;
    }

    public static byte[] U32(uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return bytes;
    }
}
