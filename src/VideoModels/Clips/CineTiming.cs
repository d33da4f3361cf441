namespace EchoClr.VideoModels.Clips;

/// <summary>Which header attribute told the times of a cine's frames.</summary>
public enum TimingSource
{
    FrameTimeVector,
    FrameTime,
    CineRate,
    RecommendedDisplayFrameRate,

    /// <summary>Nothing usable is stated: <see cref="CineTiming.AssumedFramesPerSecond"/>.</summary>
    Assumed,
}

/// <summary>The times of a cine's frames, from header facts given as plain numbers.</summary>
public sealed class CineTiming
{
    /// <summary>What EchoCLR assumes too where a header is silent.</summary>
    public const double AssumedFramesPerSecond = 30;

    // Between 1000 frames a second (ultrafast imaging) and one: what lies outside is a mistake in the header.
    private const double MinIntervalMs = 1, MaxIntervalMs = 1000;

    private CineTiming(IReadOnlyList<TimeSpan> frameTimes, TimingSource source) => (FrameTimes, Source) = (frameTimes, source);

    /// <summary>The time of each frame since the first; strictly increasing.</summary>
    public IReadOnlyList<TimeSpan> FrameTimes { get; }

    public TimingSource Source { get; }

    public bool IsAssumed => Source == TimingSource.Assumed;

    /// <param name="frames">Frames in the file, damaged ones included.</param>
    /// <param name="frameTime">FrameTime (0018,1063): milliseconds a frame.</param>
    /// <param name="frameTimeVector">
    /// FrameTimeVector (0018,1065): milliseconds since the frame before; the first belongs to no pair and should be 0 (PS3.3 C.7.6.5.1.2), but real ones repeat the interval.
    /// </param>
    /// <param name="cineRate">CineRate (0018,0040): frames per second.</param>
    /// <param name="recommendedDisplayFrameRate">RecommendedDisplayFrameRate (0008,2144): frames per second.</param>
    public static CineTiming FromHeader(int frames, double? frameTime, IReadOnlyList<double>? frameTimeVector, double? cineRate, double? recommendedDisplayFrameRate)
    {
        if (Increments(frames, frameTimeVector) is { } increments)
            return new CineTiming(Cumulate(increments), TimingSource.FrameTimeVector);
        if (Usable(frameTime) is { } interval)
            return Even(frames, interval, TimingSource.FrameTime);
        if (Usable(1000 / cineRate) is { } cine)
            return Even(frames, cine, TimingSource.CineRate);
        if (Usable(1000 / recommendedDisplayFrameRate) is { } display)
            return Even(frames, display, TimingSource.RecommendedDisplayFrameRate);
        return Even(frames, 1000 / AssumedFramesPerSecond, TimingSource.Assumed);
    }

    /// <summary>The times of some of the frames, by their numbers in the file, counted from the first of them: for cines with damaged frames left out.</summary>
    public IReadOnlyList<TimeSpan> Of(IReadOnlyList<int> sourceFrames) => [.. sourceFrames.Select(i => FrameTimes[i] - FrameTimes[sourceFrames[0]])];

    private static double? Usable(double? milliseconds) => milliseconds is >= MinIntervalMs and <= MaxIntervalMs ? milliseconds : null;

    // One value for each frame, or one for each pair of neighbours; one bad value spoils the whole, since all later times hang on it.
    private static List<double>? Increments(int frames, IReadOnlyList<double>? vector)
    {
        if (vector is null || frames < 2 || (vector.Count != frames && vector.Count != frames - 1))
            return null;
        List<double> increments = [.. vector.Skip(vector.Count - (frames - 1))];
        return increments.All(i => Usable(i) is not null) ? increments : null;
    }

    private static List<TimeSpan> Cumulate(List<double> increments)
    {
        List<TimeSpan> times = [TimeSpan.Zero];
        foreach (var increment in increments)
            times.Add(times[^1] + TimeSpan.FromMilliseconds(increment));
        return times;
    }

    private static CineTiming Even(int frames, double intervalMs, TimingSource source) =>
        new([.. Enumerable.Range(0, frames).Select(i => TimeSpan.FromMilliseconds(i * intervalMs))], source);
}
