using EchoClr.VideoModels.Clips;

namespace EchoClr.VideoModels.Tests.Clips;

public sealed class CineTimingTests
{
    [Fact]
    public void FromHeader_FrameTimeVector_IsCumulatedAndItsFirstValueIgnored()
    {
        var timing = CineTiming.FromHeader(4, frameTime: null, [20, 40, 20, 20], null, null);

        Assert.Equal(TimingSource.FrameTimeVector, timing.Source);
        Assert.Equal([0, 40, 60, 80], timing.FrameTimes.Select(t => t.TotalMilliseconds));
        Assert.Equal(timing.FrameTimes, CineTiming.FromHeader(4, null, [0, 40, 20, 20], null, null).FrameTimes);
    }

    [Fact]
    public void FromHeader_VectorOfPairsOnly_IsTakenWhole() =>
        Assert.Equal([0, 40, 60, 80], CineTiming.FromHeader(4, null, [40, 20, 20], null, null).FrameTimes.Select(t => t.TotalMilliseconds));

    [Fact]
    public void FromHeader_VectorBeforeFrameTime_BecauseUnevenTimesAreMeasured() =>
        Assert.Equal(TimingSource.FrameTimeVector, CineTiming.FromHeader(3, 33.3, [0, 20, 40], 30, 30).Source);

    [Theory]
    [InlineData(new double[] { 0, 40 })]
    [InlineData(new double[] { 0, 40, 0, 40 })]
    [InlineData(new double[] { 0, 40, -5, 40 })]
    [InlineData(new double[] { 0, 40, double.NaN, 40 })]
    public void FromHeader_VectorThatCannotBe_FallsBackToFrameTime(double[] vector)
    {
        var timing = CineTiming.FromHeader(4, 25, vector, null, null);
        Assert.Equal(TimingSource.FrameTime, timing.Source);
        Assert.Equal(75, timing.FrameTimes[^1].TotalMilliseconds);
    }

    [Theory]
    [InlineData(0.0, 25.0, 50.0, TimingSource.CineRate, 40.0)]
    [InlineData(-1.0, null, 50.0, TimingSource.RecommendedDisplayFrameRate, 20.0)]
    [InlineData(null, 0.0, 50.0, TimingSource.RecommendedDisplayFrameRate, 20.0)]
    [InlineData(null, null, null, TimingSource.Assumed, 1000 / 30.0)]
    [InlineData(double.NaN, 1e9, -3.0, TimingSource.Assumed, 1000 / 30.0)]
    public void FromHeader_UnusableFacts_AreAsIfAbsent(double? frameTime, double? cineRate, double? displayRate, TimingSource source, double interval)
    {
        var timing = CineTiming.FromHeader(3, frameTime, [], cineRate, displayRate);
        Assert.Equal(source, timing.Source);
        Assert.Equal(source == TimingSource.Assumed, timing.IsAssumed);
        Assert.Equal(interval, timing.FrameTimes[1].TotalMilliseconds, 1e-3);
    }

    [Fact]
    public void Of_DamagedFramesLeftOut_KeepsTheOthersTimes()
    {
        var timing = CineTiming.FromHeader(5, 10, null, null, null);
        Assert.Equal([0, 20, 30], timing.Of([1, 3, 4]).Select(t => t.TotalMilliseconds));
    }
}
