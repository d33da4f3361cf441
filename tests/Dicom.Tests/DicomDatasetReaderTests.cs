using System.Diagnostics;
using System.IO.Compression;
using Xunit;
using static EchoClr.Dicom.Tests.Bytes;

namespace EchoClr.Dicom.Tests;

public class DicomDatasetReaderTests
{
    private static readonly TransferSyntax Explicit = TransferSyntax.ExplicitVRLittleEndian;
    private static readonly TransferSyntax Implicit = TransferSyntax.ImplicitVRLittleEndian;

    // (0040,A730) ContentSequence with one item that holds (0008,0100) CodeValue, then (0040,DB00) after the sequence.
    private static readonly byte[] Code = Text(0x0008, 0x0100, "SH", "T-1 ");
    private static readonly byte[] After = Text(0x0040, 0xDB00, "CS", "1500");

    public static TheoryData<string, byte[]> WaysToEndASequence => new()
    {
        { "both lengths", Long(0x0040, 0xA730, "SQ", (uint)Code.Length + 8, Item((uint)Code.Length, Code)) },
        { "both delimiters", [.. Long(0x0040, 0xA730, "SQ", Undefined), .. Item(Undefined, Code), .. ItemEnd, .. SequenceEnd] },
        { "item length, sequence delimiter", [.. Long(0x0040, 0xA730, "SQ", Undefined), .. Item((uint)Code.Length, Code), .. SequenceEnd] },
        { "sequence length, item delimiter", Long(0x0040, 0xA730, "SQ", (uint)Code.Length + 16, [.. Item(Undefined, Code), .. ItemEnd]) },
        { "item length and delimiter", [.. Long(0x0040, 0xA730, "SQ", Undefined), .. Item((uint)Code.Length, Code), .. ItemEnd, .. SequenceEnd] },
        { "no item delimiter", [.. Long(0x0040, 0xA730, "SQ", Undefined), .. Item(Undefined, Code), .. SequenceEnd] },
        { "no sequence delimiter", [.. Long(0x0040, 0xA730, "SQ", Undefined), .. Item((uint)Code.Length, Code)] },
        { "delimiters that claim a length", [.. Long(0x0040, 0xA730, "SQ", Undefined), .. Item(Undefined, Code), .. ImplicitHeader(0xFFFE, 0xE00D, 4), .. ImplicitHeader(0xFFFE, 0xE0DD, 99)] },
        { "UN without length: implicit VR inside", [.. Long(0x0040, 0xA730, "UN", Undefined), .. Item(Undefined, Bytes.Implicit(0x0008, 0x0100, "T-1 "u8.ToArray())), .. ItemEnd, .. SequenceEnd] },
        { "UN with length: implicit VR inside", Long(0x0040, 0xA730, "UN", 20, Item(12, Bytes.Implicit(0x0008, 0x0100, "T-1 "u8.ToArray()))) },
    };

    [Theory]
    [MemberData(nameof(WaysToEndASequence))]
    public void Read_Sequence_IsTheSameHoweverItEnds(string way, byte[] sequence)
    {
        var dataset = Read([.. sequence, .. After], Explicit);
        var item = Assert.Single(dataset.GetSequence(DicomTags.ContentSequence));
        Assert.True(item.GetString(DicomTags.CodeValue) == "T-1" && item.Count == 1, way);
        Assert.Equal("1500", dataset.GetString(DicomTags.TemplateIdentifier));
    }

    [Fact]
    public void Read_TwoItemsWithoutItemDelimiters_GivesBoth()
    {
        var dataset = Read([.. Long(0x0040, 0xA730, "SQ", Undefined), .. Item(Undefined, Code), .. Item(Undefined, Code), .. SequenceEnd, .. After], Explicit);
        Assert.Equal(2, dataset.GetSequence(DicomTags.ContentSequence).Count);
        Assert.True(dataset.Contains(DicomTags.TemplateIdentifier));
    }

    [Fact]
    public void Read_DataEndInsideASequenceWithoutLength_KeepsWhatIsThere()
    {
        var dataset = Read([.. Long(0x0040, 0xA730, "SQ", Undefined), .. Item(Undefined, Code)], Explicit);
        Assert.Equal("T-1", dataset.GetSequence(DicomTags.ContentSequence)[0].GetString(DicomTags.CodeValue));
    }

    [Fact]
    public void Read_UnThatIsNoSequence_KeepsItsBytes()
    {
        var dataset = Read(Long(0x0040, 0xA730, "UN", 6, 1, 2, 3, 4, 5, 6), Explicit);
        Assert.Equal([1, 2, 3, 4, 5, 6], dataset.GetBytes(DicomTags.ContentSequence).ToArray());
        Assert.Empty(dataset.GetSequence(DicomTags.ContentSequence));
    }

    [Fact]
    public void Read_UnOfAKnownElement_IsUnderstoodByTheDictionary()
    {
        var dataset = Read([.. Long(0x0010, 0x0020, "UN", 4, "P-1 "u8.ToArray()), .. Long(0x0028, 0x0010, "UN", 2, 0x90, 0x01)], Explicit);
        Assert.Equal("P-1", dataset.GetString(DicomTags.PatientID));
        Assert.Equal(400, dataset.GetInt32(DicomTags.Rows));
    }

