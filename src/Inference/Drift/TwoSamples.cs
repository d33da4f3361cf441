namespace EchoClr.Inference.Drift;

/// <summary>Two samples of studies pooled, the reference first: how far apart any choice of "current" among them is.</summary>
internal interface ITwoSamples
{
    /// <summary>Studies of both samples.</summary>
    int Studies { get; }

    /// <param name="current">Which of the studies count as current.</param>
    double Distance(bool[] current);
}

/// <summary>Counts of categories a study: total variation distance of the two mixes, 0 to 1. Each study weighs as much as any other, however many cines it has.</summary>
internal sealed class MixSamples(IReadOnlyList<double[]> shares) : ITwoSamples
{
    public int Studies => shares.Count;

    public double Distance(bool[] current)
    {
        var (reference, now) = Mixes(current);
        return reference.Zip(now, (a, b) => Math.Abs(a - b)).Sum() / 2;
    }

    /// <summary>The mean share of each category, of reference and current studies.</summary>
    public (double[] Reference, double[] Current) Mixes(bool[] current)
    {
        var categories = shares[0].Length;
        var sums = (Reference: new double[categories], Current: new double[categories]);
        var counted = 0;
        for (var s = 0; s < shares.Count; s++)
        {
            var side = current[s] ? sums.Current : sums.Reference;
            counted += current[s] ? 1 : 0;
            for (var c = 0; c < categories; c++)
                side[c] += shares[s][c];
        }
        for (var c = 0; c < categories; c++)
        {
            sums.Reference[c] /= shares.Count - counted;
            sums.Current[c] /= counted;
        }
        return sums;
    }
}

/// <summary>One number a study: Kolmogorov-Smirnov distance of the two distributions, 0 to 1.</summary>
internal sealed class NumberSamples : ITwoSamples
{
    private readonly double[] values;
    private readonly int[] order;

    public NumberSamples(IReadOnlyList<double> values)
    {
        this.values = [.. values];
        order = [.. Enumerable.Range(0, values.Count).OrderBy(i => values[i])];
    }

    public int Studies => values.Length;

    public double Distance(bool[] current)
    {
        var total = current.Count(one => one);
        var (currents, references, distance) = (0, 0, 0.0);
        for (var i = 0; i < order.Length; i++)
        {
            if (current[order[i]])
                currents++;
            else
                references++;
            // Only between different values: the order of equal ones means nothing.
            if (i + 1 == order.Length || values[order[i + 1]] != values[order[i]])
                distance = Math.Max(distance, Math.Abs((double)currents / total - (double)references / (order.Length - total)));
        }
        return distance;
    }

    public (double Reference, double Current) Medians(bool[] current) => (Median(current, false), Median(current, true));

    private double Median(bool[] current, bool side)
    {
        var sorted = order.Where(i => current[i] == side).Select(i => values[i]).ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}

/// <summary>
/// One vector a study: the energy coefficient H = (2E|X−Y| − E|X−X′| − E|Y−Y′|) / 2E|X−Y| (Székely and Rizzo 2013), 0 where the distributions are the same, at most 1. The means within a
/// sample leave a study's distance to itself out, so that chance alone gives about 0 and sometimes less.
/// </summary>
internal sealed class VectorSamples : ITwoSamples
{
    private readonly float[][] distances;
    private readonly double[] sums; // of each study's distances
    private readonly double total;

    public VectorSamples(IReadOnlyList<float[]> vectors)
    {
        distances = [.. vectors.Select(_ => new float[vectors.Count])];
        for (var a = 0; a < vectors.Count; a++)
        {
            for (var b = 0; b < a; b++)
                distances[a][b] = distances[b][a] = Distance(vectors[a], vectors[b]);
        }
        sums = [.. distances.Select(row => row.Sum(value => (double)value))];
        total = sums.Sum();
    }

    public int Studies => distances.Length;

    public double Distance(bool[] current)
    {
        var members = Enumerable.Range(0, Studies).Where(i => current[i]).ToArray();
        var (own, withAll) = (0.0, 0.0); // both count each pair twice
        foreach (var a in members)
        {
            withAll += sums[a];
            var row = distances[a];
            foreach (var b in members)
                own += row[b];
        }
        double m = members.Length, n = Studies - members.Length;
        var between = (withAll - own) / (m * n);
        var others = total - 2 * withAll + own;
        return between <= 0 ? 0 : (2 * between - own / (m * (m - 1)) - others / (n * (n - 1))) / (2 * between);
    }

    private static float Distance(float[] a, float[] b)
    {
        var sum = 0f;
        for (var i = 0; i < a.Length; i++)
            sum += (a[i] - b[i]) * (a[i] - b[i]);
        return MathF.Sqrt(sum);
    }
}
