using System.Text;

namespace EchoClr.Dicom;

/// <summary>The sets that 7-bit bytes may be read with.</summary>
internal enum G0Set
{
    Ascii,
    JisRoman, // ISO-IR 14: ASCII but for the yen sign at 5C, which delimits values all the same, and the overline
    JisX0208, // ISO-IR 87, two bytes
    JisX0212, // ISO-IR 159, two bytes
}

/// <summary>What 7-bit (G0) and 8-bit (G1) bytes mean at a place in a text.</summary>
internal readonly record struct CodeElements(G0Set G0, Encoding? G1);

/// <summary>Decodes text with the escape sequences of ISO 2022 that PS3.3 Tables C.12-3 and C.12-4 allow.</summary>
internal static class Iso2022Decoder
{
    public const byte Escape = 0x1B;

    private static readonly Encoding EucJp = CharacterSetTerms.CodePage(51932);
    private static readonly Encoding EucJp0212 = CharacterSetTerms.CodePage(20932);
    private static readonly Encoding Katakana = CharacterSetTerms.CodePage(932);
    private static readonly Encoding KsX1001 = CharacterSetTerms.CodePage(949);
    private static readonly Encoding Gb2312 = CharacterSetTerms.CodePage(936);

    private static readonly (byte[] Sequence, Func<CodeElements, CodeElements> Apply)[] Escapes =
    [
        Sequence("(B", set => set with { G0 = G0Set.Ascii }),
        Sequence("(J", set => set with { G0 = G0Set.JisRoman }),
        Sequence("$B", set => set with { G0 = G0Set.JisX0208 }),
        Sequence("$@", set => set with { G0 = G0Set.JisX0208 }), // the 1978 edition, not DICOM's, seen all the same
        Sequence("$(B", set => set with { G0 = G0Set.JisX0208 }),
        Sequence("$(D", set => set with { G0 = G0Set.JisX0212 }),
        Sequence(")I", set => set with { G1 = Katakana }),
        Sequence("$)C", set => set with { G1 = KsX1001 }),
        Sequence("$)A", set => set with { G1 = Gb2312 }),
        Registered("-A", 100),
        Registered("-B", 101),
        Registered("-C", 109),
        Registered("-D", 110),
        Registered("-F", 126),
        Registered("-G", 127),
        Registered("-H", 138),
        Registered("-L", 144),
        Registered("-M", 148),
        Registered("-T", 166),
        Registered("-b", 203),
    ];

    public static string Decode(ReadOnlySpan<byte> bytes, CodeElements initial, bool isPersonName)
    {
        var text = new StringBuilder(bytes.Length);
        var set = initial;
        for (var i = 0; i < bytes.Length;)
        {
            if (bytes[i] == Escape)
                i += 1 + ApplyEscape(bytes[(i + 1)..], ref set);
            else if (bytes[i] >= 0x80)
                i += AppendG1(text, bytes[i..], set.G1 ?? CharacterSetTerms.Latin1);
            else if (set.G0 is G0Set.JisX0208 or G0Set.JisX0212 && bytes[i] > 0x20)
                i += AppendDoubleByte(text, bytes[i..], set.G0);
            else
            {
                var character = (char)bytes[i++];
                text.Append(character);
                if (character is '\\' or '\r' or '\n' or '\f' or '\t' || isPersonName && character is '^' or '=')
                    set = initial;
            }
        }
        return text.ToString();
    }

    // How many bytes the sequence has after its escape; an unknown one is dropped with its escape byte alone, so that nothing readable is lost.
    private static int ApplyEscape(ReadOnlySpan<byte> bytes, ref CodeElements set)
    {
        foreach (var (sequence, apply) in Escapes)
        {
            if (!bytes.StartsWith(sequence))
                continue;
            set = apply(set);
            return sequence.Length;
        }
        return 0;
    }

    // A run of 8-bit bytes has no ASCII second bytes in the sets that escape sequences name, so a run decodes as a whole.
    private static int AppendG1(StringBuilder text, ReadOnlySpan<byte> bytes, Encoding encoding)
    {
        var length = bytes.IndexOfAnyInRange((byte)0x00, (byte)0x7F) is >= 0 and var end ? end : bytes.Length;
        text.Append(encoding.GetString(bytes[..length]));
        return length;
    }

    private static int AppendDoubleByte(StringBuilder text, ReadOnlySpan<byte> bytes, G0Set set)
    {
        if (bytes.Length < 2 || bytes[1] is < 0x21 or > 0x7E)
        {
            text.Append('\uFFFD');
            return 1;
        }
        // Windows' EUC page for JIS X 0212 sets the top bit of the first byte only.
        var (encoding, second) = set == G0Set.JisX0208 ? (EucJp, bytes[1] | 0x80) : (EucJp0212, bytes[1]);
        text.Append(encoding.GetString([(byte)(bytes[0] | 0x80), (byte)second]));
        return 2;
    }

    private static (byte[] Sequence, Func<CodeElements, CodeElements> Apply) Sequence(string ascii, Func<CodeElements, CodeElements> apply) => (Encoding.ASCII.GetBytes(ascii), apply);

    private static (byte[] Sequence, Func<CodeElements, CodeElements> Apply) Registered(string ascii, int registration) =>
        Sequence(ascii, set => set with { G1 = CharacterSetTerms.Find($"ISO 2022 IR {registration}")!.Encoding });
}
