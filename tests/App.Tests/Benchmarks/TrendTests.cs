using EchoClr.App.Benchmarks.Soak;

namespace EchoClr.App.Tests.Benchmarks;

/// <summary>The soak's judge: a leak is told from noise, from peaks and from a saw.</summary>
public sealed class TrendTests
{
    [Theory]
    [InlineData(0.0, 0.0, false)]  // level, with noise
    [InlineData(0.0, 40.0, false)] // level, with peaks
    [InlineData(0.2, 0.0, true)]   // 12 of 500 a minute
    [InlineData(0.2, 40.0, true)]
    [InlineData(-0.2, 0.0, false)] // it shrinks
    public void Of_SlopePlusNoise_TellsALeak(double slope, double peaks, bool grows)
    {
        var random = new Random(3);
        var samples = Enumerable.Range(0, 72).Select(i => (15.0 * i, 500 + slope * 15 * i + 10 * random.NextDouble() + (i % 9 == 0 ? peaks : 0))).ToList();
        var trend = Trend.Of("memory", samples, median => 0.05 * median);
        Assert.Equal(!grows, trend.IsFlat);
        Assert.InRange(trend.Growth, slope * 1065 - 15, slope * 1065 + 15);
    }

    [Fact]
    public void Of_SawOfAGarbageCollector_IsFlat()
    {
        var samples = Enumerable.Range(0, 72).Select(i => (15.0 * i, 500.0 + 8 * (i % 12))).ToList();
        Assert.True(Trend.Of("memory", samples, median => 0.05 * median).IsFlat);
    }
}
