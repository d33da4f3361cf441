namespace EchoClr.Retraining.Evaluation;

/// <summary>Calibration by groups of about equal size, from the lowest probabilities to the highest.</summary>
/// <param name="Bins">In the order of their probabilities.</param>
/// <param name="ExpectedError">ECE: the mean distance between what was said and what was so, weighted by the groups' sizes.</param>
public sealed record Reliability(IReadOnlyList<ReliabilityBin> Bins, double ExpectedError)
{
    /// <summary>In smaller groups chance alone moves the observed share by more than 9 points (one standard deviation, at one half).</summary>
    public const int MinBinSize = 30;

    public const int MaxBins = 10;

    public static Reliability Of(IReadOnlyList<double> probabilities, IReadOnlyList<bool> positive)
    {
        int[] order = [.. Enumerable.Range(0, probabilities.Count).OrderBy(i => probabilities[i])];
        int count = Math.Clamp(order.Length / MinBinSize, 1, MaxBins);
        var bins = new List<ReliabilityBin>(count);
        for (int b = 0; b < count; b++)
        {
            int[] own = order[(b * order.Length / count)..((b + 1) * order.Length / count)];
            if (own.Length > 0)
                bins.Add(new ReliabilityBin(own.Average(i => probabilities[i]), own.Average(i => positive[i] ? 1.0 : 0), own.Length));
        }
        return new Reliability(bins, bins.Sum(bin => bin.Studies * Math.Abs(bin.Predicted - bin.Observed)) / Math.Max(1, order.Length));
    }
}

/// <param name="Predicted">Mean probability.</param>
/// <param name="Observed">Share of positives.</param>
public sealed record ReliabilityBin(double Predicted, double Observed, int Studies);
