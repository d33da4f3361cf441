using EchoClr.Inference.Drift;

namespace EchoClr.Inference.Tests.Drift;

public sealed class PermutationTestTests
{
    /// <summary>What a site asks of the comparison: without a change, the chance of any warning in one comparison of all senders and measures is the one that was set.</summary>
    [Fact]
    public void WithoutAChange_ComparisonsAlarmNoMoreOftenThanTheyMay()
    {
        const double alpha = 0.05;
        const int comparisons = 200, measures = 20;
        var random = new Random(11);
        var alarms = 0;
        for (var c = 0; c < comparisons; c++)
        {
            var pValues = Enumerable.Range(0, measures).Select(m => PermutationTest.Run(Draw(random, m, shift: 0), references: 30, permutations: 999, seed: 1000 * c + m).PValue).ToList();
            alarms += PermutationTest.Holm(pValues, alpha).Contains(true) ? 1 : 0;
        }
        // 10 are expected of 200; above 20 there would be a chance of 1 in 1,000.
        Assert.InRange(alarms, 0, 20);
    }

    [Theory]
    [InlineData(0)] // numbers
    [InlineData(1)] // mixes
    [InlineData(2)] // vectors
    public void WithAChange_EveryKindOfMeasureSeesIt(int kind)
    {
        var (distance, pValue) = PermutationTest.Run(Draw(new Random(3), kind, shift: 1.5), references: 30, permutations: 9_999, seed: 5);
        Assert.True(pValue < 0.001, $"{pValue}");
        Assert.InRange(distance, 0.05, 1);
    }

    /// <summary>Distances by hand: all of one side below the other; shares 1 and 0; two clouds far apart.</summary>
    [Fact]
    public void Distances_AreThoseOfTheirDefinitions()
    {
        bool[] current = [false, false, true, true];
        Assert.Equal(1, new NumberSamples([1, 2, 3, 4]).Distance(current), 12);
        Assert.Equal(0.5, new NumberSamples([1, 3, 2, 4]).Distance(current), 12);
        Assert.Equal(0, new NumberSamples([7, 7, 7, 7]).Distance(current), 12);
        Assert.Equal(0.75, new MixSamples([[1, 0], [0.5, 0.5], [0, 1], [0, 1]]).Distance(current), 12);
        // 2E|X−Y| = 2·10 = 20 (distances 10, 9, 11, 10), E|X−X′| = E|Y−Y′| = 1.
        Assert.Equal((20.0 - 2) / 20, new VectorSamples([[0], [1], [10], [11]]).Distance(current), 6);
    }

    [Fact]
    public void Holm_StopsAtTheFirstThatIsNotSignificant()
    {
        Assert.Equal([true, false, true, false], PermutationTest.Holm([0.012, 0.04, 0.001, 0.5], 0.05));
        Assert.Equal([false, false], PermutationTest.Holm([0.03, 0.04], 0.05));
    }

    private static ITwoSamples Draw(Random random, int kind, double shift) => (kind % 3) switch
    {
        0 => new NumberSamples([.. Enumerable.Range(0, 60).Select(i => Normal(random) + (i < 30 ? 0 : shift))]),
        1 => new MixSamples([.. Enumerable.Range(0, 60).Select(i =>
        {
            // Three cines of one study, which resemble each other.
            var first = random.NextDouble() < (i < 30 ? 0.3 : 0.3 + 0.4 * shift) ? 1 : 0;
            var share = (2 * first + random.Next(2)) / 3.0;
            return new[] { share, 1 - share };
        })]),
        _ => new VectorSamples([.. Enumerable.Range(0, 60).Select(i => Enumerable.Range(0, 8).Select(_ => (float)(Normal(random) + (i < 30 ? 0 : shift))).ToArray())]),
    };

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
