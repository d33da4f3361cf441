namespace EchoClr.App.Benchmarks.Soak;

/// <summary>Whether a quantity grows: the median of the slopes between all pairs of samples (Theil and Sen), which a few peaks do not turn.</summary>
/// <param name="What">In words.</param>
/// <param name="Median">Over the window that is judged.</param>
/// <param name="Growth">The slope times the length of the window.</param>
/// <param name="Tolerance">The growth that is still called flat.</param>
internal sealed record Trend(string What, double First, double Median, double Highest, double Last, double Growth, double Tolerance)
{
    public bool IsFlat => Growth <= Tolerance;

    public static Trend Of(string what, IReadOnlyList<(double Seconds, double Value)> samples, Func<double, double> tolerance)
    {
        var slopes = new List<double>();
        for (var i = 0; i < samples.Count; i++)
            for (var k = i + 1; k < samples.Count; k++)
                slopes.Add((samples[k].Value - samples[i].Value) / (samples[k].Seconds - samples[i].Seconds));
        var median = MedianOf([.. samples.Select(sample => sample.Value)]);
        var growth = slopes.Count == 0 ? 0 : MedianOf(slopes) * (samples[^1].Seconds - samples[0].Seconds);
        return new Trend(what, samples[0].Value, median, samples.Max(sample => sample.Value), samples[^1].Value, Math.Round(growth, 2), Math.Round(tolerance(median), 2));
    }

    private static double MedianOf(List<double> values)
    {
        values.Sort();
        return (values[(values.Count - 1) / 2] + values[values.Count / 2]) / 2;
    }
}
