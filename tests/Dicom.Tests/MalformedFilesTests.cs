using System.Diagnostics;
using EchoClr.Testing;
using Xunit;

namespace EchoClr.Dicom.Tests;

/// <summary>Damaged files end as a data set that can be read or as one sentence that says why not; never as another exception, never as a hang.</summary>
public class MalformedFilesTests
{
    [Theory]
    [InlineData("malformed/dcm4che__3gb-bulk-data-truncated", "claims 3221225472 bytes, but only 98080 are left")]
    [InlineData("malformed/dicom-test-files__no_meta.dcm", "not DICOM")]
    [InlineData("malformed/pydicom__MR_truncated.dcm", "claims 8192 bytes, but only 8130 are left")]
    [InlineData("malformed/pydicom__rtplan_truncated.dcm", "BeamSequence")]
    [InlineData("malformed_echo/truncated_mid_frame.dcm", "claims 26730 bytes")]
    [InlineData("not_dicom/empty.dcm", "empty")]
    [InlineData("not_dicom/text.dcm", "not DICOM")]
    [InlineData("video/EchoCardiographyTo3D__Anonymized_EchoCardiography06.mp4", "not DICOM")]
    [InlineData("MANIFEST.csv", "not DICOM")]
    public void Read_WhatCannotBeRead_SaysWhy(string file, string why)
    {
        var error = Assert.Throws<DicomFormatException>(() => DicomFile.Read(RealData.RequireFile(file)));
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [InlineData("malformed/dcm4che__3gb-bulk-data-truncated")]
    [InlineData("malformed/pydicom__MR_truncated.dcm")]
    [InlineData("malformed_echo/truncated_mid_frame.dcm")]
    public void ReadHeader_OfAFileCutInItsPixels_Works(string file)
    {
        var header = DicomFile.Read(RealData.RequireFile(file), DicomReadOptions.Header);
        Assert.True(header.HasPixelData);
        Assert.NotNull(header.Dataset.GetString(DicomTags.StudyInstanceUID));
    }

    [Fact]
    public void Read_EveryOtherMalformedFile_GivesADatasetThatTellsItsDefect()
    {
        Assert.Null(Read("malformed_echo/no_study_uid.dcm").GetString(DicomTags.StudyInstanceUID));
        Assert.False(DicomUid.IsValid(Read("malformed_echo/uid_path_traversal.dcm").GetString(DicomTags.StudyInstanceUID)));
        Assert.False(DicomUid.IsValid(Read("malformed_echo/uid_with_letters.dcm").GetString(DicomTags.StudyInstanceUID)));
        Assert.Null(Read("malformed_echo/no_patient.dcm").GetString(DicomTags.PatientID));
        Assert.Equal(0, Read("malformed_echo/frame_time_zero.dcm").GetDouble(DicomTags.FrameTime));
        Assert.Null(Read("malformed_echo/no_frame_time.dcm").GetDouble(DicomTags.FrameTime));
        Assert.Contains('\uFFFD', Read("malformed_echo/bad_utf8_name.dcm").GetString(DicomTags.PatientName)!);
        Assert.False(File("malformed_echo/no_pixel_data.dcm").HasPixelData);
        Assert.False(File("malformed_echo/unknown_transfer_syntax.dcm").TransferSyntax.IsKnown);
        Assert.False(File("malformed_echo/wrong_transfer_syntax.dcm").TransferSyntax.IsEncapsulated);
        Assert.Equal([0xFE, 0xFF, 0x00, 0xE0], Read("malformed_echo/wrong_transfer_syntax.dcm").GetBytes(DicomTags.PixelData).ToArray()[..4]); // items inside a length: native to us
        Assert.Equal(5, Fragments("malformed_echo/no_sequence_delimiter.dcm"));
        Assert.Equal(5, Fragments("malformed_echo/frames_overstated.dcm"));
        Assert.Equal(4, Read("malformed_echo/no_preamble.dcm").GetInt32(DicomTags.NumberOfFrames));
        var mismatch = File("malformed_echo/sop_uid_mismatch.dcm");
        Assert.NotEqual(mismatch.Meta.GetString(DicomTags.MediaStorageSOPInstanceUID), mismatch.Dataset.GetString(DicomTags.SOPInstanceUID));
        Assert.Null(Read("malformed/pydicom__badVR.dcm").GetInt32(DicomTags.NumberOfFrames)); // "1A"
        Assert.Equal(TransferSyntax.ImplicitVRLittleEndian, File("malformed/pydicom__meta_missing_tsyntax.dcm").TransferSyntax);
        Assert.Single(Read("malformed/pydicom__UN_sequence.dcm"));
    }

    [Fact]
    public void Read_HugeClaims_CostNoMemory()
    {
        var path = RealData.RequireFile("malformed/dcm4che__3gb-bulk-data-truncated");
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<DicomFormatException>(() => DicomFile.Read(path));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 << 20);
    }

