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

    private static DicomFile File(string file) => DicomFile.Read(RealData.RequireFile(file));

    private static DicomDataset Read(string file) => File(file).Dataset;

    private static int Fragments(string file) => Read(file).Single(element => element.Tag == DicomTags.PixelData).Fragments!.Count;
}
