using System.Buffers.Binary;
using System.Globalization;

namespace EchoClr.Dicom;

/// <summary>Values as numbers, and numbers as values.</summary>
internal static class DicomNumbers
{
    /// <summary>Larger binary values are bulk data that nobody wants as text: 64 KiB is what the 16-bit length of these VRs can say.</summary>
    public const int MaximumBytes = 65536;

    private const int MaximumDecimalString = 16; // PS3.5 Table 6.2-1, DS

    public static int SizeOf(DicomVr vr) => vr == DicomVr.AT ? 4 : vr.Unit;

    /// <summary>Every value as a number; null for what is not a finite number.</summary>
    public static IReadOnlyList<double?> All(DicomElement element, CharacterSet characterSet)
    {
        if (element.EffectiveVr == DicomVr.AT)
            return [];
        var texts = DicomValueText.All(element, characterSet);
        var numbers = new double?[texts.Count];
        for (var i = 0; i < numbers.Length; i++)
            numbers[i] = Parse(texts[i]);
        return numbers;
    }

    public static int? FirstInt32(DicomElement element, CharacterSet characterSet)
    {
        if (All(element, characterSet) is not [{ } number, ..])
            return null;
        return number == Math.Floor(number) && number is >= int.MinValue and <= int.MaxValue ? (int)number : null;
    }

    public static string Format(DicomVr vr, ReadOnlySpan<byte> bytes) => vr.Code switch
    {
        "US" => Text(BinaryPrimitives.ReadUInt16LittleEndian(bytes)),
        "SS" => Text(BinaryPrimitives.ReadInt16LittleEndian(bytes)),
        "UL" => Text(BinaryPrimitives.ReadUInt32LittleEndian(bytes)),
        "SL" => Text(BinaryPrimitives.ReadInt32LittleEndian(bytes)),
        "UV" or "OV" => Text(BinaryPrimitives.ReadUInt64LittleEndian(bytes)),
        "SV" => Text(BinaryPrimitives.ReadInt64LittleEndian(bytes)),
        "FL" => Text(BinaryPrimitives.ReadSingleLittleEndian(bytes)),
        "FD" or "OD" => Text(BinaryPrimitives.ReadDoubleLittleEndian(bytes)),
        "AT" => new DicomTag(BinaryPrimitives.ReadUInt16LittleEndian(bytes), BinaryPrimitives.ReadUInt16LittleEndian(bytes[2..])).ToString(),
        _ => "",
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