    [Theory]
    [InlineData(20261120, 4)]
    public void Read_MutatedRealHeaders_OnlyEverThrowsFormatErrors(int seed, int seconds) => Fuzz(seed, TimeSpan.FromSeconds(seconds));

    [Theory, Trait("Suite", "long")]
    [InlineData(1, 60)]
    [InlineData(2, 60)]
    public void Read_MutatedRealHeaders_ForMinutes(int seed, int seconds) => Fuzz(seed, TimeSpan.FromSeconds(seconds));

    private static void Fuzz(int seed, TimeSpan time)
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "mutant.dcm");
        var seeds = Directory.EnumerateFiles(RealData.RequireRoot(), "*", SearchOption.AllDirectories).Order()
            .Select(file => System.IO.File.ReadAllBytes(file)).Select(bytes => bytes[..Math.Min(bytes.Length, 6000)]).Where(bytes => bytes.Length > 300).ToArray();
        var random = new Random(seed);
        var clock = Stopwatch.StartNew();
        var (read, refused) = (0, 0);
        while (clock.Elapsed < time)
        {
            var mutant = Mutate(random, seeds);
            var started = clock.Elapsed;
            var allocated = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                System.IO.File.WriteAllBytes(path, mutant);
                Use(DicomFile.Read(path, random.Next(2) == 0 ? DicomReadOptions.Default : DicomReadOptions.Header), path);
                read++;
            }
            catch (DicomFormatException)
            {
                refused++;
            }
            catch (Exception e)
            {
                Assert.Fail($"seed {seed}, input {read + refused}: {e}\n{Convert.ToBase64String(mutant)}");
            }
            Assert.True(clock.Elapsed - started < TimeSpan.FromSeconds(2), $"seed {seed}, input {read + refused}: {clock.Elapsed - started}");
            Assert.True(GC.GetAllocatedBytesForCurrentThread() - allocated < 80 << 20, $"seed {seed}, input {read + refused}: {(GC.GetAllocatedBytesForCurrentThread() - allocated) >> 20} MiB");
        }
        TestContext.Current.TestOutputHelper!.WriteLine($"{read} read, {refused} refused");
        Assert.True(read > 100 && refused > 100, $"{read} read, {refused} refused: the mutations are too tame or too wild");
    }

    // One to eight changes: bits, bytes, lengths made extreme, stretches cut out, doubled or taken from another file.
    private static byte[] Mutate(Random random, byte[][] seeds)
    {
        var bytes = seeds[random.Next(seeds.Length)].ToList();
        for (var changes = random.Next(1, 9); changes > 0 && bytes.Count > 300; changes--)
        {
            var at = random.Next(132, bytes.Count - 16);
            var length = random.Next(1, 64);
            switch (random.Next(7))
            {
                case 0: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 1: bytes[at] = (byte)random.Next(256); break;
                case 2: Put(bytes, at, [0xFF, 0xFF, 0xFF, 0xFF]); break;
                case 3: Put(bytes, at, BitConverter.GetBytes(random.Next())); break;
                case 4: bytes.RemoveRange(at, Math.Min(length, bytes.Count - at)); break;
                case 5: bytes.InsertRange(at, bytes.GetRange(at, Math.Min(length, bytes.Count - at))); break;
                default:
                    var other = seeds[random.Next(seeds.Length)];
                    bytes.InsertRange(at, other.AsSpan(random.Next(other.Length - 64), length));
                    break;
            }
        }
        return [.. bytes];
    }

    private static void Put(List<byte> bytes, int at, byte[] values)
    {
        for (var i = 0; i < values.Length; i++)
            bytes[at + i] = values[i];
    }

    // Everything that code does with a data set: values in every form, both texts, and writing.
    private static void Use(DicomFile file, string path)
    {
        foreach (var element in file.Dataset)
        {
            file.Dataset.GetString(element.Tag);
            file.Dataset.GetInt32(element.Tag);
            file.Dataset.GetDoubles(element.Tag);
        }
        DatasetText.Write(TextWriter.Null, file);
        StructuredReportText.Write(TextWriter.Null, file.Dataset);
        var encoded = DicomDatasetWriter.Encode(file.Dataset, TransferSyntax.JPEGBaseline8Bit);
        Assert.Equal(file.Dataset.Count(element => !element.Tag.IsGroupLength), DicomDatasetReader.Read(encoded, TransferSyntax.JPEGBaseline8Bit).Count);
    }

    private static DicomFile File(string file) => DicomFile.Read(RealData.RequireFile(file));

    private static DicomDataset Read(string file) => File(file).Dataset;

    private static int Fragments(string file) => Read(file).Single(element => element.Tag == DicomTags.PixelData).Fragments!.Count;
}
