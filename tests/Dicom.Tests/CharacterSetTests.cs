using System.Text;
using EchoClr.Testing;
using Xunit;

namespace EchoClr.Dicom.Tests;

/// <summary>The person names of PS3.5 Annexes H to K, as bytes and as text, and what happens to bytes that fit no declaration.</summary>
public class CharacterSetTests
{
    public static TheoryData<string, string, string> StandardExamples => new()
    {
        // H.3.1: Japanese, katakana in ISO-IR 13, kanji and hiragana by escape sequences.
        { @"\ISO 2022 IR 87", @"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B", "Yamada^Tarou=山田^太郎=やまだ^たろう" },
        { @"ISO 2022 IR 13\ISO 2022 IR 87", @"\xd4\xcf\xc0\xde^\xc0\xdb\xb3=\x1b$B;3ED\x1b(J^\x1b$BB@O:\x1b(J=\x1b$B$d$^$@\x1b(J^\x1b$B$?$m$&\x1b(J", "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう" },
        // I.2: Korean in KS X 1001.
        { @"\ISO 2022 IR 149", @"Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7=\x1b$)C\xc8\xab^\x1b$)C\xb1\xe6\xb5\xbf", "Hong^Gildong=洪^吉洞=홍^길동" },
        // J: Chinese in UTF-8, GB18030, GBK, and GB 2312 by escape sequence.
        { "ISO_IR 192", @"Wang^XiaoDong=\xe7\x8e\x8b^\xe5\xb0\x8f\xe6\x9d\xb1=", "Wang^XiaoDong=王^小東=" },
        { "GB18030", @"Wang^XiaoDong=\xcd\xf5^\xd0\xa1\xb6\xab=", "Wang^XiaoDong=王^小东=" },
        { "GBK", @"Wang^XiaoDong=\xcd\xf5^\xd0\xa1\xb6\xab=", "Wang^XiaoDong=王^小东=" },
        { @"\ISO 2022 IR 58", @"Zhang^XiaoDong=\x1b$)A\xd5\xc5^\x1b$)A\xd0\xa1\xb6\xab=", "Zhang^XiaoDong=张^小东=" },
        { "ISO_IR 100", @"Buc^J\xe9r\xf4me", "Buc^Jérôme" },
        { "ISO_IR 101", @"Wa\xb3\xeasa", "Wałęsa" },
        { "ISO_IR 109", @"Anti\xa1onio\xa6", "AntiĦonioĤ" },
        { "ISO_IR 110", @"\xc4nderi\xb9\xb3", "Änderišŗ" },
        { "ISO_IR 126", @"\xc4\xe9\xef\xed\xf5\xf3\xe9\xef\xf2", "Διονυσιος" },
        { "ISO_IR 127", @"\xe2\xc8\xc7\xe6\xea^\xe4\xe6\xd2\xc7\xd1", "قباني^لنزار" },
        { "ISO_IR 138", @"\xf9\xf8\xe5\xef^\xe3\xe1\xe5\xf8\xe4", "שרון^דבורה" },
        { "ISO_IR 144", @"\xbb\xee\xdace\xdc\xd1yp\xd3", "Люкceмбypг" },
        { "ISO_IR 148", @"\xc7a\xf0r\xfd \xdd\xfe", "Çağrı İş" },
        { "ISO_IR 166", @"\xca\xc1\xaa\xd2\xc2", "สมชาย" },
        { "ISO_IR 13", @"\xd4\xcf\xc0\xde^\xc0\xdb\xb3", "ﾔﾏﾀﾞ^ﾀﾛｳ" },
        // JIS X 0212 holds what 0208 lacks.
        { @"\ISO 2022 IR 87\ISO 2022 IR 159", @"\x1b$(D0!\x1b(B^\x1b$B;3\x1b(B", "丂^山" },
        // Single-byte sets by escape sequence: Greek and Cyrillic in one name, each until the next delimiter.
        { @"ISO 2022 IR 6\ISO 2022 IR 126\ISO 2022 IR 144", @"\x1b-F\xc4\xe9^\x1b-L\xbb\xee=\x1b-F\xc4", "Δι^Лю=Δ" },
    };

    [Theory]
    [MemberData(nameof(StandardExamples))]
    public void Decode_StandardExample_GivesItsText(string terms, string bytes, string expected) =>
        Assert.Equal(expected, Name(terms, bytes));

    [Theory]
    [InlineData("ISO-IR 100")]
    [InlineData("ISO_IR_100")]
    [InlineData("ISO IR 100")]
    [InlineData("ISOIR100")]
    [InlineData("iso_ir 100")]
    [InlineData("ISO 2022 IR 100")]
    [InlineData("ISO2022 IR100")]
    [InlineData("ISO 8859-1")]
    public void Parse_MisspeltTerm_IsUnderstood(string term) => Assert.Equal("Jérôme", Name(term, @"J\xe9r\xf4me"));

    [Theory]
    [InlineData("")]
    [InlineData("ISO_IR 6")]
    [InlineData("no such term")]
    public void Decode_EightBitBytesWithoutDeclaration_AreLatin1(string terms) => Assert.Equal("Jérôme", Name(terms, @"J\xe9r\xf4me"));

