using EchoClr.VideoModels.Clips;
using EchoClr.VideoModels.Prediction;

namespace EchoClr.VideoModels.Tests.Clips;

public sealed class ClipSamplerTests
{
    private static readonly TimeSpan forty = TimeSpan.FromMilliseconds(40);

    [Fact]
    public void Sample_UnevenTimes_TakesTheNearestFrames()
    {
        // Frames at 0, 20, 60, 80, 120 ms, each of its own grey; the grid of 40 ms asks for 0, 40, 80, 120.
        var clip = ClipSampler.Sample(Flat([0, 20, 60, 80, 120]), Whole(8, 8), 4, forty);

        Assert.Equal([0, 1, 3, 4], clip.SourceFrames); // 40 ms is as near to 20 as to 60: the earlier
        Assert.Equal([10, 20, 40, 50], Enumerable.Range(0, 4).Select(t => (int)clip.Frame(t)[5]));
    }

    [Fact]
    public void Sample_SlowCine_RepeatsFramesRatherThanBlending() =>
        Assert.Equal([0, 0, 1, 1, 2, 2], ClipSampler.Sample(Flat([0, 100, 200]), Whole(8, 8), 4, forty).SourceFrames);

    [Fact]
    public void Sample_Shrinking_IsTheMeanOfWhatIsCovered()
    {
        byte[] pixels = [.. Enumerable.Range(0, 36).Select(i => (byte)(7 * i))]; // 6 x 6, shrunk by 1.5
        var clip = ClipSampler.Sample(new Cine(1, 6, 6, pixels, [TimeSpan.Zero]), Whole(6, 6), 4, forty);

        // The top left: one whole pixel, halves of its neighbours, a quarter of the one across.
        var expected = (pixels[0] + 0.5 * pixels[1] + 0.5 * pixels[6] + 0.25 * pixels[7]) / 2.25;
        Assert.Equal(expected, clip.Frame(0)[0], 0.51);
        Assert.Equal(pixels.Average(b => b), clip.Pixels.Average(b => b), 0.5);
    }

    [Fact]
    public void Sample_SlowObviousReference_IsTheSame()
    {
        var random = new Random(3);
        var pixels = new byte[23 * 31];
        random.NextBytes(pixels);
        var cine = new Cine(1, 23, 31, pixels, [TimeSpan.Zero], PixelAspectRatio: 0.8);
        bool[] inside = [.. Enumerable.Range(0, 23 * 31).Select(p => p % 31 + p / 31 > 12)];
        var clip = ClipSampler.Sample(cine, new SectorMask(inside, 23, 31), 9, forty);

        const int Fine = 40; // samples a clip pixel and side
        for (var y = 0; y < 9; y++)
            for (var x = 0; x < 9; x++)
            {
                var sum = 0.0;
                for (var i = 0; i < Fine * Fine; i++)
                {
                    var (sx, sy) = clip.Transform.ToCine(x + (i % Fine + 0.5) / Fine, y + (i / Fine + 0.5) / Fine);
                    if (sx >= 0 && sy >= 0 && sx < 31 && sy < 23 && inside[(int)sy * 31 + (int)sx])
                        sum += pixels[(int)sy * 31 + (int)sx];
                }
                Assert.Equal(sum / (Fine * Fine), clip.Frame(0)[y * 9 + x], 4.0);
            }
    }

    [Fact]
    public void Sample_OutsideTheSector_IsExactlyZero()
    {
        var cine = new Cine(2, 20, 20, [.. Enumerable.Repeat((byte)200, 800)], [TimeSpan.Zero, forty]);
        bool[] inside = [.. Enumerable.Range(0, 400).Select(p => p % 20 is >= 5 and < 15 && p / 20 is >= 5 and < 10)];
        var clip = ClipSampler.Sample(cine, new SectorMask(inside, 20, 20), 10, forty);

        // 10 x 5 pixels in the middle of a square of 10 x 10.
        for (var t = 0; t < 2; t++)
            for (var p = 0; p < 100; p++)
            {
                var within = p / 10 is >= 2 and <= 7;
                Assert.True(within || clip.Frame(t)[p] == 0);
                Assert.Equal(p / 10 is > 2 and < 7, clip.Frame(t)[p] == 200);
                Assert.Equal(p / 10 is > 2 and < 7, clip.Mask[p]);
            }
    }

    [Fact]
    public void Sample_PixelsThatAreNotSquare_BecomeSquare()
    {
        // A circle of 20 cm stored with pixels half as high as wide: 20 columns, 40 rows.
        var inside = new bool[40 * 20];
        for (var p = 0; p < inside.Length; p++)
            inside[p] = Math.Pow((p % 20 + 0.5 - 10) / 10, 2) + Math.Pow((p / 20 + 0.5 - 20) / 20, 2) <= 1;
        var clip = ClipSampler.Sample(new Cine(1, 40, 20, new byte[800], [TimeSpan.Zero], PixelAspectRatio: 0.5), new SectorMask(inside, 40, 20), 30, forty);

        Assert.Equal(2, clip.Transform.ScaleY / clip.Transform.ScaleX, 1e-12);
        for (var p = 0; p < 900; p++)
        {
            var radius = Math.Sqrt(Math.Pow(p % 30 + 0.5 - 15, 2) + Math.Pow(p / 30 + 0.5 - 15, 2));
            Assert.True(Math.Abs(radius - 15) < 1.2 || clip.Mask[p] == radius < 15, $"({p % 30}, {p / 30})");
        }
    }

    [Fact]
    public void Transform_ThereAndBack_IsWhereItBegan()
    {
        var transform = new ClipTransform(-12.5, 30, 3.25, 2.5);
        var (x, y) = transform.ToCine(17, 80);
        Assert.Equal((42.75, 230), (x, y));
        Assert.Equal((17, 80), transform.ToClip(x, y));
    }

    [Fact]
    public void Sample_CineShorterThanAWindow_SaysThatItLoops()
    {
        var clip = ClipSampler.Sample(Flat([0, 40, 80]), Whole(8, 8), 4, forty);
        Assert.True(clip.Loops(16));
        Assert.False(clip.Loops(3));
        var window = ClipWindows.Cut(clip.Pixels, 4, 0, 5);
        Assert.Equal([10, 20, 30, 10, 20], Enumerable.Range(0, 5).Select(t => (int)window[16 * t]));
    }

    [Fact]
    public void Sample_MaskOfAnotherPicture_Throws() => Assert.Throws<ArgumentException>(() => ClipSampler.Sample(Flat([0, 40]), Whole(9, 9), 4, forty));

    // Frame t is grey 10 (t + 1) all over.
    private static Cine Flat(double[] milliseconds) => new(
        milliseconds.Length, 8, 8, [.. milliseconds.SelectMany((_, t) => Enumerable.Repeat((byte)(10 * (t + 1)), 64))], [.. milliseconds.Select(TimeSpan.FromMilliseconds)]);

    private static SectorMask Whole(int height, int width) => new([.. Enumerable.Repeat(true, height * width)], height, width);
}
