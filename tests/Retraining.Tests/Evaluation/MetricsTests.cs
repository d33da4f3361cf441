using EchoClr.Retraining.Evaluation;

namespace EchoClr.Retraining.Tests.Evaluation;

public sealed class MetricsTests
{
    [Fact]
    public void Auroc_RandomScoresWithTies_EqualsCountingAllPairs()
    {
        var random = new Random(4);
        for (int round = 0; round < 20; round++)
        {
            double[] scores = [.. Enumerable.Range(0, 40).Select(_ => random.Next(8) / 8.0)];
            bool[] positive = [.. Enumerable.Range(0, 40).Select(i => i < 3 || random.Next(4) == 0)];
            double wins = 0, pairs = 0;
            for (int i = 0; i < 40; i++)
                for (int j = 0; j < 40; j++)
                    if (positive[i] && !positive[j])
                    {
                        pairs++;
                        wins += scores[i] > scores[j] ? 1 : scores[i].Equals(scores[j]) ? 0.5 : 0;
                    }

            Assert.Equal(wins / pairs, Metrics.Auroc(scores, positive), 12);
        }
    }

    [Fact]
    public void Auroc_OneKindOnly_IsNaN() => Assert.True(double.IsNaN(Metrics.Auroc([0.1, 0.2], [true, true])));

    [Fact]
    public void MacroF1_KnownConfusion_IsTheMeanOfTheClasses()
    {
        // class 0: 2 hits of 3 present, 2 claimed → 4/5; class 1: 1 hit, 2 claimed, 1 present → 2/3; class 2: never seen, left out
        Assert.Equal((0.8 + 2.0 / 3) / 2, Metrics.MacroF1([0, 0, 1, 1], [0, 0, 0, 1], 3), 12);
    }

    [Fact]
    public void Bootstrap_OfAMean_IsTheNormalIntervalOf95Percent()
    {
        var random = new Random(2);
        double[] values = [.. Enumerable.Range(0, 400).Select(_ => random.NextDouble())]; // deviation √(1/12), so ±1.96·0.2887/20 = ±0.0283
        double mean = values.Average();

        (double low, double high) = Bootstrap.Interval(values.Length, sample => sample.Average(i => values[i]), seed: 1);

        Assert.InRange(mean - low, 0.024, 0.033);
        Assert.InRange(high - mean, 0.024, 0.033);
    }

    [Fact]
    public void Bootstrap_SamplesWithoutTheStatistic_AreDrawnAgain()
    {
        (double low, double high) = Bootstrap.Interval(3, sample => sample.Contains(0) ? 1 : double.NaN, seed: 1, replicates: 50);

        Assert.Equal((1, 1), (low, high));
    }

    [Fact]
    public void BootstrapRepeated_OneTraining_IsTheIntervalOverPatientsAlone()
    {
        double[] values = [.. Enumerable.Range(0, 50).Select(i => Math.Sin(i))];
        Assert.Equal(
            Bootstrap.Interval(50, sample => sample.Average(i => values[i]), seed: 1, replicates: 200),
            Bootstrap.Repeated([7], 50, (_, sample) => sample.Average(i => values[i]), seed: 1, replicates: 200));
    }

    [Fact]
    public void BootstrapRepeated_TrainingsThatDiffer_SpreadsAsPretrainingsAndTheirFineTuningsDo()
    {
        // Patients make no difference: what is left is which pretrainings are drawn, and of each which of its fine-tunings.
        double[] figures = [0, 0, 1, 1];
        (double low, double high) = Bootstrap.Repeated([1, 1, 2, 2], 3, (repetition, _) => figures[repetition], seed: 1);
        Assert.Equal((0, 1), (low, high)); // one of four draws has the first pretraining twice, one the second

        (low, high) = Bootstrap.Repeated([1, 1, 1, 1], 3, (repetition, _) => figures[repetition], seed: 1);
        Assert.Equal((0, 1), (low, high)); // four fine-tunings of one: 1 in 16 all below
        (low, high) = Bootstrap.Repeated([1, 2], 3, (_, _) => 0.5, seed: 1);
        Assert.Equal((0.5, 0.5), (low, high));
    }
}
