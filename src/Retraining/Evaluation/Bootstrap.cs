namespace EchoClr.Retraining.Evaluation;

/// <summary>
/// A percentile interval over patients drawn with replacement: 2.5 and 97.5, so that it is a 95 % interval. (The released EchoCLR code
/// takes 5 and 95 and prints 95 %.)
/// </summary>
public static class Bootstrap
{
    public const int Replicates = 2000;

    /// <param name="statistic">Of a resample, given as indices; NaN (one class missing) is drawn again.</param>
    public static (double Low, double High) Interval(int patients, Func<int[], double> statistic, int seed, int replicates = Replicates)
    {
        var random = new Random(seed);
        var values = new double[replicates];
        var sample = new int[patients];
        int empty = 0;
        for (int r = 0; r < replicates;)
        {
            for (int i = 0; i < patients; i++)
                sample[i] = random.Next(patients);
            double value = statistic(sample);
            if (double.IsNaN(value))
            {
                if (++empty > 100 * replicates)
                    throw new ArgumentException("hardly any resample has both classes");
                continue;
            }
            values[r++] = value;
        }
        Array.Sort(values);
        return (Percentile(values, 0.025), Percentile(values, 0.975));
    }

    /// <summary>
    /// The same for data of which several belong to one patient (his studies, his videos): patients are drawn, and each brings all that is his. A statistic that is a difference
    /// of two scorings of the same data makes it a paired interval.
    /// </summary>
    /// <param name="patients">Whose each datum is.</param>
    /// <param name="statistic">Of a resample, given as indices of data.</param>
    public static (double Low, double High) Clustered(IReadOnlyList<string> patients, Func<int[], double> statistic, int seed, int replicates = Replicates)
    {
        int[][] clusters = [.. Enumerable.Range(0, patients.Count).GroupBy(i => patients[i], StringComparer.Ordinal).Select(group => group.ToArray())];
        return Interval(clusters.Length, sample => statistic([.. sample.SelectMany(cluster => clusters[cluster])]), seed, replicates);
    }

    /// <summary>
    /// For a figure that is a mean over repetitions of a training (its seeds), all measured on the same patients: pretrainings are drawn, of each its fine-tunings, and patients. A figure that is a
    /// difference of two trainings on the same seeds and patients makes it a paired interval.
    /// </summary>
    /// <param name="pretrainings">Which pretraining each repetition began with.</param>
    /// <param name="statistic">Of one repetition on a resample of patients; NaN (one class missing) is drawn again.</param>
    public static (double Low, double High) Repeated(IReadOnlyList<long> pretrainings, int patients, Func<int, int[], double> statistic, int seed, int replicates = Replicates)
    {
        int[][] groups = [.. Enumerable.Range(0, pretrainings.Count).GroupBy(i => pretrainings[i]).Select(group => group.ToArray())];
        var seeds = new Random(seed ^ 0x5EED); // a stream of its own: which patients are drawn does not depend on how many seeds there are
        var values = new double[pretrainings.Count];
        return Interval(
            patients,
            sample =>
            {
                Array.Fill(values, double.NegativeInfinity); // not asked yet
                double sum = 0;
                int drawn = 0;
                for (int g = 0; g < groups.Length; g++)
                {
                    int[] group = groups[seeds.Next(groups.Length)];
                    for (int i = 0; i < group.Length; i++, drawn++)
                    {
                        int repetition = group[seeds.Next(group.Length)];
                        if (double.IsNegativeInfinity(values[repetition]))
                            values[repetition] = statistic(repetition, sample);
                        sum += values[repetition];
                    }
                }
                return sum / drawn;
            },
            seed, replicates);
    }

    private static double Percentile(double[] sorted, double share)
    {
        double position = share * (sorted.Length - 1);
        int below = (int)position;
        return below + 1 < sorted.Length ? sorted[below] + (position - below) * (sorted[below + 1] - sorted[below]) : sorted[^1];
    }
}
