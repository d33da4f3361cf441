using System.Diagnostics;
using EchoClr.Dicom.Codecs;

namespace EchoClr.Dicom.Tests.Codecs;

/// <summary>The judge of what we encode is Pillow, and the markers themselves.</summary>
public sealed class JpegEncoderTests
{
    [Fact]
    public void Encode_Rgb_IsBaselineYcbcr422()
    {
        var jpeg = JpegEncoder.Encode(Gradient(40, 61, 3), 40, 61, 3);

        var frame = StartOfFrame(jpeg);
        Assert.Equal(0xC0, frame.Marker); // SOF0: baseline, Huffman
        Assert.Equal((40, 61, 3), (frame.Rows, frame.Columns, frame.Components));
        Assert.Equal([0x21, 0x11, 0x11], frame.Sampling); // 4:2:2, as YBR_FULL_422 says
    }

    [Fact]
    public void Encode_Grey_HasOneComponent()
    {
        var frame = StartOfFrame(JpegEncoder.Encode(Gradient(16, 16, 1), 16, 16, 1));

        Assert.Equal(0xC0, frame.Marker);
        Assert.Equal((16, 16, 1), (frame.Rows, frame.Columns, frame.Components));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Encode_AnotherDecoder_GivesThePicturesBack(int samplesPerPixel)
    {
        var pixels = Gradient(48, 64, samplesPerPixel);

        var decoded = await DecodeWithPillowAsync(JpegEncoder.Encode(pixels, 48, 64, samplesPerPixel, 95));

        Assert.Equal(pixels.Length, decoded.Length);
        var meanError = pixels.Zip(decoded, (a, b) => Math.Abs(a - b)).Average();
        Assert.True(meanError < 2.5, $"mean error {meanError} grey levels");
    }

    [Fact]
    public void Encode_SamePixels_SameBytes() =>
        Assert.Equal(JpegEncoder.Encode(Gradient(33, 47, 3), 33, 47, 3), JpegEncoder.Encode(Gradient(33, 47, 3), 33, 47, 3));

    [Fact]
    public void Encode_LowerQuality_IsSmaller() =>
        Assert.True(JpegEncoder.Encode(Gradient(64, 64, 3), 64, 64, 3, 30).Length < JpegEncoder.Encode(Gradient(64, 64, 3), 64, 64, 3, 95).Length);

    [Theory]
    [InlineData(0, 8, 1, 90)]
    [InlineData(8, 70_000, 1, 90)]
    [InlineData(8, 8, 2, 90)]
    [InlineData(8, 8, 1, 0)]
    [InlineData(8, 9, 1, 90)] // the buffer is 8 x 8
    public void Encode_SizesThatDoNotFit_Throws(int rows, int columns, int samplesPerPixel, int quality) =>
        Assert.ThrowsAny<ArgumentException>(() => JpegEncoder.Encode(new byte[64], rows, columns, samplesPerPixel, quality));

    private static byte[] Gradient(int rows, int columns, int samples)
    {
        var pixels = new byte[rows * columns * samples];
        for (var i = 0; i < pixels.Length; i++)
        {
            var (row, column, sample) = (i / (columns * samples), i / samples % columns, i % samples);
            pixels[i] = (byte)(sample switch { 0 => 3 * row, 1 => 2 * column, _ => row + column });
        }
        return pixels;
    }

    private static (int Marker, int Rows, int Columns, int Components, int[] Sampling) StartOfFrame(byte[] jpeg)
    {
        var at = 2; // after SOI
        while (jpeg[at + 1] is not (>= 0xC0 and <= 0xC3))
            at += 2 + (jpeg[at + 2] << 8 | jpeg[at + 3]);
        var components = jpeg[at + 9];
        var sampling = Enumerable.Range(0, components).Select(i => (int)jpeg[at + 11 + 3 * i]).ToArray();
        return (jpeg[at + 1], jpeg[at + 5] << 8 | jpeg[at + 6], jpeg[at + 7] << 8 | jpeg[at + 8], components, sampling);
    }

    private static async Task<byte[]> DecodeWithPillowAsync(byte[] jpeg)
    {
        Assert.SkipUnless(Directory.Exists("/usr/lib/python3/dist-packages/PIL"), "no python3-pil here to decode with");
        using var pillow = Process.Start(new ProcessStartInfo("/usr/bin/python3")
        {
            ArgumentList = { "-c", "import sys, PIL.Image; sys.stdout.buffer.write(PIL.Image.open(sys.stdin.buffer).tobytes())" },
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        using var decoded = new MemoryStream();
        await pillow.StandardInput.BaseStream.WriteAsync(jpeg, TestContext.Current.CancellationToken);
        pillow.StandardInput.Close();
        await pillow.StandardOutput.BaseStream.CopyToAsync(decoded, TestContext.Current.CancellationToken);
        await pillow.WaitForExitAsync(TestContext.Current.CancellationToken);
        return decoded.ToArray();
    }
}
