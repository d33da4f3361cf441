using System.Diagnostics;
using EchoClr.Dicom.Codecs;

namespace EchoClr.Dicom.Tests.Codecs;

public sealed class PngEncoderTests
{
    [Theory]
    [InlineData(1, "L")]
    [InlineData(3, "RGB")]
    public async Task Encode_AnotherDecoder_GivesThePixelsBack(int samplesPerPixel, string mode)
    {
        Assert.SkipUnless(Directory.Exists("/usr/lib/python3/dist-packages/PIL"), "no python3-pil here to decode with");
        var pixels = Enumerable.Range(0, 7 * 5 * samplesPerPixel).Select(i => (byte)(i * 37)).ToArray();
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllBytesAsync(file, PngEncoder.Encode(pixels, 7, 5, samplesPerPixel), TestContext.Current.CancellationToken);
            using var pillow = Process.Start(new ProcessStartInfo("/usr/bin/python3")
            {
                ArgumentList = { "-c", "import sys, PIL.Image; i = PIL.Image.open(sys.argv[1]); print(i.mode, i.size, i.tobytes().hex())", file },
                RedirectStandardOutput = true,
            })!;
            Assert.Equal($"{mode} (5, 7) {Convert.ToHexStringLower(pixels)}", (await pillow.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken)).Trim());
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void Encode_BufferOfAnotherSize_Throws() => Assert.Throws<ArgumentException>(() => PngEncoder.Encode(new byte[10], 3, 3, 1));
}
