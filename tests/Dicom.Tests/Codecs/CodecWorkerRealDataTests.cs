using System.Diagnostics;
using System.Globalization;
using System.Text;
using EchoClr.Dicom.Codecs;
using EchoClr.Testing;

namespace EchoClr.Dicom.Tests.Codecs;

/// <summary>What the worker makes of the real files: MANIFEST.csv says what is in them.</summary>
[Collection("codec worker")]
public sealed class CodecWorkerRealDataTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("echo_cine", 20)]
    [InlineData("echo_cine_transcoded", 16)]
    [InlineData("echo_still", 3)]
    [InlineData("us_nonecho", 7)]
    public async Task DecodeAsync_WellFormedFiles_HaveTheStatedCountAndSize(string category, int files)
    {
        var rows = Manifest().Where(r => r["category"] == category).ToList();
        Assert.Equal(files, rows.Count);
        await using var decoder = CodecWorker.Start();
        foreach (var row in rows)
        {
            using var frames = await decoder.DecodeAsync(RealData.RequireFile(row["file"]), Cancel);

            Assert.True(
                (Number(row["frames"]), Number(row["rows"]), Number(row["columns"])) == (frames.Frames, frames.Rows, frames.Columns),
                $"{row["file"]}: {frames.Frames} frames of {frames.Rows} x {frames.Columns}");
            Assert.Equal(3, frames.SamplesPerPixel);
            Assert.Empty(frames.Warnings);
            Assert.Equal(Enumerable.Range(0, frames.Frames), frames.SourceFrames);
            Assert.True(Enumerable.Range(0, frames.Frames).All(i => frames.Frame(i).ContainsAnyExcept((byte)0)), $"{row["file"]}: a black frame");
        }
    }

    [Fact]
    public async Task DecodeAsync_LosslessTranscodes_GiveIdenticalBytes()
    {
        await using var decoder = CodecWorker.Start();
        using var original = await decoder.DecodeAsync(RealData.RequireFile("echo_cine_transcoded/IM00001.explicit_le.dcm"), Cancel);
        string[] lossless = ["deflated", "explicit_be", "j2k_lossless", "jpeg_lossless_sv1", "jpegls_lossless", "rle"];
        foreach (var file in lossless.Select(n => $"echo_cine_transcoded/IM00001.{n}.dcm").Append("echo_cine/dicomParser__IM00001.implicit_little_endian.dcm"))
        {
            using var frames = await decoder.DecodeAsync(RealData.RequireFile(file), Cancel);
            Assert.True(original.Pixels.Span.SequenceEqual(frames.Pixels.Span), file);
        }
    }

    [Theory]
    [InlineData("IM00001.j2k_lossy.dcm", 10)]
    [InlineData("IM00001.jpeg_baseline_ybr422.dcm", 6)]
    [InlineData("IM00001.jpeg_extended.dcm", 6)]
    [InlineData("IM00001.jpegls_near.dcm", 3)]
    [InlineData("IM00001.explicit_le_ybr_full_422.dcm", 3)]
    public async Task DecodeAsync_LossyTranscodes_AreCloseToTheOriginal(string file, double most)
    {
        await using var decoder = CodecWorker.Start();
        using var original = await decoder.DecodeAsync(RealData.RequireFile("echo_cine_transcoded/IM00001.explicit_le.dcm"), Cancel);
        using var frames = await decoder.DecodeAsync(RealData.RequireFile("echo_cine_transcoded/" + file), Cancel);
        Assert.InRange(MeanDifference(original, frames), 0.01, most);
    }

    /// <summary>One cine of each make, and the traps of colour: DCMTK (libjpeg from IJG, its own colour conversion) must see the same pixels.</summary>
    [Theory]
    [InlineData("echo_cine/go-dicom__I_000005.dcm", 0)]
    [InlineData("echo_cine/go-dicom__I_000013.dcm", 0)]
    [InlineData("echo_cine/go-dicom__I_000031.dcm", 0)]
    [InlineData("echo_cine/octave-dicom__US-PAL-8-10x-echo.dcm", 0)]
    [InlineData("echo_cine/pydicom__examples_ybr_color.dcm", 0)]
    [InlineData("echo_cine_transcoded/vivid_e95_a3c_colour.jpeg_baseline.dcm", 0)]
    [InlineData("us_nonecho/dcm4che__US-RGB-8-epicard", 0)] // big endian, planar
    [InlineData("us_nonecho/dcm4che__YBR_FULL-RLE.dcm", 2)] // DCMTK cuts where IJG rounds
    [InlineData("us_nonecho/dcm4che__YBR_422.dcm", 2)]
    public async Task DecodeAsync_Dcmtk_SeesTheSamePixels(string file, int most)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/dcmj2pnm"), "no dcmtk here to compare with");
        await using var decoder = CodecWorker.Start();
        using var frames = await decoder.DecodeAsync(RealData.RequireFile(file), Cancel);
        var folder = Directory.CreateTempSubdirectory("echoclr-dcmtk-");
        try
        {
            using var dcmtk = Process.Start("/usr/bin/dcmj2pnm", ["--all-frames", "--write-raw-pnm", RealData.RequireFile(file), Path.Combine(folder.FullName, "frame")]);
            await dcmtk.WaitForExitAsync(Cancel);
            var pictures = folder.GetFiles().OrderBy(f => f.Name.Length).ThenBy(f => f.Name, StringComparer.Ordinal).ToList();
            Assert.Equal(frames.Frames, pictures.Count);
            for (var i = 0; i < frames.Frames; i++)
            {
                var header = Encoding.ASCII.GetBytes($"P6\n{frames.Columns} {frames.Rows}\n255\n");
                var picture = await File.ReadAllBytesAsync(pictures[i].FullName, Cancel);
                Assert.Equal(header, picture[..header.Length]);
                Assert.InRange(LargestDifference(picture.AsSpan(header.Length), frames.Frame(i)), 0, most);
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("sonosite_a4c.mpeg2.dcm")]
    [InlineData("sonosite_a4c.mpeg4_h264.dcm")]
    public async Task DecodeAsync_Video_IsCloseToItsSource(string file)
    {
        await using var decoder = CodecWorker.Start();
        using var original = await decoder.DecodeAsync(RealData.RequireFile("echo_cine/pydicom__examples_ybr_color.dcm"), Cancel);
        using var frames = await decoder.DecodeAsync(RealData.RequireFile("echo_cine_transcoded/" + file), Cancel);
        Assert.InRange(MeanDifference(original, frames), 0.01, 6);
    }

    [Theory]
    [InlineData("frames_overstated.dcm", 4, "NumberOfFrames says 40, the file holds 4")]
    [InlineData("frames_understated.dcm", 4, "NumberOfFrames says 2, the file holds 4")]
    [InlineData("rows_wrong.dcm", 4, "Rows and Columns say 860 x 480, the frames are 430 x 480")]
    [InlineData("photometric_rgb_but_ybr.dcm", 4, "PhotometricInterpretation says RGB, the JPEG frames are YCbCr")]
    [InlineData("no_preamble.dcm", 4, "no DICM preamble")]
    [InlineData("no_sequence_delimiter.dcm", 4, "the pixel data have no sequence delimiter")]
    [InlineData("wrong_transfer_syntax.dcm", 4, "the transfer syntax says uncompressed, the pixel data are encapsulated")]
    [InlineData("corrupt_frame.dcm", 3, "1 of 4 frames cannot be decoded; frame 3: Corrupt JPEG data: premature end of data segment")]
    [InlineData("truncated_mid_frame.dcm", 2, "1 of 3 frames cannot be decoded; frame 3: the file ends inside it")]
    [InlineData("bad_utf8_name.dcm", 4, null)]
    [InlineData("frame_time_zero.dcm", 4, null)]
    [InlineData("uid_path_traversal.dcm", 4, null)]
    public async Task DecodeAsync_DamagedEcho_GivesTheGoodFramesAndSaysWhatIsWrong(string file, int frameCount, string? warning)
    {
        await using var decoder = CodecWorker.Start();
        using var control = await decoder.DecodeAsync(RealData.RequireFile("echo_cine_transcoded/small_good.dcm"), Cancel);
        using var frames = await decoder.DecodeAsync(RealData.RequireFile("malformed_echo/" + file), Cancel);

        Assert.Equal(frameCount, frames.Frames);
        if (warning is null)
            Assert.Empty(frames.Warnings);
        else
            Assert.Contains(warning, frames.Warnings);
        for (var i = 0; i < frames.Frames; i++)
            Assert.True(control.Frame(frames.SourceFrames[i]).SequenceEqual(frames.Frame(i)), $"frame {i} is not the control's frame {frames.SourceFrames[i]}");
    }

    [Theory]
    [InlineData("malformed_echo/no_pixel_data.dcm", "no PixelData")]
    [InlineData("malformed_echo/unknown_transfer_syntax.dcm", "transfer syntax 1.2.3.4.5.6 has no decoder here")]
    [InlineData("unsupported_ts/DICOMHTJ2K__US1_JPH", "transfer syntax 1.2.840.10008.1.2.4.202 has no decoder here")]
    [InlineData("malformed/dcm4che__3gb-bulk-data-truncated", "the pixel data hold 98080 bytes, one frame of 32768 x 32768 takes 3221225472")]
    [InlineData("not_dicom/empty.dcm", "the file is empty")]
    [InlineData("not_dicom/text.dcm", "not a DICOM file")]
    public async Task DecodeAsync_NothingToDecode_SaysWhy(string file, string reason)
    {
        await using var decoder = CodecWorker.Start();
        var refusal = await Assert.ThrowsAsync<CodecException>(() => decoder.DecodeAsync(RealData.RequireFile(file), Cancel));
        Assert.Equal(reason, refusal.Message);
    }

    [Fact]
    public async Task DecodeAsync_EveryFileThereIs_EndsInFramesOrAReasonInOneProcess()
    {
        await using var decoder = CodecWorker.Start();
        var process = decoder.ProcessId;
        foreach (var row in Manifest())
        {
            try
            {
                using var frames = await decoder.DecodeAsync(RealData.RequireFile(row["file"]), Cancel);
                Assert.True(frames.Frames > 0, row["file"]);
            }
            catch (CodecException e)
            {
                Assert.False(string.IsNullOrWhiteSpace(e.Message) || e.Message.Contains("crash"), $"{row["file"]}: {e.Message}");
            }
        }
        Assert.Equal(process, decoder.ProcessId); // none of them needed a second process
    }

    private static int LargestDifference(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        Assert.Equal(a.Length, b.Length);
        var largest = 0;
        for (var i = 0; i < a.Length; i++)
            largest = Math.Max(largest, Math.Abs(a[i] - b[i]));
        return largest;
    }

    private static double MeanDifference(DecodedFrames a, DecodedFrames b)
    {
        Assert.Equal((a.Frames, a.Rows, a.Columns, a.SamplesPerPixel), (b.Frames, b.Rows, b.Columns, b.SamplesPerPixel));
        var x = a.Pixels.Span;
        var y = b.Pixels.Span;
        long sum = 0;
        for (var i = 0; i < x.Length; i++)
            sum += Math.Abs(x[i] - y[i]);
        return (double)sum / x.Length;
    }

    private static int Number(string cell) => int.Parse(cell, CultureInfo.InvariantCulture);

    private static IEnumerable<Dictionary<string, string>> Manifest()
    {
        var lines = File.ReadAllLines(RealData.RequireFile("MANIFEST.csv"));
        var header = lines[0].Split(',');
        return lines.Skip(1).Where(l => l.Length > 0).Select(l => header.Zip(Cells(l)).ToDictionary(p => p.First, p => p.Second));
    }

    // Quoted cells hold commas; none holds a quote.
    private static List<string> Cells(string line)
    {
        List<string> cells = [""];
        var quoted = false;
        foreach (var c in line)
        {
            if (c == '"')
                quoted = !quoted;
            else if (c == ',' && !quoted)
                cells.Add("");
            else
                cells[^1] += c;
        }
        return cells;
    }
}
