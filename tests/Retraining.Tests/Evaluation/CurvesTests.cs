using EchoClr.Retraining.Evaluation;

namespace EchoClr.Retraining.Tests.Evaluation;

public sealed class CurvesTests
{
    /// <summary>Against the plain definition: for every different score, count who reaches it.</summary>
    [Fact]
    public void RandomScoresWithTies_AgreeWithCounting()
    {
        var random = new Random(11);
        for (int round = 0; round < 20; round++)
        {
            double[] scores = [.. Enumerable.Range(0, 50).Select(_ => random.Next(12) / 12.0)];
            bool[] positive = [.. Enumerable.Range(0, 50).Select(i => i < 3 || random.Next(3) == 0)];
            double area = 0, before = 0;
            var roc = new List<(double, double)> { (0, 0) };
            foreach (double cut in scores.Distinct().OrderDescending())
            {
                double hits = Count(cut, true), alarms = Count(cut, false), recall = hits / positive.Count(value => value);
                area += (recall - before) * (hits / (hits + alarms));
                before = recall;
                roc.Add((alarms / positive.Count(value => !value), recall));
            }

            Assert.Equal(area, Curves.AveragePrecision(scores, positive), 12);
            Assert.Equal(roc, Curves.Roc(scores, positive).Select(point => (point.X, point.Y)));
            Assert.Equal(Metrics.Auroc(scores, positive), Trapezoids(roc), 12); // the area under these points is Mann–Whitney's, ties at ½

            int Count(double cut, bool kind) => Enumerable.Range(0, 50).Count(i => scores[i] >= cut && positive[i] == kind);
        }
    }

    [Fact]
    public void AveragePrecision_OfChance_IsTheShareOfPositives_AndOfAPerfectModelOne()
    {
        bool[] positive = [.. Enumerable.Range(0, 100).Select(i => i % 5 == 0)];
        Assert.Equal(0.2, Curves.AveragePrecision(new double[100], positive), 12);
        Assert.Equal(1, Curves.AveragePrecision([.. positive.Select(value => value ? 0.9 : 0.1)], positive), 12);
        Assert.True(double.IsNaN(Curves.AveragePrecision([0.1, 0.2], [false, false])));
    }

    [Fact]
    public void Reliability_OfHonestProbabilities_IsSmall_AndOfShiftedOnesTheShift()
    {
        var random = new Random(5);
        double[] truth = [.. Enumerable.Range(0, 3000).Select(_ => random.NextDouble() * 0.8)];
        bool[] positive = [.. truth.Select(p => random.NextDouble() < p)];
        Reliability honest = Reliability.Of(truth, positive), shifted = Reliability.Of([.. truth.Select(p => p + 0.2)], positive);
        Assert.InRange(honest.ExpectedError, 0, 0.04);
        Assert.InRange(shifted.ExpectedError, 0.17, 0.23);
        Assert.Equal((10, 3000), (honest.Bins.Count, honest.Bins.Sum(bin => bin.Studies)));
        Assert.Single(Reliability.Of([0.1, 0.9, 0.4], [false, true, true]).Bins); // too few for more
    }

    /// <summary>Of 95 % intervals about 95 % must hold the truth: patients with one to four studies, whose scores have much in common.</summary>
    [Fact]
    public void ClusteredInterval_HoldsTheTruth_AsOftenAsItSays()
    {
        const int repeats = 300, patients = 60;
        int held = 0, naive = 0;
        for (int repeat = 0; repeat < repeats; repeat++)
        {
            var random = new Random(repeat);
            var (owners, values) = (new List<string>(), new List<double>());
            for (int patient = 0; patient < patients; patient++)
            {
                double own = Normal(random);
                for (int study = random.Next(1, 5); study > 0; study--)
                {
                    owners.Add($"{patient}");
                    values.Add(own + 0.3 * Normal(random));
                }
            }
            (double low, double high) = Bootstrap.Clustered(owners, sample => sample.Average(i => values[i]), repeat, replicates: 400);
            held += low <= 0 && 0 <= high ? 1 : 0;
            (low, high) = Bootstrap.Interval(values.Count, sample => sample.Average(i => values[i]), repeat, replicates: 400);
            naive += low <= 0 && 0 <= high ? 1 : 0;
        }
        // ±2.6 standard deviations of a share of 300 are 3.3 points, and a percentile interval of 60 patients is a point or two too narrow.
        Assert.InRange(held / (double)repeats, 0.90, 0.985);
        Assert.InRange(naive / (double)repeats, 0, 0.88); // studies taken for patients: too narrow
    }

    /// <summary>The same for the difference of two AUROCs, which is zero in truth.</summary>
    [Fact]
    public void PairedIntervalOfAurocs_HoldsTheTruth_AsOftenAsItSays()
    {
        const int repeats = 200, patients = 120;
        int held = 0;
        for (int repeat = 0; repeat < repeats; repeat++)
        {
            var random = new Random(1000 + repeat);
            bool[] positive = [.. Enumerable.Range(0, patients).Select(i => i % 3 == 0)];
            double[] seen = [.. positive.Select(value => (value ? 1.2 : 0) + Normal(random))];
            double[] first = [.. seen.Select(value => value + Normal(random))], second = [.. seen.Select(value => value + Normal(random))];
            (double low, double high) = Bootstrap.Clustered([.. Enumerable.Range(0, patients).Select(i => $"{i}")], sample =>
            {
                bool[] truth = Array.ConvertAll(sample, i => positive[i]);
                return Metrics.Auroc(Array.ConvertAll(sample, i => first[i]), truth) - Metrics.Auroc(Array.ConvertAll(sample, i => second[i]), truth);
            }, repeat, replicates: 300);
            held += low <= 0 && 0 <= high ? 1 : 0;
        }
        Assert.InRange(held / (double)repeats, 0.90, 0.99);
    }

    private static double Trapezoids(List<(double X, double Y)> points) => points.Zip(points.Skip(1), (a, b) => (b.X - a.X) * (a.Y + b.Y) / 2).Sum();

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