    [Fact]
    public void Read_ImplicitVr_TakesSignFromPixelRepresentation()
    {
        byte[] smallest = Bytes.Implicit(0x0028, 0x0106, [0xFE, 0xFF]);
        Assert.Equal(-2, Read([.. Bytes.Implicit(0x0028, 0x0103, [1, 0]), .. smallest], Implicit).GetInt32(DicomTags.SmallestImagePixelValue));
        Assert.Equal(65534, Read([.. Bytes.Implicit(0x0028, 0x0103, [0, 0]), .. smallest], Implicit).GetInt32(DicomTags.SmallestImagePixelValue));
    }

    [Fact]
    public void Read_PrivateElementsInImplicitVr_KeepOwnerAndBytes()
    {
        var dataset = Read([.. Bytes.Implicit(0x0019, 0x0010, "ACME "u8.ToArray()), .. Bytes.Implicit(0x0019, 0x1001, [9, 8])], Implicit);
        Assert.Equal("ACME", dataset.GetString(new DicomTag(0x0019, 0x0010)));
        Assert.Equal([9, 8], dataset.GetBytes(new DicomTag(0x0019, 0x1001)).ToArray());
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void Read_EncodingOtherThanStated_IsFoundOut(bool statedExplicit, bool isExplicit)
    {
        var bytes = isExplicit ? Text(0x0008, 0x0060, "CS", "US") : Bytes.Implicit(0x0008, 0x0060, "US"u8.ToArray());
        Assert.Equal("US", Read(bytes, statedExplicit ? Explicit : Implicit).GetString(DicomTags.Modality));
    }

    [Fact]
    public void Read_UnknownVrOfTwoCapitals_HasALongLength()
    {
        var dataset = Read([.. Text(0x0008, 0x0060, "CS", "US"), .. Long(0x0008, 0x9999, "ZZ", 2, 1, 2), .. After], Explicit);
        Assert.Equal([1, 2], dataset.GetBytes(new DicomTag(0x0008, 0x9999)).ToArray());
        Assert.True(dataset.Contains(DicomTags.TemplateIdentifier));
    }

    [Fact]
    public void Read_ElementsOutOfOrderAndTwice_AreSortedAndTheFirstWins()
    {
        var dataset = Read([.. Text(0x0010, 0x0020, "LO", "B1"), .. Text(0x0008, 0x0060, "CS", "US"), .. Text(0x0010, 0x0020, "LO", "B2")], Explicit);
        Assert.Equal([DicomTags.Modality, DicomTags.PatientID], dataset.Select(element => element.Tag));
        Assert.Equal("B1", dataset.GetString(DicomTags.PatientID));
    }

    [Theory]
    [InlineData("ends in a header", "0800")]
    [InlineData("value longer than the data", "08006000435304005553")]
    [InlineData("value of 4 GiB", "E07F10004F42000000FFFFFF00")]
    [InlineData("text without length", "0800600055540000FFFFFFFF")]
    [InlineData("item instead of element", "FEFF00E000000000")]
    [InlineData("sequence longer than the data", "400030A7535100000010000000")]
    [InlineData("item longer than its sequence", "400030A75351000010000000FEFF00E0100000000000000000000000")]
    [InlineData("fragment longer than the data", "E07F10004F420000FFFFFFFFFEFF00E000000100")]
    [InlineData("no fragment where one should be", "E07F10004F420000FFFFFFFF0800600043530200")]
    public void Read_Damaged_SaysWhatIsWrong(string what, string hex)
    {
        var error = Assert.Throws<DicomFormatException>(() => Read(Convert.FromHexString(hex), Explicit));
        Assert.True(error.Message.Length > 20 && !error.Message.Contains('\n'), what);
    }

    [Fact]
    public void Read_NestedToTheLimit_IsReadAndBeyondItRefused()
    {
        var options = DicomReadOptions.Default;
        Assert.Single(Read(Nested(options.MaxDepth), Explicit));
        var error = Assert.Throws<DicomFormatException>(() => Read(Nested(100_000), Explicit));
        Assert.Contains("nested deeper", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_MoreElementsThanAllowed_IsRefused()
    {
        var items = Enumerable.Repeat(Item(0), 1001).SelectMany(item => item).ToArray();
        var bytes = Long(0x0040, 0xA730, "SQ", (uint)items.Length, items);
        Assert.Throws<DicomFormatException>(() => Read(bytes, Explicit, new DicomReadOptions { MaxElements = 1000 }));
        Assert.Single(Read(bytes, Explicit, new DicomReadOptions { MaxElements = 1002 }));
    }

    [Fact]
    public void Read_DeflateBomb_StopsAtTheLimit()
    {
        var bomb = Deflate([.. Text(0x0008, 0x0060, "CS", "US"), .. Long(0x7FE0, 0x0010, "OB", 300 << 20, new byte[300 << 20])]);
        var before = GC.GetTotalAllocatedBytes();
        var options = new DicomReadOptions { MaxInflatedBytes = 4 << 20 };
        var error = Assert.Throws<DicomFormatException>(() => Read(bomb, TransferSyntax.DeflatedExplicitVRLittleEndian, options));
        Assert.Contains("inflates to more", error.Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 64 << 20);
        // The header alone needs no limit: nothing behind it is inflated.
        Assert.Equal("US", Read(bomb, TransferSyntax.DeflatedExplicitVRLittleEndian, DicomReadOptions.Header).GetString(DicomTags.Modality));
    }

    [Fact]
    public void Read_DeflateThatGrowsBeyondAllImages_StopsAtTheRatio()
    {
        var bomb = Deflate([.. Text(0x0008, 0x0060, "CS", "US"), .. Long(0x7FE0, 0x0010, "OB", 40 << 20, new byte[40 << 20])]);
        var error = Assert.Throws<DicomFormatException>(() => Read(bomb, TransferSyntax.DeflatedExplicitVRLittleEndian));
        Assert.Contains("more than 100 times", error.Message, StringComparison.Ordinal);
        var blank = Deflate([.. Text(0x0008, 0x0060, "CS", "US"), .. Long(0x7FE0, 0x0010, "OB", 15 << 20, new byte[15 << 20])]); // a blank screen
        Assert.Equal(15 << 20, Read(blank, TransferSyntax.DeflatedExplicitVRLittleEndian).GetBytes(DicomTags.PixelData).Length);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Read_OnlyWhatIsWanted_KeepsNothingElse(bool deflated)
    {
        byte[] nested = [.. Enumerable.Repeat((byte[])[.. Long(0x0040, 0xA730, "SQ", Undefined), .. Item(Undefined, [])], 40).SelectMany(level => level)];
        byte[] bytes =
        [
            .. Text(0x0008, 0x0005, "CS", "ISO_IR 192"), .. Text(0x0008, 0x0060, "CS", "US"),
            .. Long(0x0008, 0x1140, "SQ", Undefined), .. Enumerable.Repeat(Item(0, []), 50_000).SelectMany(item => item), .. SequenceEnd,
            .. Enumerable.Repeat(Long(0x0009, 0x1001, "OB", 100, new byte[100]), 20_000).SelectMany(element => element),
            .. Long(0x0018, 0x6011, "UN", 2_000_000, new byte[2_000_000]),
            .. Text(0x0020, 0x000D, "UI", "1.2.3 "), .. nested,
        ];
        var options = DicomReadOptions.Header with { Only = new HashSet<DicomTag> { DicomTags.SpecificCharacterSet, DicomTags.StudyInstanceUID } };
        var syntax = deflated ? TransferSyntax.DeflatedExplicitVRLittleEndian : Explicit;
        var source = deflated ? Deflate(bytes) : bytes;
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var dataset = Read(source, syntax, options);
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        Assert.Equal(("1.2.3", 2), (dataset.GetString(DicomTags.StudyInstanceUID), dataset.Count));
        Assert.InRange(allocated, 0, 8 << 20); // the elements' headers, one after another; what they hold would be more than that kept
    }

    [Fact]
    public void Read_DamagedDeflate_IsAFormatError() =>
        Assert.Throws<DicomFormatException>(() => Read(Enumerable.Repeat((byte)0xFF, 400).ToArray(), TransferSyntax.DeflatedExplicitVRLittleEndian));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100)]
    public void Read_DeflateThatBreaksOff_IsAFormatError(int kept)
    {
        var whole = Deflate([.. Text(0x0008, 0x0060, "CS", "US"), .. Enumerable.Range(0, 40).SelectMany(i => Text(0x0010, (ushort)(0x0010 + i), "LO", $"element {i:00}"))]);
        Assert.Equal(41, Read([.. whole, 0], TransferSyntax.DeflatedExplicitVRLittleEndian).Count); // padded (PS3.5 A.5)
        foreach (var length in (int[])[kept, whole.Length - 1])
        {
            var error = Assert.Throws<DicomFormatException>(() => Read(whole[..length], TransferSyntax.DeflatedExplicitVRLittleEndian));
            Assert.Contains("breaks off", error.Message, StringComparison.Ordinal);
        }
    }

    private static DicomDataset Read(byte[] bytes, TransferSyntax syntax, DicomReadOptions? options = null) => DicomDatasetReader.Read(bytes, syntax, options);

    private static byte[] Nested(int depth)
    {
        var level = (byte[])[.. Long(0x0040, 0xA730, "SQ", Undefined), .. Item(Undefined)];
        return [.. Enumerable.Repeat(level, depth).SelectMany(bytes => bytes)];
    }

    private static byte[] Deflate(byte[] bytes)
    {
        using var deflated = new MemoryStream();
        using (var deflate = new DeflateStream(deflated, CompressionLevel.Fastest))
            deflate.Write(bytes);
        return deflated.ToArray();
    }
}
