using EchoClr.VideoModels.Clips;

namespace EchoClr.VideoModels.Tests.Clips;

public sealed class CineReadingTests
{
    [Fact]
    public void Of_NoiseInASector_IsBModeWithThatSector()
    {
        var reading = DrawnCine.Read(DrawnCine.Rgb(12));
        Assert.Equal(CineContent.BMode, reading.Content);
        Assert.Null(reading.Reason);
        Assert.InRange(DrawnCine.Overlap(reading.Sector!), 0.95, 1);
    }

    [Fact]
    public void Of_GreyFrames_AreReadAsRgbOnesAre()
    {
        var rgb = DrawnCine.Rgb(12);
        var grey = new FramePixels(12, rgb.Height, rgb.Width, 1, rgb.Pixels.ToArray().Where((_, i) => i % 3 == 0).ToArray());
        var (a, b) = (DrawnCine.Read(rgb), DrawnCine.Read(grey));
        Assert.Equal(a.Cine.Pixels, b.Cine.Pixels);
        Assert.Equal(a.Sector!.Area, b.Sector!.Area);
    }

    [Fact]
    public void Of_TextMarksBlankFirstFrameAndSweepingEcg_DoNotReachTheMask()
    {
        var reading = DrawnCine.Read(DrawnCine.Rgb(24, (t, x, y, below) =>
            x is > 5 and < 40 && y is > 5 and < 15 && (x + y) % 3 == 0 ? ((byte)255, (byte)255, (byte)255)             // text
            : y is > 100 and < 118 && x / 6 == t ? ((byte)210, (byte)210, (byte)210)                                     // a grey bar that sweeps over the sector's foot
            : t == 0 ? ((byte)0, (byte)0, (byte)0) : below));                                                            // a blank first frame
        Assert.Equal(CineContent.BMode, reading.Content);
        Assert.InRange(DrawnCine.Overlap(reading.Sector!), 0.95, 1);
        Assert.False(reading.Sector!.Contains(20, 10));
        Assert.False(reading.Sector.Contains(3, 110));
    }

    [Fact]
    public void Of_GreenTraceOverTheSector_IsBlackenedThere()
    {
        var reading = DrawnCine.Read(DrawnCine.Rgb(12, (t, x, y, below) => y == 90 && x < 10 + 12 * t ? ((byte)40, (byte)230, (byte)40) : below));
        Assert.Equal(CineContent.BMode, reading.Content);
        Assert.Equal(0, reading.Cine.Frame(11)[90 * DrawnCine.Width + 60]);
        Assert.Equal(0, reading.Cine.Frame(11)[91 * DrawnCine.Width + 60]); // the fringe
    }

    [Fact]
    public void Of_FlowInABox_IsColourDoppler()
    {
        var reading = DrawnCine.Read(DrawnCine.Rgb(12, (t, x, y, below) =>
            DrawnCine.InSector(x, y) && x is > 70 and < 95 && y is > 40 and < 70 && (x / 6 + t) % 3 == 0 ? ((byte)(t % 2 * 220), (byte)10, (byte)(220 - t % 2 * 220)) : below));
        Assert.Equal(CineContent.ColourDoppler, reading.Content);
        Assert.Equal("colour Doppler", reading.Reason);
        Assert.InRange(reading.FlowShare, 0.02, 0.1);
    }

    [Fact]
    public void Of_ColourBarBesideTheSector_IsNoFlow()
    {
        var reading = DrawnCine.Read(DrawnCine.Rgb(12, (_, x, y, below) => x > 150 && y < 60 ? ((byte)(4 * y), (byte)0, (byte)(240 - 4 * y)) : below));
        Assert.Equal(CineContent.BMode, reading.Content);
        Assert.Equal(0, reading.FlowShare);
    }

    [Theory]
    [InlineData(1.0, 0.75, 0.3)]  // sepia
    [InlineData(0.5, 0.6, 1.0)]   // blue
    public void Of_TintedGreyMap_IsBMode(double r, double g, double b)
    {
        var reading = DrawnCine.Read(DrawnCine.Rgb(12, (_, _, _, below) => ((byte)(r * below.R), (byte)(g * below.G), (byte)(b * below.B))));
        Assert.Equal(CineContent.BMode, reading.Content);
        Assert.True(reading.Cine.Pixels.AsSpan().ContainsAnyExceptInRange((byte)0, (byte)100)); // the picture is still there
    }

    [Fact]
    public void Of_FramesAllAlike_IsStill() => Assert.Equal(CineContent.Still, DrawnCine.Read(DrawnCine.Rgb(12, (_, x, y, _) => ((byte)x, (byte)x, (byte)y), sector: false)).Content);

    [Fact]
    public void Of_OneFrame_IsStill() => Assert.Equal(CineContent.Still, DrawnCine.Read(DrawnCine.Rgb(1)).Content);

    [Fact]
    public void Of_TraceWrittenColumnByColumn_IsTrace()
    {
        var reading = DrawnCine.Read(DrawnCine.Rgb(30, (t, x, y, _) => x / 5 <= t ? Noise(x, y) : ((byte)0, (byte)0, (byte)0), sector: false));
        Assert.Equal(CineContent.Trace, reading.Content);
    }

    [Fact]
    public void Of_TraceThatScrolls_IsTrace() =>
        Assert.Equal(CineContent.Trace, DrawnCine.Read(DrawnCine.Rgb(30, (t, x, y, _) => y > 30 ? Noise(x + 5 * t, y) : ((byte)0, (byte)0, (byte)0), sector: false)).Content);

    [Fact]
    public void Of_OnlyAClockTicks_HasNoSector() =>
        Assert.Equal(CineContent.NoSector, DrawnCine.Read(DrawnCine.Rgb(12, (t, x, y, _) => x is > 10 and < 26 && y is > 10 and < 22 ? Noise(x + 31 * t, y) : ((byte)9, (byte)9, (byte)9), sector: false)).Content);

    [Theory]
    [InlineData(7, 40.0)]
    [InlineData(12, 20.0)]
    public void Of_TooFewFramesOrTooLittleTime_IsTooShort(int frames, double intervalMs)
    {
        var reading = DrawnCine.Read(DrawnCine.Rgb(frames), intervalMs);
        Assert.Equal(CineContent.TooShort, reading.Content);
        Assert.False(reading.CanBeAnalyzed);
    }

    [Fact]
    public void Of_RegionAroundTheSector_TrimsIt_AndARegionThatLiesIsIgnored()
    {
        var pixels = DrawnCine.Rgb(12);
        var plain = DrawnCine.Read(pixels).Sector!.Area;
        Assert.InRange(DrawnCine.Read(pixels, region: new PixelRectangle(0, 0, DrawnCine.Width, 105)).Sector!.Area, plain / 2, plain - 1);
        Assert.Equal(plain, DrawnCine.Read(pixels, region: new PixelRectangle(0, 0, 9999, 9999)).Sector!.Area);   // beyond the image: clamped
        Assert.Equal(plain, DrawnCine.Read(pixels, region: new PixelRectangle(0, 0, 30, 30)).Sector!.Area);       // not where the picture is
        Assert.Equal(plain, DrawnCine.Read(pixels, region: new PixelRectangle(500, 500, 600, 600)).Sector!.Area); // outside it
    }

    private static (byte R, byte G, byte B) Noise(int x, int y)
    {
        var grey = (byte)(20 + ((uint)(x * 73856093 ^ y * 19349663) * 2654435761 >> 24) % 200);
        return (grey, grey, grey);
    }
}
