using System.Buffers.Binary;
using System.Globalization;

namespace EchoClr.Dicom;

/// <summary>Values as numbers, and numbers as values.</summary>
internal static class DicomNumbers
{
    private const int MaximumDecimalString = 16; // PS3.5 Table 6.2-1, DS

    /// <summary>Every value as a number; null for text that is not a finite number.</summary>
    public static IReadOnlyList<double?> All(DicomElement element, CharacterSet characterSet)
    {
        var vr = element.EffectiveVr;
        if (vr.IsText)
            return [.. DicomValueText.All(element, characterSet).Select(Parse)];
        if (!HasNumbers(element) || element.ValueIn(characterSet).Length > DicomValueText.LongestRead)
            return [];
        var bytes = element.ValueIn(characterSet).ToMemory().Span;
        var numbers = new double?[bytes.Length / vr.Unit];
        for (var i = 0; i < numbers.Length; i++)
            numbers[i] = Read(vr, bytes[(i * vr.Unit)..]) is var number && double.IsFinite(number) ? number : null;
        return numbers;
    }

    /// <summary>The first value, without reading the others.</summary>
    public static double? First(DicomElement element, CharacterSet characterSet)
    {
        var vr = element.EffectiveVr;
        if (vr.IsText)
            return DicomValueText.First(element, characterSet) is { } text ? Parse(text) : null;
        var value = element.ValueIn(characterSet);
        if (!HasNumbers(element) || value.Length < vr.Unit)
            return null;
        return Read(vr, value.Start(vr.Unit).Span) is var number && double.IsFinite(number) ? number : null;
    }

    public static int? FirstInt32(DicomElement element, CharacterSet characterSet) =>
        First(element, characterSet) is { } number && number == Math.Floor(number) && number is >= int.MinValue and <= int.MaxValue ? (int)number : null;

    public static int SizeOf(DicomVr vr) => vr == DicomVr.AT ? 4 : vr.Unit;

    /// <summary>One value of a binary VR as text.</summary>
    public static string Format(DicomVr vr, ReadOnlySpan<byte> bytes) => vr.Code switch
    {
        "US" => Text(BinaryPrimitives.ReadUInt16LittleEndian(bytes)),
        "SS" => Text(BinaryPrimitives.ReadInt16LittleEndian(bytes)),
        "UL" => Text(BinaryPrimitives.ReadUInt32LittleEndian(bytes)),
        "SL" => Text(BinaryPrimitives.ReadInt32LittleEndian(bytes)),
        "UV" => Text(BinaryPrimitives.ReadUInt64LittleEndian(bytes)),
        "SV" => Text(BinaryPrimitives.ReadInt64LittleEndian(bytes)),
        "FL" => Text(BinaryPrimitives.ReadSingleLittleEndian(bytes)),
        "FD" => Text(BinaryPrimitives.ReadDoubleLittleEndian(bytes)),
        "AT" => new DicomTag(BinaryPrimitives.ReadUInt16LittleEndian(bytes), BinaryPrimitives.ReadUInt16LittleEndian(bytes[2..])).ToString(),
        _ => "",
    };

    private static bool HasNumbers(DicomElement element) =>
        element.Items is null && element.Fragments is null && element.EffectiveVr is { IsText: false, Unit: > 1 } vr && vr != DicomVr.AT;

    private static double Read(DicomVr vr, ReadOnlySpan<byte> bytes) => vr.Code switch
    {
        "US" or "OW" => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
        "SS" => BinaryPrimitives.ReadInt16LittleEndian(bytes),
        "UL" or "OL" => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        "SL" => BinaryPrimitives.ReadInt32LittleEndian(bytes),
        "UV" or "OV" => BinaryPrimitives.ReadUInt64LittleEndian(bytes),
        "SV" => BinaryPrimitives.ReadInt64LittleEndian(bytes),
        "FL" or "OF" => BinaryPrimitives.ReadSingleLittleEndian(bytes),
        "FD" or "OD" => BinaryPrimitives.ReadDoubleLittleEndian(bytes),
        _ => double.NaN,
    };

    /// <summary>The bytes of one number in a binary VR.</summary>
    /// <exception cref="ArgumentException">The VR cannot hold this number.</exception>
    public static byte[] Encode(DicomTag tag, DicomVr vr, double number)
    {
        var bytes = new byte[SizeOf(vr)];
        try
        {
            checked
            {
                switch (vr.Code)
                {
                    case "FL": BinaryPrimitives.WriteSingleLittleEndian(bytes, (float)number); return bytes;
                    case "FD": BinaryPrimitives.WriteDoubleLittleEndian(bytes, number); return bytes;
                    case "US": BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)number); break;
                    case "SS": BinaryPrimitives.WriteInt16LittleEndian(bytes, (short)number); break;
                    case "UL": BinaryPrimitives.WriteUInt32LittleEndian(bytes, (uint)number); break;
                    case "SL": BinaryPrimitives.WriteInt32LittleEndian(bytes, (int)number); break;
                    case "UV": BinaryPrimitives.WriteUInt64LittleEndian(bytes, (ulong)number); break;
                    case "SV": BinaryPrimitives.WriteInt64LittleEndian(bytes, (long)number); break;
                    default: throw new ArgumentException($"{tag} {DicomDictionary.Keyword(tag)} has VR {vr}, which holds no numbers", nameof(number));
                }
            }
        }
        catch (OverflowException)
        {
            throw new ArgumentException($"{Text(number)} does not fit VR {vr} of {tag} {DicomDictionary.Keyword(tag)}", nameof(number));
        }
        return number == Math.Floor(number) ? bytes : throw new ArgumentException($"VR {vr} of {tag} {DicomDictionary.Keyword(tag)} holds whole numbers only", nameof(number));
    }

    /// <summary>The best Decimal String of at most 16 characters.</summary>
    public static string DecimalString(double number)
    {
        if (!double.IsFinite(number))
            throw new ArgumentException("a Decimal String cannot hold NaN or infinity", nameof(number));
        var text = Text(number);
        for (var digits = 15; text.Length > MaximumDecimalString; digits--)
            text = number.ToString($"G{digits}", CultureInfo.InvariantCulture);
        return text;
    }

    private static double? Parse(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null;

    private static string Text(IFormattable number) => number.ToString(null, CultureInfo.InvariantCulture);
}
