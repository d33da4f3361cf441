using System.Diagnostics;
using EchoClr.Dicom.Codecs;
using EchoClr.Testing;
using static EchoClr.Dicom.Tests.Codecs.HandmadeFile;

namespace EchoClr.Dicom.Tests.Codecs;

/// <summary>The worker as a process: limits, death, and life after it. The files are put together byte by byte, so nothing of ours writes DICOM on the way.</summary>
[Collection("codec worker")] // one at a time: what this process has mapped is looked at
public sealed class CodecWorkerTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("echoclr-codec-");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task DecodeAsync_GreyFrames_GivesThemBack()
    {
        await using var decoder = CodecWorker.Start();
        using var frames = await decoder.DecodeAsync(Good(), Cancel);

        Assert.Equal((3, 4, 6, 1), (frames.Frames, frames.Rows, frames.Columns, frames.SamplesPerPixel));
        Assert.Equal(Enumerable.Range(0, 72).Select(i => (byte)i), frames.Pixels.ToArray());
        Assert.Equal(Enumerable.Range(24, 24).Select(i => (byte)i), frames.Frame(1).ToArray());
    }

    [Fact]
    public async Task DecodeAsync_SixteenBitsAndMonochrome1_AreScaledAndInverted()
    {
        byte[] words = [0x00, 0x00, 0xFF, 0x0F, 0x00, 0x08, 0x10, 0x00]; // 0, 4095, 2048, 16 of 12 bits
        var file = Write(Image(2, 2, 1, "1", words, allocated: 16, stored: 12, photometric: "MONOCHROME1"));
        await using var decoder = CodecWorker.Start();
        using var frames = await decoder.DecodeAsync(file, Cancel);
        Assert.Equal([255, 0, 127, 254], frames.Pixels.ToArray());
    }

    [Fact]
    public async Task DecodeAsync_PlanesOfYbrFull_BecomeInterleavedRgb()
    {
        // Two pixels: white, and the YCbCr of pure red in full-range BT.601.
        var file = Write(Image(1, 2, 3, "1", [255, 76, 128, 85, 128, 255], photometric: "YBR_FULL", planar: 1));
        await using var decoder = CodecWorker.Start();
        using var frames = await decoder.DecodeAsync(file, Cancel);
        Assert.Equal([255, 255, 255, 254, 0, 0], frames.Pixels.ToArray());
    }

    [Fact]
    public async Task DecodeAsync_OurOwnJpeg_GivesThePictureBackWithoutARemark()
    {
        var pixels = Enumerable.Range(0, 32 * 32 * 3).Select(i => (byte)(i / 96 * 4 + i % 3 * 20)).ToArray();
        var jpeg = JpegEncoder.Encode(pixels, 32, 32, 3, 95);
        var file = Write(Image(32, 32, 3, "1", Fragments(jpeg), photometric: "YBR_FULL_422", syntax: "1.2.840.10008.1.2.4.50", encapsulated: true));
        await using var decoder = CodecWorker.Start();
        using var frames = await decoder.DecodeAsync(file, Cancel);
        Assert.Empty(frames.Warnings);
        Assert.True(pixels.Zip(frames.Pixels.ToArray(), (a, b) => Math.Abs(a - b)).Max() <= 12);
    }

    /// <summary>Twelve frames of 96 x 64, encoded by FFmpeg: at column x, frame t, luma 30 + x + 2t of the limited range. Reordered frames (B), three containers, two fragments.</summary>
    [Theory]
    [InlineData("gradient.hevc.mp4", "1.2.840.10008.1.2.4.107")]
    [InlineData("gradient.h264.ts", "1.2.840.10008.1.2.4.102")]
    [InlineData("gradient.mpeg2.mpg", "1.2.840.10008.1.2.4.100")]
    public async Task DecodeAsync_VideoInItsContainer_GivesEveryFrameInOrder(string video, string syntax)
    {
        var stream = await File.ReadAllBytesAsync(Path.Combine(AppContext.BaseDirectory, "Codecs", "Video", video), Cancel);
        var half = stream.Length / 4 * 2;
        var file = Write(Image(64, 96, 3, "12", Fragments(stream[..half], stream[half..]), photometric: "YBR_PARTIAL_420", syntax: syntax, encapsulated: true));
        await using var decoder = CodecWorker.Start();
        using var frames = await decoder.DecodeAsync(file, Cancel);

        Assert.Equal((12, 64, 96, 3), (frames.Frames, frames.Rows, frames.Columns, frames.SamplesPerPixel));
        Assert.Empty(frames.Warnings);
        for (var t = 0; t < 12; t++)
            for (var x = 4; x < 92; x++)
                Assert.Equal((30 + x + 2 * t - 16) * 255 / 219.0, frames.Frame(t)[3 * (32 * 96 + x) + 1], 4.0);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("1000000000")]
    [InlineData("2147483648")]
    [InlineData("99999999999999999999999")]
    [InlineData("1A")]
    public async Task DecodeAsync_NumberOfFramesLies_TheFramesThatAreThereCount(string stated)
    {
        await using var decoder = CodecWorker.Start();
        using var frames = await decoder.DecodeAsync(Write(Image(4, 6, 1, stated, Pattern(72))), Cancel);
        Assert.Equal(3, frames.Frames);
        Assert.NotEmpty(frames.Warnings);
    }

    [Fact]
    public async Task DecodeAsync_HugeDimensionsInTheDataSet_AreRefusedBeforeMemoryIsTaken()
    {
        var reason = await ReasonAsync(Image(65535, 65535, 3, "1000000000", Pattern(100), photometric: "RGB"));
        Assert.Equal("the pixel data hold 100 bytes, one frame of 65535 x 65535 takes 12884508675", reason);
    }

    [Fact]
    public async Task DecodeAsync_HugeDimensionsInTheJpegHeader_AreRefusedBeforeMemoryIsTaken()
    {
        var jpeg = JpegEncoder.Encode(Pattern(64), 8, 8, 1);
        var header = jpeg.AsSpan().IndexOf(new byte[] { 0xFF, 0xC0 });
        jpeg.AsSpan(header + 5, 4).Fill(0xFF); // 65535 x 65535
        var reason = await ReasonAsync(
            Image(8, 8, 1, "1", Fragments(jpeg), syntax: "1.2.840.10008.1.2.4.50", encapsulated: true), new CodecOptions { MaxDecodedBytes = 1 << 20 });
        Assert.Equal("frame 1: 1 frames of 65535 x 65535 grey are more than the limit of 1048576 bytes", reason);
    }

    [Fact]
    public async Task DecodeAsync_DeflateBomb_IsRefusedAtTheLimit()
    {
        using var deflated = new MemoryStream();
        using (var deflate = new System.IO.Compression.DeflateStream(deflated, System.IO.Compression.CompressionLevel.Optimal, leaveOpen: true))
            deflate.Write(new byte[100 << 20]);
        var reason = await ReasonAsync([.. Meta("1.2.840.10008.1.2.1.99"), .. deflated.ToArray()], new CodecOptions { MaxDecodedBytes = 1 << 20 });
        Assert.Contains("grows past the limit", reason);
    }

    [Fact]
    public async Task DecodeAsync_MemoryRunsOutInTheWork_IsRefusedAndTheNextFileWorks()
    {
        // 128 MiB of pixels are allowed, and 312 MiB of memory; the inflated data set of 180 MiB is allowed too, but does not fit beside the program.
        var options = new CodecOptions { MaxDecodedBytes = 1L << 27, MaxAddressSpaceBytes = 312L << 20 };
        using var deflated = new MemoryStream();
        using (var deflate = new System.IO.Compression.DeflateStream(deflated, System.IO.Compression.CompressionLevel.Fastest, leaveOpen: true))
            deflate.Write(new byte[180 << 20]);
        var good = Good();
        await using var decoder = CodecWorker.Start(options);

        var bomb = Write([.. Meta("1.2.840.10008.1.2.1.99"), .. deflated.ToArray()]);
        Assert.Contains("memory limit", (await Assert.ThrowsAsync<CodecException>(() => decoder.DecodeAsync(bomb, Cancel))).Message);
        using var frames = await decoder.DecodeAsync(good, Cancel);
        Assert.Equal(3, frames.Frames);
    }

    [Fact]
    public async Task DecodeAsync_NestedTooDeep_IsRefused()
    {
        byte[] sequence = [0x08, 0x00, 0x40, 0x11, (byte)'S', (byte)'Q', 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFE, 0xFF, 0x00, 0xE0, 0xFF, 0xFF, 0xFF, 0xFF];
        var reason = await ReasonAsync([.. Meta("1.2.840.10008.1.2.1"), .. Enumerable.Repeat(sequence, 100_000).SelectMany(b => b)]);
        Assert.Contains("nested deeper than", reason);
    }

    [Fact]
    public async Task DecodeAsync_WorkerKilledBetweenFiles_NextCallWorks()
    {
        var good = Good();
        await using var decoder = CodecWorker.Start();
        var first = decoder.ProcessId!.Value;
        using (var victim = Process.GetProcessById(first))
        {
            victim.Kill();
            await victim.WaitForExitAsync(Cancel);
        }

        using var frames = await decoder.DecodeAsync(good, Cancel);
        Assert.Equal(3, frames.Frames);
        Assert.NotEqual(first, decoder.ProcessId);
    }

    [Fact]
    public async Task DecodeAsync_WorkerHangs_IsKilledAtTheTimeoutAndReplaced()
    {
        var good = Good();
        var time = new ManualTime();
        await using var decoder = CodecWorker.Start(time: time);
        var hung = decoder.ProcessId!.Value;
        await StopAsync(hung);

        var decoding = decoder.DecodeAsync(good, Cancel);
        time.Advance(TimeSpan.FromSeconds(89));
        await Task.Yield();
        Assert.False(decoding.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("decoding took more than 90 s", (await Assert.ThrowsAsync<CodecException>(() => decoding)).Message);
        Assert.False(Directory.Exists($"/proc/{hung}"));
        using var frames = await decoder.DecodeAsync(good, Cancel);
        Assert.Equal(3, frames.Frames);
    }

    [Theory]
    [InlineData("-KILL", "the decoder was killed")]
    [InlineData("-SEGV", "the decoder crashed (signal 11)")]
    [InlineData("-XCPU", "decoding took more than 60 s of processor time")]
    public async Task DecodeAsync_WorkerDiesAtWork_TheReasonIsItsSignal(string signal, string reason)
    {
        var good = Good();
        await using var decoder = CodecWorker.Start();
        await StopAsync(decoder.ProcessId!.Value); // so that the request is under way, for certain, when the signal comes
        var decoding = decoder.DecodeAsync(good, Cancel);
        var victim = decoder.ProcessId!.Value;
        Signal(signal, victim);
        if (signal != "-KILL") // which needs no waking
            Signal("-CONT", victim);

        Assert.Equal(reason, (await Assert.ThrowsAsync<CodecException>(() => decoding)).Message);
        using var frames = await decoder.DecodeAsync(good, Cancel);
        Assert.Equal(3, frames.Frames);
    }

    [Theory]
    [InlineData("-INT")]
    [InlineData("-TERM")]
    public async Task DecodeAsync_SignalForTheWholeProcessGroup_LosesNoCine(string signal)
    {
        var good = Good();
        await using var decoder = CodecWorker.Start();
        var worker = decoder.ProcessId!.Value;
        (await decoder.DecodeAsync(good, Cancel)).Dispose(); // its signal handlers are in place
        await StopAsync(worker);
        var decoding = decoder.DecodeAsync(good, Cancel);
        Signal(signal, worker);
        Signal("-CONT", worker);

        using var frames = await decoding;
        Assert.Equal(3, frames.Frames);
        Assert.Equal(worker, decoder.ProcessId);
    }

    [Fact]
    public async Task DecodeAsync_Cancelled_EndsTheWorkAndTheNextCallWorks()
    {
        var good = Good();
        await using var decoder = CodecWorker.Start();
        await StopAsync(decoder.ProcessId!.Value);
        using var cancellation = new CancellationTokenSource();
        var decoding = decoder.DecodeAsync(good, cancellation.Token);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => decoding);
        using var frames = await decoder.DecodeAsync(good, Cancel);
        Assert.Equal(3, frames.Frames);
    }

    [Fact]
    public async Task Frames_OutliveTheWorker_AndLeaveNothingBehind()
    {
        var before = Directory.GetFileSystemEntries("/dev/shm");
        var decoder = CodecWorker.Start();
        var process = decoder.ProcessId!.Value;
        using (var frames = await decoder.DecodeAsync(Good(), Cancel))
        {
            await decoder.DisposeAsync();
            Assert.False(Directory.Exists($"/proc/{process}"));
            Assert.Equal(71, frames.Pixels.Span[71]); // still mapped here
            Assert.Contains("decoded-frames", File.ReadAllText("/proc/self/maps"));
            frames.Dispose();
            Assert.Throws<ObjectDisposedException>(() => frames.Frame(0).Length);
        }
        Assert.DoesNotContain("decoded-frames", File.ReadAllText("/proc/self/maps"));
        Assert.DoesNotContain(Directory.GetFileSystemEntries("/dev/shm").Except(before), f => f.Contains("decoded"));
    }

    [Fact]
    public async Task DecodeAsync_MutatedFiles_EndInFramesOrAReason()
    {
        const int Mutants = 300;
        var jpeg = JpegEncoder.Encode(Pattern(32 * 32 * 3), 32, 32, 3);
        byte[][] seeds =
        [
            Image(4, 6, 1, "3", Pattern(72)),
            Image(32, 32, 3, "2", Fragments(jpeg, jpeg), photometric: "YBR_FULL_422", syntax: "1.2.840.10008.1.2.4.50", encapsulated: true),
            Image(2, 4, 1, "1", Fragments(Rle(Pattern(8))), syntax: "1.2.840.10008.1.2.5", encapsulated: true),
        ];
        var random = new Random(20240611);
        await using var decoder = CodecWorker.Start();
        var file = Path.Combine(folder.FullName, "mutant.dcm");
        var decoded = 0;
        for (var i = 0; i < Mutants; i++)
        {
            var bytes = (byte[])seeds[i % seeds.Length].Clone();
            for (var n = random.Next(1, 6); n > 0; n--)
                bytes[random.Next(132, bytes.Length)] = (byte)random.Next(256);
            await File.WriteAllBytesAsync(file, random.Next(10) == 0 ? bytes[..random.Next(1, bytes.Length)] : bytes, Cancel);
            try
            {
                using var frames = await decoder.DecodeAsync(file, Cancel);
                Assert.Equal((long)frames.Frames * frames.Rows * frames.Columns * frames.SamplesPerPixel, frames.Pixels.Length);
                decoded++;
            }
            catch (CodecException e)
            {
                Assert.False(e.Message.Contains("crash") || e.Message.Contains("took more"), $"mutant {i}: {e.Message}");
            }
        }
        Assert.InRange(decoded, Mutants / 10, Mutants - 1); // the mutants reach both sides
    }

    private string Good() => Write(Image(4, 6, 1, "3", Pattern(72)));

    private string Write(byte[] bytes)
    {
        var path = Path.Combine(folder.FullName, Guid.NewGuid() + ".dcm");
        File.WriteAllBytes(path, bytes);
        return path;
    }

    private async Task<string> ReasonAsync(byte[] bytes, CodecOptions? options = null)
    {
        await using var decoder = CodecWorker.Start(options);
        return (await Assert.ThrowsAsync<CodecException>(() => decoder.DecodeAsync(Write(bytes), Cancel))).Message;
    }

    /// <summary>Returns when the process has stopped: kill only asks for it.</summary>
    private static async Task StopAsync(int processId)
    {
        Signal("-STOP", processId);
        await Eventually.IsTrueAsync(() => File.ReadAllText($"/proc/{processId}/stat").Split(") ")[^1].StartsWith('T'), "the process has stopped");
    }

    private static void Signal(string signal, int processId)
    {
        using var kill = Process.Start("/bin/kill", [signal, $"{processId}"]);
        kill.WaitForExit();
        Assert.Equal(0, kill.ExitCode);
    }
}
