using EchoClr.Dicom.Codecs;
using EchoClr.Testing;
using EchoClr.VideoModels.Clips;

namespace EchoClr.VideoModels.Tests.Clips;

/// <summary>
/// What the real files show, how they are timed, and how much of the picture is sector. The shares were checked by eye on the pictures that this test leaves
/// in artifacts/masks: the brightest of all frames, darker outside the mask, its edge in red.
/// </summary>
public sealed class RealCineTests
{
    [Theory]
    [InlineData("dicomParser__IM00001.fragmented_no_bot_jpeg_baseline.50.dcm", CineContent.ColourDoppler, TimingSource.FrameTimeVector, 0.310, 0.92)]
    [InlineData("dicomParser__IM00001.implicit_little_endian.dcm", CineContent.ColourDoppler, TimingSource.FrameTimeVector, 0.310, 0.92)]
    [InlineData("go-dicom__I_000001.dcm", CineContent.BMode, TimingSource.FrameTime, 0.990, 0.39)]
    [InlineData("go-dicom__I_000003.dcm", CineContent.ColourDoppler, TimingSource.FrameTime, 1.072, 0.37)]
    [InlineData("go-dicom__I_000005.dcm", CineContent.ColourDoppler, TimingSource.FrameTime, 1.000, 0.36)]
    [InlineData("go-dicom__I_000007.dcm", CineContent.BMode, TimingSource.FrameTimeVector, 0.360, 0.89)]
    [InlineData("go-dicom__I_000008.dcm", CineContent.BMode, TimingSource.FrameTimeVector, 0.360, 0.89)]
    [InlineData("go-dicom__I_000009.dcm", CineContent.BMode, TimingSource.FrameTimeVector, 0.360, 0.76)]
    [InlineData("go-dicom__I_000010.dcm", CineContent.BMode, TimingSource.FrameTimeVector, 0.360, 0.76)]
    [InlineData("go-dicom__I_000011.dcm", CineContent.BMode, TimingSource.FrameTimeVector, 0.360, 0.72)]
    [InlineData("go-dicom__I_000012.dcm", CineContent.BMode, TimingSource.FrameTimeVector, 0.360, 0.71)]
    [InlineData("go-dicom__I_000013.dcm", CineContent.BMode, TimingSource.FrameTimeVector, 0.387, 0.86)]
    [InlineData("go-dicom__I_000014.dcm", CineContent.BMode, TimingSource.FrameTimeVector, 0.387, 0.89)]
    [InlineData("go-dicom__I_000015.dcm", CineContent.BMode, TimingSource.FrameTimeVector, 0.360, 0.77)]
    [InlineData("go-dicom__I_000016.dcm", CineContent.BMode, TimingSource.FrameTimeVector, 0.367, 0.73)]
    [InlineData("go-dicom__I_000017.dcm", CineContent.BMode, TimingSource.FrameTimeVector, 0.387, 0.76)]
    [InlineData("go-dicom__I_000018.dcm", CineContent.BMode, TimingSource.FrameTimeVector, 0.367, 0.65)]
    [InlineData("go-dicom__I_000031.dcm", CineContent.BMode, TimingSource.FrameTime, 2.100, 0.29)]
    [InlineData("octave-dicom__US-PAL-8-10x-echo.dcm", CineContent.ColourDoppler, TimingSource.FrameTime, 0.684, 0.25)]
    [InlineData("pydicom__examples_ybr_color.dcm", CineContent.BMode, TimingSource.FrameTime, 0.967, 0.33)]
    public async Task Of_RealCine_SaysWhatItShows(string file, CineContent content, TimingSource source, double seconds, double sectorShare)
    {
        await using var decoder = CodecWorker.Start();
        var (reading, timing) = await RealCines.ReadAsync(decoder, "echo_cine/" + file);
        SaveOverlay(file, reading);

        Assert.Equal(content, reading.Content);
        Assert.Equal(source, timing.Source);
        Assert.Equal(seconds, timing.FrameTimes[^1].TotalSeconds, 0.001);
        Assert.Equal(sectorShare, (double)reading.Sector!.Area / (reading.Cine.Height * reading.Cine.Width), 0.015);
    }

    [Theory]
    [InlineData("echo_cine_transcoded/IM00001.j2k_lossy.dcm", CineContent.ColourDoppler)]
    [InlineData("echo_cine_transcoded/IM00001.jpeg_baseline_ybr422.dcm", CineContent.ColourDoppler)]
    [InlineData("echo_cine_transcoded/IM00001.explicit_le_ybr_full_422.dcm", CineContent.ColourDoppler)]
    [InlineData("echo_cine_transcoded/vivid_e95_a3c_colour.jpeg_baseline.dcm", CineContent.ColourDoppler)]
    [InlineData("echo_cine_transcoded/sonosite_a4c.mpeg2.dcm", CineContent.BMode)]
    [InlineData("echo_cine_transcoded/sonosite_a4c.mpeg4_h264.dcm", CineContent.BMode)]
    [InlineData("echo_cine_transcoded/small_good.dcm", CineContent.ColourDoppler)]
    [InlineData("malformed_echo/truncated_mid_frame.dcm", CineContent.ColourDoppler)]
    [InlineData("echo_still/dcm4che__US-RGB-8-esopecho", CineContent.Still)]
    [InlineData("echo_still/go-dicom__I_000034.dcm", CineContent.Still)]
    [InlineData("echo_still/orthanc-tests__Issue19.dcm", CineContent.Still)]
    public async Task Of_OtherEchoFile_SaysWhatItShows(string file, CineContent content)
    {
        await using var decoder = CodecWorker.Start();
        Assert.Equal(content, (await RealCines.ReadAsync(decoder, file)).Reading.Content);
    }

    [Fact]
    public async Task Of_ToshibaCine_LeavesTheEcgTraceOut()
    {
        await using var decoder = CodecWorker.Start();
        var (reading, _) = await RealCines.ReadAsync(decoder, "echo_cine/go-dicom__I_000031.dcm");
        // The green sweep runs along rows 455 to 535, beside the sector and over its lower edge.
        Assert.False(reading.Sector!.Contains(90, 500));
        Assert.False(reading.Sector.Contains(680, 500));
    }

    private static void SaveOverlay(string file, CineReading reading)
    {
        var cine = reading.Cine;
        var sector = reading.Sector!;
        var picture = new byte[cine.Height * cine.Width * 3];
        for (var y = 0; y < cine.Height; y++)
            for (var x = 0; x < cine.Width; x++)
            {
                var brightest = Enumerable.Range(0, cine.Frames).Max(t => cine.Frame(t)[y * cine.Width + x]);
                var rgb = picture.AsSpan(3 * (y * cine.Width + x), 3);
                rgb.Fill(sector.Contains(x, y) ? brightest : (byte)(brightest / 2));
                if (sector.Contains(x, y) && !(Inside(x - 1, y) && Inside(x + 1, y) && Inside(x, y - 1) && Inside(x, y + 1)))
                    (rgb[0], rgb[1], rgb[2]) = (255, 0, 0);
            }
        var folder = Directory.CreateDirectory(Path.Combine(RealData.RepositoryRoot, "artifacts", "masks"));
        File.WriteAllBytes(Path.Combine(folder.FullName, file + ".png"), PngEncoder.Encode(picture, cine.Height, cine.Width, 3));

        bool Inside(int x, int y) => x >= 0 && y >= 0 && x < cine.Width && y < cine.Height && sector.Contains(x, y);
    }
}
