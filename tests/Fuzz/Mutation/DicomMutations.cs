using System.Buffers.Binary;
using System.Text;

namespace EchoClr.Fuzz;

/// <summary>Mutations of data sets in Explicit or Implicit VR Little Endian: they find the elements by a walk of their own and damage headers, values, order and nesting.</summary>
internal sealed class DicomMutations(bool explicitVr, Func<byte[], int> datasetOffset)
{
    private const int MaxElements = 2000;
    private const int DeepestNesting = 400; // above every limit of ours

    private static readonly string[] longVrs = ["OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"];
    private static readonly string[] vrs = [.. longVrs, "AE", "AS", "AT", "CS", "DA", "DS", "DT", "FD", "FL", "IS", "LO", "LT", "PN", "SH", "SL", "SS", "ST", "TM", "UI", "UL", "US", "ZZ", "\0\0"];

    private static readonly (ushort Group, ushort Element)[] tags =
    [
        (0x0002, 0x0010), (0x0008, 0x0005), (0x0008, 0x0018), (0x0018, 0x1065), (0x0018, 0x6011), (0x0020, 0x000D), (0x0028, 0x0008), (0x0028, 0x0010), (0x0028, 0x0100),
        (0x0009, 0x0010), (0x0009, 0x1001), (0x5400, 0x0100), (0x7FE0, 0x0001), (0x7FE0, 0x0010), (0xFFFE, 0xE000), (0xFFFE, 0xE00D), (0xFFFE, 0xE0DD), (0xFFFF, 0xFFFF), (0, 0),
    ];

    private static readonly string[] values =
    [
        "", "\\", "\\\\\\\\", " ", "\0", "../../x", "1.2..3", "1e999", "NaN", "-0", "99999999999999999999", "1\\2\\x", "ISO 2022 IR 87", "\\ISO 2022 IR 159", "GB18030", "ISO_IR 192", "ISO_IR 9999",
        "\x1b$B", "\x1b(J\x1b$)C\x1b", "=cmd|' /C calc'!A0", "<script>", "^^^^=^=", "20261340", "256161.9999999", new string('\\', 3000),
    ];

    public IReadOnlyList<Mutation> All =>
    [
        Each(SetLength), Each(SetLength), Each(SetTag), Each(SetValue), Each(SetValue), Each(Delete), Each(Duplicate), Each(Nest), Each(InsertDelimiter),
        .. explicitVr ? [Each(SetVr), Each(SetVr)] : Array.Empty<Mutation>(),
    ];

    private readonly record struct Element(int Offset, int Header, int Length);

    private Mutation Each(Func<byte[], Element, Random, byte[]> mutation) => (input, random) =>
    {
        var elements = Walk(input);
        return elements.Count == 0 ? input : mutation(input, elements[random.Next(elements.Count)], random);
    };

    private List<Element> Walk(byte[] input)
    {
        var elements = new List<Element>();
        var at = datasetOffset(input);
        while (at >= 0 && at + 8 <= input.Length && elements.Count < MaxElements)
        {
            var group = BinaryPrimitives.ReadUInt16LittleEndian(input.AsSpan(at));
            var (header, length) = (8, BinaryPrimitives.ReadUInt32LittleEndian(input.AsSpan(at + 4)));
            var vr = "";
            if (explicitVr && group != 0xFFFE)
            {
                vr = Encoding.Latin1.GetString(input, at + 4, 2);
                if (longVrs.Contains(vr) && at + 12 <= input.Length)
                    (header, length) = (12, BinaryPrimitives.ReadUInt32LittleEndian(input.AsSpan(at + 8)));
                else
                    length = BinaryPrimitives.ReadUInt16LittleEndian(input.AsSpan(at + 6));
            }
            var goesInside = length == uint.MaxValue || vr == "SQ" || group == 0xFFFE;
            var inside = (int)Math.Min(length, (uint)Math.Max(0, input.Length - at - header));
            elements.Add(new Element(at, header, goesInside ? 0 : inside));
            at += header + (goesInside ? 0 : inside);
        }
        return elements;
    }

    private byte[] SetLength(byte[] input, Element element, Random random)
    {
        var at = input.AsSpan(element.Offset + (element.Header == 12 ? 8 : 4));
        var number = random.Next(3) == 0 ? (uint)(element.Length + random.Next(-3, 4)) : ByteMutations.Numbers[random.Next(ByteMutations.Numbers.Length)];
        if (element.Header == 12 || !explicitVr)
            BinaryPrimitives.WriteUInt32LittleEndian(at, number);
        else
            BinaryPrimitives.WriteUInt16LittleEndian(at[2..], (ushort)number);
        return input;
    }

    private static byte[] SetTag(byte[] input, Element element, Random random)
    {
        var (group, number) = tags[random.Next(tags.Length)];
        BinaryPrimitives.WriteUInt16LittleEndian(input.AsSpan(element.Offset), group);
        BinaryPrimitives.WriteUInt16LittleEndian(input.AsSpan(element.Offset + 2), number);
        return input;
    }

    private static byte[] SetVr(byte[] input, Element element, Random random)
    {
        Encoding.Latin1.GetBytes(vrs[random.Next(vrs.Length)], input.AsSpan(element.Offset + 4));
        return input;
    }

    private byte[] SetValue(byte[] input, Element element, Random random)
    {
        var value = Encoding.Latin1.GetBytes(values[random.Next(values.Length)]);
        var begin = element.Offset + element.Header;
        byte[] changed = [.. input.AsSpan(0, begin), .. value, .. input.AsSpan(begin + element.Length)];
        if (element.Header == 12 || !explicitVr)
            BinaryPrimitives.WriteUInt32LittleEndian(changed.AsSpan(element.Offset + (element.Header == 12 ? 8 : 4)), (uint)value.Length);
        else
            BinaryPrimitives.WriteUInt16LittleEndian(changed.AsSpan(element.Offset + 6), (ushort)value.Length);
        return changed;
    }

    private static byte[] Delete(byte[] input, Element element, Random random) =>
        [.. input.AsSpan(0, element.Offset), .. input.AsSpan(element.Offset + element.Header + element.Length)];

    private static byte[] Duplicate(byte[] input, Element element, Random random)
    {
        var end = element.Offset + element.Header + element.Length;
        return [.. input.AsSpan(0, end), .. input.AsSpan(element.Offset)];
    }

    private byte[] Nest(byte[] input, Element element, Random random)
    {
        byte[] sequence = explicitVr ? [0x40, 0x00, 0x30, 0xA7, (byte)'S', (byte)'Q', 0, 0, 0xFF, 0xFF, 0xFF, 0xFF] : [0x40, 0x00, 0x30, 0xA7, 0xFF, 0xFF, 0xFF, 0xFF];
        byte[] level = [.. sequence, 0xFE, 0xFF, 0x00, 0xE0, 0xFF, 0xFF, 0xFF, 0xFF];
        var depth = random.Next(1, DeepestNesting);
        return [.. input.AsSpan(0, element.Offset), .. Enumerable.Repeat(level, depth).SelectMany(bytes => bytes), .. input.AsSpan(element.Offset)];
    }

    private static byte[] InsertDelimiter(byte[] input, Element element, Random random)
    {
        byte[] delimiter = [0xFE, 0xFF, random.Next(3) switch { 0 => 0x00, 1 => 0x0D, _ => 0xDD }, 0xE0, 0, 0, 0, 0];
        return [.. input.AsSpan(0, element.Offset), .. delimiter, .. input.AsSpan(element.Offset)];
    }
}
