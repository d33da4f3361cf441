using System.Globalization;

namespace EchoClr.Inference.Drift;

/// <summary>One measure of one sender, ready to be tested.</summary>
/// <param name="References">How many of the studies, the first ones, are the reference.</param>
/// <param name="Detail">What it was and what it is, for a person to read.</param>
internal sealed record Sample(string Sender, string Measure, int References, ITwoSamples Studies, string Detail)
{
    /// <summary>Categories named in a detail: the two whose share changed most say what happened.</summary>
    private const int Named = 2;

    /// <param name="format">Of the medians.</param>
    public static Sample OfNumbers(string sender, string measure, int references, string against, string format, IReadOnlyList<double> values, IReadOnlyList<double>? shown = null)
    {
        var current = PermutationTest.Observed(values.Count, references);
        var (before, now) = new NumberSamples(shown ?? values).Medians(current);
        return new Sample(sender, measure, references, new NumberSamples(values), string.Create(CultureInfo.InvariantCulture, $"median {Text(before)}, now {Text(now)} ({against})"));

        string Text(double value) => value.ToString(format, CultureInfo.InvariantCulture);
    }

    /// <param name="shares">For each study the share of each category.</param>
    public static Sample OfMix(string sender, string measure, int references, string against, IReadOnlyList<string> categories, IReadOnlyList<double[]> shares)
    {
        var samples = new MixSamples(shares);
        var (before, now) = samples.Mixes(PermutationTest.Observed(shares.Count, references));
        var most = Enumerable.Range(0, categories.Count).OrderByDescending(c => Math.Abs(now[c] - before[c])).Take(Named);
        return new Sample(sender, measure, references, samples, string.Join("; ", most.Select(c => $"{categories[c]} {Percent(before[c])}, now {Percent(now[c])}")) + $" ({against})");
    }

    private static string Percent(double share) => share.ToString("0 %", CultureInfo.InvariantCulture);
}
