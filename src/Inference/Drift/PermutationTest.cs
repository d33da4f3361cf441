namespace EchoClr.Inference.Drift;

/// <summary>
/// Whether two samples of studies come from one distribution, by putting studies (never single cines, which resemble each other within one) at random on the two sides. Exact whatever the
/// distribution, for samples of any size.
/// </summary>
internal static class PermutationTest
{
    /// <summary>Enough rearrangements as far apart as the observed one end the test early: the p-value is then as exact, and not small (Besag and Clifford 1991).</summary>
    private const int EnoughAsFar = 20;

    /// <param name="references">How many of the studies, the first ones, are the reference.</param>
    /// <param name="permutations">At most; the smallest p-value is 1 / (this + 1).</param>
    public static (double Distance, double PValue) Run(ITwoSamples samples, int references, int permutations, int seed)
    {
        var random = new Random(seed);
        var current = Observed(samples.Studies, references);
        var observed = samples.Distance(current);
        var asFar = 0;
        for (var done = 1; done <= permutations; done++)
        {
            random.Shuffle(current);
            // A hair below counts as equal: sums in another order differ in their last bits.
            if (samples.Distance(current) >= observed - 1e-12 && ++asFar == EnoughAsFar)
                return (observed, (double)asFar / done);
        }
        return (observed, (asFar + 1.0) / (permutations + 1.0));
    }

    /// <summary>The samples as they are: the reference first.</summary>
    public static bool[] Observed(int studies, int references) => [.. Enumerable.Range(0, studies).Select(i => i >= references)];

    /// <summary>Which of the p-values stay significant when the chance of any false one among them all is to be at most <paramref name="alpha"/> (Holm 1979).</summary>
    public static bool[] Holm(IReadOnlyList<double> pValues, double alpha)
    {
        var rejected = new bool[pValues.Count];
        var order = Enumerable.Range(0, pValues.Count).OrderBy(i => pValues[i]).ToArray();
        for (var rank = 0; rank < order.Length && pValues[order[rank]] <= alpha / (order.Length - rank); rank++)
            rejected[order[rank]] = true;
        return rejected;
    }
}