    [Fact]
    public void Decode_BytesThatAreNoUtf8_BecomeReplacementCharacters() => Assert.Equal("J\uFFFDr\uFFFDme", Name("ISO_IR 192", @"J\xe9r\xf4me"));

    [Fact]
    public void Decode_GbkSecondByteBackslash_DoesNotSplitTheValue()
    {
        // 0x5C is the second byte of 誠 in GBK (D5 5C).
        var dataset = new DicomDataset().Set(DicomTags.SpecificCharacterSet, "GBK").SetBytes(DicomTags.OtherPatientNames, DicomVr.PN, Bytes(@"\xd5\x5c\x5cA^B "));
        Assert.Equal(["誠", "A^B"], dataset.GetStrings(DicomTags.OtherPatientNames));
    }

    [Fact]
    public void Decode_UnknownEscape_LosesNothingReadable() => Assert.Equal("Smith%/8^John", Name(@"\ISO 2022 IR 87", @"Smith\x1b%/8^John"));

    [Fact]
    public void Decode_EscapeAtTheEndOfOneValue_DoesNotReachTheNext()
    {
        var dataset = new DicomDataset().Set(DicomTags.SpecificCharacterSet, "", "ISO 2022 IR 87")
            .SetBytes(DicomTags.OtherPatientNames, DicomVr.PN, Bytes(@"\x1b$B;3ED\x1b(B\x5cAB"));
        Assert.Equal(["山田", "AB"], dataset.GetStrings(DicomTags.OtherPatientNames));
    }

    [Fact]
    public void GetString_OfAnItem_UsesTheCharacterSetAround_UnlessItHasItsOwn()
    {
        var inherits = new DicomDataset().SetBytes(DicomTags.CodeMeaning, DicomVr.LO, Bytes(@"\xe9"));
        var own = new DicomDataset().Set(DicomTags.SpecificCharacterSet, "ISO_IR 144").SetBytes(DicomTags.CodeMeaning, DicomVr.LO, Bytes(@"\xe9"));
        new DicomDataset().Set(DicomTags.SpecificCharacterSet, "ISO_IR 126").SetSequence(DicomTags.ConceptNameCodeSequence, inherits, own);
        Assert.Equal("ι", inherits.GetString(DicomTags.CodeMeaning));
        Assert.Equal("щ", own.GetString(DicomTags.CodeMeaning));
    }

    [Theory]
    [InlineData("ISO_IR 192", "Grüße 王 Ω")]
    [InlineData("ISO_IR 100", "Grüße")]
    [InlineData("ISO_IR 144", "Люксембург")]
    [InlineData("GB18030", "王小东")]
    public void Set_TextOfTheRepertoire_ReadsBackAfterWriting(string terms, string text)
    {
        var item = new DicomDataset().Set(DicomTags.TextValue, text);
        var dataset = new DicomDataset().Set(DicomTags.SpecificCharacterSet, terms).SetSequence(DicomTags.ContentSequence, item);
        var read = DicomDatasetReader.Read(DicomDatasetWriter.Encode(dataset, TransferSyntax.ExplicitVRLittleEndian), TransferSyntax.ExplicitVRLittleEndian);
        Assert.Equal(text, read.GetSequence(DicomTags.ContentSequence)[0].GetString(DicomTags.TextValue));
    }

    [Theory]
    [InlineData("ISO_IR 100", "王")]
    [InlineData("ISO_IR 6", "é")]
    public void Write_TextOutsideTheRepertoire_IsAnErrorThatNamesTheElement(string terms, string text)
    {
        var dataset = new DicomDataset().Set(DicomTags.SpecificCharacterSet, terms).Set(DicomTags.PatientName, text);
        var error = Assert.Throws<DicomFormatException>(() => DicomDatasetWriter.Encode(dataset, TransferSyntax.ExplicitVRLittleEndian));
        Assert.Contains("PatientName", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(text, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("charset/fo-dicom__chrFren.dcm", "Buc^Jérôme")]
    [InlineData("charset/fo-dicom__chrH31.dcm", "Yamada^Tarou=山田^太郎=やまだ^たろう")]
    [InlineData("charset/fo-dicom__chrRuss.dcm", "Люкceмбypг")]
    [InlineData("charset/echo_name_iso2022.dcm", "Yamada^Tarou=山田^太郎")]
    public void GetString_OfARealFile_IsTheKnownName(string file, string name) =>
        Assert.Equal(name, DicomFile.Read(RealData.RequireFile(file), DicomReadOptions.Header).Dataset.GetString(DicomTags.PatientName));

    private static string? Name(string terms, string bytes) => new DicomDataset()
        .Set(DicomTags.SpecificCharacterSet, terms.Split('\\'))
        .SetBytes(DicomTags.PatientName, DicomVr.PN, Bytes(bytes))
        .GetString(DicomTags.PatientName);

    /// <summary>Bytes of ASCII in which \xhh stands for any byte.</summary>
    private static byte[] Bytes(string text)
    {
        var bytes = new List<byte>();
        for (var i = 0; i < text.Length; i++)
        {
            if (text.AsSpan(i).StartsWith("\\x"))
            {
                bytes.Add(Convert.ToByte(text.Substring(i + 2, 2), 16));
                i += 3;
            }
            else
                bytes.Add((byte)text[i]);
        }
        return [.. bytes];
    }
}
