using System.Text;

namespace EchoClr.Dicom;

/// <summary>
/// A value of SpecificCharacterSet (PS3.3 C.12.1.1.2): how the text of a data set is written in bytes. Terms are read however they are
/// misspelt (<c>ISO-IR 100</c>); bytes that the repertoire lacks become U+FFFD; unknown terms and undeclared 8-bit bytes are read as Latin-1.
/// </summary>
public sealed class CharacterSet
{
    private readonly string _terms;
    private readonly Encoding? _whole; // multi-byte without code extension: UTF-8, GB18030, GBK
    private readonly CodeElements _initial;

    private CharacterSet(string terms, Encoding? whole, CodeElements initial)
    {
        (_terms, _whole, _initial) = (terms, whole, initial);
    }

    /// <summary>ISO_IR 6, the repertoire where none is declared.</summary>
    public static CharacterSet Default { get; } = new("ISO_IR 6", null, new(G0Set.Ascii, CharacterSetTerms.Latin1));

    public static CharacterSet Parse(IReadOnlyList<string> terms)
    {
        var first = terms.Count > 0 ? CharacterSetTerms.Find(terms[0]) : null;
        if (first is null || first.Registration == 6 && terms.Count == 1)
            return Default;
        if (first.Whole)
            return new(terms[0], first.Encoding, default);
        return new(string.Join('\\', terms), null, new(first.Registration == 13 ? G0Set.JisRoman : G0Set.Ascii, first.Encoding));
    }

    /// <summary>Text of value bytes, in which backslashes still separate values.</summary>
    /// <param name="isPersonName">In PN also "^" and "=" end the effect of an escape sequence (PS3.5 6.1.2.5.3).</param>
    public string Decode(ReadOnlySpan<byte> bytes, bool isPersonName = false)
    {
        if (_whole is not null)
            return _whole.GetString(bytes);
        if (Ascii.IsValid(bytes) && !bytes.Contains(Iso2022Decoder.Escape))
            return Encoding.ASCII.GetString(bytes);
        return Iso2022Decoder.Decode(bytes, _initial, isPersonName);
    }

    /// <summary>Bytes of text. Of a repertoire with code extensions only the first part can be written: ASCII and the first term's own characters.</summary>
    /// <exception cref="EncoderFallbackException">The repertoire lacks a character.</exception>
    public byte[] Encode(string text)
    {
        if (Ascii.IsValid(text))
            return Encoding.ASCII.GetBytes(text);
        if (this == Default)
            throw new EncoderFallbackException("ISO_IR 6 is ASCII");
        return Strict(_whole ?? _initial.G1!).GetBytes(text);
    }

    public override string ToString() => _terms;

    private static Encoding Strict(Encoding encoding)
    {
        var strict = (Encoding)encoding.Clone();
        strict.EncoderFallback = EncoderFallback.ExceptionFallback;
        return strict;
    }
}
