using EchoClr.Testing;
using Xunit;

namespace EchoClr.Dicom.Tests;

public sealed class DicomFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Write_Meta_HasWhatTheStandardDemands()
    {
        using var stream = new MemoryStream();
        Report().Write(stream);
        var bytes = stream.ToArray();
        Assert.Equal("DICM"u8.ToArray(), bytes[128..132]);

        var path = Save(bytes);
        var meta = DicomFile.Read(path).Meta;
        Assert.Equal([0, 1], meta.GetBytes(DicomTags.FileMetaInformationVersion).ToArray());
        Assert.Equal(SopClasses.EnhancedSRStorage, meta.GetString(DicomTags.MediaStorageSOPClassUID));
        Assert.Equal("1.2.3", meta.GetString(DicomTags.MediaStorageSOPInstanceUID));
        Assert.Equal("1.2.840.10008.1.2.1", meta.GetString(DicomTags.TransferSyntaxUID));
        Assert.Equal(EchoClrImplementation.VersionName, meta.GetString(DicomTags.ImplementationVersionName));
        Assert.True(DicomUid.IsValid(meta.GetString(DicomTags.ImplementationClassUID)));
        Assert.InRange(EchoClrImplementation.VersionName.Length, 1, 16);

        // The group length counts from behind itself to the data set.
        var datasetOffset = DicomFile.ReadMeta(path).DatasetOffset;
        Assert.Equal((int)datasetOffset - 144, meta.GetInt32(DicomTags.FileMetaInformationGroupLength));
        Assert.Equal([0x08, 0x00], bytes[(int)datasetOffset..((int)datasetOffset + 2)]);
    }

    /// <summary>What the caller has is believed, and the file is asked for the rest.</summary>
    [Theory]
    [InlineData(150)]
    [InlineData(1000)]
    [InlineData(int.MaxValue)]
    public void Read_WithItsBeginningAtHand_IsTheSame(int known)
    {
        using var stream = new MemoryStream();
        new DicomFile(Report().Dataset.Clone().SetBytes(DicomTags.PixelData, DicomVr.OB, new byte[100_000]), TransferSyntax.ExplicitVRLittleEndian).Write(stream);
        var bytes = stream.ToArray();
        known = Math.Min(known, bytes.Length);
        var path = Save([.. new byte[known], .. bytes[known..]]);
        foreach (var options in (DicomReadOptions[])[DicomReadOptions.Default, DicomReadOptions.Header])
        {
            var read = DicomFile.Read(path, options, bytes.AsMemory(0, known));
            Assert.Equal("1.2.3", read.Dataset.GetString(DicomTags.SOPInstanceUID));
            Assert.True(read.HasPixelData);
        }
    }

    [Fact]
    public void Write_TheSameReport_GivesTheSameBytes()
    {
        using var first = new MemoryStream();
        using var second = new MemoryStream();
        Report().Write(first);
        Report().Write(second);
        Assert.Equal(first.ToArray(), second.ToArray());
    }

    [Fact]
    public async Task Write_EncapsulatedCine_IsReadByDcmtkWithItsOffsetTable()
    {
        var path = Path.Combine(_folder.Path, "cine.dcm");
        ReadOnlyMemory<byte>[] frames = [new byte[] { 0xFF, 0xD8, 1, 0xFF, 0xD9 }, new byte[] { 0xFF, 0xD8, 0xFF, 0xD9 }, new byte[] { 0xFF, 0xD8, 2, 3, 0xFF, 0xD9 }];
        var dataset = Report().Dataset.Clone().Set(DicomTags.NumberOfFrames, frames.Length).SetEncapsulatedPixelData(frames);
        new DicomFile(dataset, TransferSyntax.JPEGBaseline8Bit).Write(path);
        Assert.False(File.Exists(path + ".part"));

        var read = DicomFile.Read(path);
        Assert.True(read.Dataset.TryGet(DicomTags.PixelData, out var pixels));
        Assert.Equal([0, 0, 0, 0, 14, 0, 0, 0, 26, 0, 0, 0], pixels.Fragments![0].ToMemory().ToArray());
        var parts = EncapsulatedFrames.Of(pixels, frames.Length);
        Assert.Equal([0xFF, 0xD8, 1, 0xFF, 0xD9, 0], Assert.Single(parts[0]).ToMemory().ToArray()); // padded to an even length
        Assert.Equal(frames[2].ToArray(), Assert.Single(parts[2]).ToMemory().ToArray());

        var dump = await ExternalTool.RunAsync("dcmtk", "dcmdump", "-q", path);
        Assert.Equal(0, dump.ExitCode);
        Assert.Contains("(PixelSequence #=4)", dump.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void EncapsulatedFrames_FollowTheRulesOfRealFiles()
    {
        // Several fragments a frame without a table: nothing tells them apart, unless there is one frame.
        var pixels = Pixels("echo_cine/dicomParser__IM00001.fragmented_no_bot_jpeg_baseline.50.dcm");
        Assert.Throws<DicomFormatException>(() => EncapsulatedFrames.Of(pixels, 8));
        Assert.Single(EncapsulatedFrames.Of(pixels, 1));
        Assert.Equal(34, EncapsulatedFrames.Of(Pixels("echo_cine/go-dicom__I_000001.dcm"), 34).Count);
        Assert.All(EncapsulatedFrames.Of(Pixels("echo_cine/go-dicom__I_000031.dcm"), 64), frame => Assert.Equal([0xFF, 0xD8], frame[0].ToMemory().ToArray()[..2]));
        Assert.Throws<DicomFormatException>(() => EncapsulatedFrames.Of(Pixels("echo_cine_transcoded/IM00001.explicit_le.dcm"), 8));

        static DicomElement Pixels(string file) => DicomFile.Read(RealData.RequireFile(file)).Dataset.Single(element => element.Tag == DicomTags.PixelData);
    }

    [Fact]
    public void Read_LargeValues_StayInTheFileUntilAskedFor()
    {
        var source = DicomFile.Read(RealData.RequireFile("echo_cine_transcoded/IM00001.explicit_le.dcm"));
        var value = source.Dataset.GetValue(DicomTags.PixelData);
        Assert.False(value.IsInMemory);
        Assert.Equal(1843200, value.Length);
        Assert.Equal(new FileInfo(RealData.RequireFile("echo_cine_transcoded/IM00001.explicit_le.dcm")).Length, value.FileOffset + value.Length);

        // Written over itself: the bytes come from the file that is being replaced.
        var path = Path.Combine(_folder.Path, "copy.dcm");
        source.Write(path);
        DicomFile.Read(path).Write(path);
        Assert.True(value.ToMemory().Span.SequenceEqual(DicomFile.Read(path).Dataset.GetBytes(DicomTags.PixelData).Span));
    }

    [Fact]
    public void Read_Header_DoesNotTouchThePixels()
    {
        var path = Path.Combine(_folder.Path, "cut.dcm");
        var whole = File.ReadAllBytes(RealData.RequireFile("echo_cine/go-dicom__I_000031.dcm"));
        var pixels = whole.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xE0, 0x7F, 0x10, 0x00, (byte)'O']);
        File.WriteAllBytes(path, whole[..(pixels + 12)]); // ends right behind the header of PixelData
        var header = DicomFile.Read(path, DicomReadOptions.Header);
        Assert.True(header.HasPixelData);
        Assert.Equal(64, header.Dataset.GetInt32(DicomTags.NumberOfFrames));
        Assert.False(header.Dataset.Contains(DicomTags.PixelData));
    }

    [Fact]
    public void Read_WithoutPreambleOrMeta_FindsTheSyntax()
    {
        var element = Bytes.Text(0x0008, 0x0060, "CS", "US");
        Assert.Equal("US", DicomFile.Read(Save(element)).Dataset.GetString(DicomTags.Modality));
        var implicitFile = DicomFile.Read(Save(Bytes.Implicit(0x0008, 0x0060, "US"u8.ToArray())));
        Assert.Equal(TransferSyntax.ImplicitVRLittleEndian, implicitFile.TransferSyntax);
        Assert.Equal("US", implicitFile.Dataset.GetString(DicomTags.Modality));
        var big = DicomFile.Read(Save([0x00, 0x08, 0x00, 0x60, (byte)'C', (byte)'S', 0x00, 0x02, (byte)'U', (byte)'S', 0x00, 0x28, 0x00, 0x10, (byte)'U', (byte)'S', 0x00, 0x02, 0x01, 0x90]));
        Assert.Equal(TransferSyntax.ExplicitVRBigEndian, big.TransferSyntax);
        Assert.Equal(400, big.Dataset.GetInt32(DicomTags.Rows));
    }

    [Fact]
    public void EncodeCommand_PutsTheGroupLengthFirst()
    {
        var command = new DicomDataset().Set(DicomTags.CommandField, 0x0030).Set(DicomTags.AffectedSOPClassUID, SopClasses.Verification).Set(DicomTags.MessageID, 1);
        var bytes = DicomDatasetWriter.EncodeCommand(command);
        Assert.Equal([0, 0, 0, 0, 4, 0, 0, 0], bytes[..8]);
        Assert.Equal(bytes.Length - 12, BitConverter.ToInt32(bytes, 8));
        Assert.Equal(0x0030, DicomDatasetReader.Read(bytes, TransferSyntax.ImplicitVRLittleEndian).GetInt32(DicomTags.CommandField));
    }

    [Fact]
    public void Write_ValueTooLongForAShortVr_BecomesUn()
    {
        var numbers = Enumerable.Range(0, 20_000).Select(number => (double)number).ToArray(); // "0\1\2…": 109 KB, more than 16 bits can say
        var path = Path.Combine(_folder.Path, "vector.dcm");
        new DicomFile(Report().Dataset.Clone().Set(DicomTags.FrameTimeVector, numbers), TransferSyntax.ExplicitVRLittleEndian).Write(path);
        Assert.Equal(numbers, DicomFile.Read(path).Dataset.GetDoubles(DicomTags.FrameTimeVector));
    }

    private static DicomFile Report() => new(new DicomDataset()
        .Set(DicomTags.SOPClassUID, SopClasses.EnhancedSRStorage)
        .Set(DicomTags.SOPInstanceUID, "1.2.3")
        .Set(DicomTags.Modality, "SR")
        .SetSequence(DicomTags.ConceptNameCodeSequence, new DicomDataset().Set(DicomTags.CodeValue, "126000").Set(DicomTags.CodeMeaning, "Imaging Measurement Report")),
        TransferSyntax.ExplicitVRLittleEndian);

    private string Save(byte[] bytes)
    {
        var path = Path.Combine(_folder.Path, $"{bytes.Length}.dcm");
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
