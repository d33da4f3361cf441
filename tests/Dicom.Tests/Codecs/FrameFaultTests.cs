using EchoClr.Dicom.Codecs;
using static EchoClr.Dicom.Tests.Codecs.HandmadeFile;

namespace EchoClr.Dicom.Tests.Codecs;

/// <summary>Item 14 of the list of bad inputs, one row each: what is wrong about frames and pixels ends in frames that can be shown or in a reason, in the same worker, which decodes the next file.</summary>
[Collection("codec worker")]
public sealed class FrameFaultTests : IDisposable
{
    private const string Jpeg = "1.2.840.10008.1.2.4.50", Rle1 = "1.2.840.10008.1.2.5";

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("echoclr-frames-");

    public void Dispose() => folder.Delete(recursive: true);

    /// <summary>What is wrong, the file, and how many frames come of it: those that are there, whatever is said of them; 0 where there must be a reason instead.</summary>
    private static readonly (string Name, byte[] File, int Frames)[] Faults =
    [
        .. new[] { "0", "-1", "1e9", "2147483648", "99999999999999999999", "x", "1\\2" }.Select(frames => ($"Number of Frames '{frames}'", Image(4, 6, 1, frames, Pattern(72)), 3)),
        ("Number of Frames above what is there", Image(4, 6, 1, "9", Pattern(72)), 3),
        ("Number of Frames below what is there", Image(4, 6, 1, "2", Pattern(72)), 3),
        ("no pixels", Image(4, 6, 1, "1", []), 0),
        ("less than a frame", Image(4, 6, 1, "1", Pattern(10)), 0),
        ("Rows 0", Image(0, 6, 1, "1", Pattern(72)), 0),
        ("Rows × Columns × frames beyond 32 bits", Image(65535, 65535, 3, "2147483647", Pattern(72)), 0),
        ("Bits Allocated 1", Image(8, 8, 1, "1", Pattern(8), allocated: 1), 0),
        ("Bits Allocated 12", Image(4, 6, 1, "1", Pattern(72), allocated: 12), 0),
        ("Bits Allocated 32", Image(4, 6, 1, "1", Pattern(96), allocated: 32), 0),
        ("Bits Allocated 64", Image(4, 6, 1, "1", Pattern(192), allocated: 64), 0),
        ("Bits Stored above Bits Allocated", Image(4, 6, 1, "1", Pattern(24), allocated: 8, stored: 12), 0),
        ("Bits Stored 0", Image(4, 6, 1, "1", Pattern(24), stored: 0), 0),
        ("Samples per Pixel 4", Image(4, 6, 4, "1", Pattern(96), photometric: "CMYK"), 0),
        ("Samples per Pixel 0", Image(4, 6, 0, "1", Pattern(24)), 0),
        ("RGB with one sample", Image(4, 6, 1, "1", Pattern(24), photometric: "RGB"), 1),
        ("MONOCHROME2 with three samples", Image(4, 6, 3, "1", Pattern(72)), 0),
        ("an unknown Photometric Interpretation", Image(4, 6, 1, "1", Pattern(24), photometric: "NONE"), 1),
        ("PALETTE COLOR without a palette", Image(4, 6, 1, "1", Pattern(24), photometric: "PALETTE COLOR"), 0),
        ("planar configuration 7", Image(4, 6, 3, "1", Pattern(72), photometric: "RGB", planar: 7), 1),
        ("JPEG in the meta information, raw in the data", Image(4, 6, 1, "3", Pattern(72), syntax: Jpeg), 3),
        ("raw in the meta information, fragments in the data", Image(4, 6, 1, "1", Fragments(Pattern(24)), encapsulated: true), 0),
        ("RLE that is none", Image(2, 4, 1, "1", Fragments(Pattern(80)), syntax: Rle1, encapsulated: true), 0),
        ("RLE that stops early", Image(2, 4, 1, "1", Fragments(Rle(Pattern(4))), syntax: Rle1, encapsulated: true), 0),
        ("RLE whose segments begin beyond its end", Image(2, 4, 1, "1", Fragments([1, 0, 0, 0, 0xFF, 0xFF, 0, 0, .. new byte[56], 7, .. Pattern(8)]), syntax: Rle1, encapsulated: true), 0),
        ("JPEG that is none", Image(32, 32, 3, "1", Fragments(Pattern(500)), photometric: "YBR_FULL_422", syntax: Jpeg, encapsulated: true), 0),
        ("JPEG of another size than stated", Image(16, 16, 3, "1", Fragments(JpegEncoder.Encode(Pattern(32 * 32 * 3), 32, 32, 3)), photometric: "YBR_FULL_422", syntax: Jpeg, encapsulated: true), 1),
        ("a fragment of 4 GB", [.. Image(4, 6, 1, "1", [], syntax: Jpeg, encapsulated: true), .. Item([]), 0xFE, 0xFF, 0x00, 0xE0, 0xFE, 0xFF, 0xFF, 0xFF, 1, 2], 0),
        ("a Basic Offset Table that points beyond the end", Image(2, 4, 1, "1", [.. Item([0xFF, 0xFF, 0xFF, 0x7F]), .. Item(Rle(Pattern(8))), 0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0], syntax: Rle1, encapsulated: true), 1),
        ("Frame Time 0", WithFrameTime("0"), 1),
        ("Frame Time NaN", WithFrameTime("NaN"), 1),
        ("Frame Time negative", WithFrameTime("-33"), 1),
    ];

    [Fact]
    public async Task Decode_EveryFault_EndsInFramesOrAReason_InOneWorker()
    {
        var cancel = TestContext.Current.CancellationToken;
        await using var worker = CodecWorker.Start();
        var good = Write(Image(4, 6, 1, "3", Pattern(72)));
        var outcomes = new List<string>();
        var wrong = new List<string>();
        foreach (var (name, file, expected) in Faults)
        {
            try
            {
                using var frames = await worker.DecodeAsync(Write(file), cancel);
                outcomes.Add($"{name}: {frames.Frames} frames of {frames.Rows} × {frames.Columns} × {frames.SamplesPerPixel}");
                if ((long)frames.Frames * frames.Rows * frames.Columns * frames.SamplesPerPixel != frames.Pixels.Length || frames.Frames != expected)
                    wrong.Add(outcomes[^1]);
            }
            catch (CodecException e)
            {
                outcomes.Add($"{name}: {e.Message}");
                if (expected > 0 || e.Message.Contains("crash", StringComparison.Ordinal) || e.Message.Contains("took more", StringComparison.Ordinal))
                    wrong.Add(outcomes[^1]);
            }
            using var after = await worker.DecodeAsync(good, cancel);
            Assert.Equal(3, after.Frames);
        }
        outcomes.ForEach(TestContext.Current.TestOutputHelper!.WriteLine);
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    private static byte[] WithFrameTime(string time)
    {
        var image = Image(4, 6, 1, "1", Pattern(24));
        var meta = Meta("1.2.840.10008.1.2.1").Length;
        return [.. image[..meta], .. Element(0x0018, 0x1063, "DS", Text(time, ' ')), .. image[meta..]];
    }

    private string Write(byte[] bytes)
    {
        var path = Path.Combine(folder.FullName, Guid.NewGuid() + ".dcm");
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
