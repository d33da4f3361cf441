using System.Text.Json;
using EchoClr.Retraining.Experiments;
using EchoClr.Retraining.Pretrain;
using EchoClr.Shared.Data;

namespace EchoClr.Retraining.Tests.Experiments;

/// <summary>The table from rows made by hand, whose figures are known beforehand.</summary>
public sealed class LabelEfficiencyTableTests
{
    private const int Patients = 500, Enough = 2000, Replicates = 200;
    private static readonly LabelEfficiencyPlan plan = new() { LearningRates = [1e-3] };
    private static readonly ExperimentSubject[] subjects = [.. Enumerable.Range(0, Patients).Select(i => new ExperimentSubject($"{i:D4}", [i % 4 == 0 ? 1 : 0, i % 3 == 0 ? 1 : 0]))];

    [Fact]
    public void Of_LearningRates_TheLowestValidationLossCounts_AndACellWithoutAllOfThemStaysOut()
    {
        var both = plan with { LearningRates = [1e-3, 1e-2] };
        ExperimentCellRow[] cells =
        [
            Cell("random", 0.01, 1, skill: 0, loss: 0.7, rate: 1e-3), Cell("random", 0.01, 1, skill: 9, loss: 0.4, rate: 1e-2), // the better one
            Cell("random", 0.01, 2, skill: 9, loss: 0.3, rate: 1e-3), Cell("random", 0.01, 2, skill: 0, loss: 0.9, rate: 1e-2) with { Scores = null },
            Cell("random", 0.01, 3, skill: 0, loss: 0.1, rate: 1e-3), // its other rate has not been tried
        ];

        var cell = Table(cells, both).Cells.Single(cell => cell.Finding == "AS");
        Assert.Equal((0.01, 2), (cell.Budget, cell.Seeds));
        Assert.InRange(cell.Auroc, 0.99, 1);
    }

    [Fact]
    public void Of_ClearlyBetterArm_MeetsItsBars_AndOneThatIsNotMissesThem()
    {
        var better = Table([.. Arm("random", 0.3), .. Arm("simclr", 0.3), .. Arm("echoclr+", 1.5), .. Arm("paper", 1.5)]);
        Assert.All(better.Comparisons.Where(line => line.Against is "random" or "simclr"), line => Assert.Equal(Verdict.Met, line.Verdict));
        Assert.Equal(4, better.Comparisons.Count(line => line.Against is "random" or "simclr")); // two findings, each against two arms
        Assert.All(better.Comparisons, line => Assert.InRange(line.Difference, line.Low, line.High));

        var worse = Table([.. Arm("random", 0.8), .. Arm("simclr", 0.8), .. Arm("echoclr+", 0.8, noise: 7), .. Arm("paper", 1.6)]);
        Assert.All(worse.Comparisons, line => Assert.Equal(Verdict.Missed, line.Verdict)); // no gain, and inferior to paper
    }

    [Fact]
    public void Of_SameScores_AreNonInferiorWithoutADoubt_AndTheDifferenceIsNothing()
    {
        var line = Table([.. Arm("echoclr+", 1), .. Arm("paper", 1)]).Comparisons[0];
        Assert.Equal((0, 0, 0, Verdict.Met), (line.Difference, line.Low, line.High, line.Verdict)); // paired: patients and seeds cancel out
    }

    [Fact]
    public void Of_FewSeedsOrFewPatients_JudgesNothing()
    {
        ExperimentCellRow[] cells = [.. Arm("random", 0.3), .. Arm("echoclr+", 2)];
        Assert.All(Table([.. cells.Where(cell => cell.Seed < 5)]).Comparisons, line => Assert.Equal(Verdict.TooFewSeeds, line.Verdict));
        Assert.All(Table([.. cells.Select(cell => cell with { PretrainingSeed = Math.Min(cell.PretrainingSeed, 2) })]).Comparisons, line => Assert.Equal(Verdict.TooFewSeeds, line.Verdict));
        Assert.All(LabelEfficiencyTable.Of(plan, subjects, Enough - 1, cells, [], default, Replicates).Comparisons, line => Assert.Equal(Verdict.SmallCohort, line.Verdict));
    }

    [Fact]
    public void Of_RandomThatIsTooGoodOrTooBad_SaysThatThePhantomsAreTooEasyOrTooHard()
    {
        var table = Table([.. Arm("random", 2), .. Arm("random", 0.1, budget: 1)]);
        Assert.Equal(4, table.Hardness.Count);
        Assert.All(table.Hardness, check => Assert.Equal(Verdict.Missed, check.Verdict)); // above 0.70 of 1 %, below 0.90 of all
    }

    [Fact]
    public void Of_SeedsThatDiffer_WidenTheInterval()
    {
        var same = Table([.. Arm("echoclr+", 1)]).Cells[0];
        var apart = Table([.. Arm("echoclr+", 1).Select(cell => Cell(cell.Arm, cell.Budget, cell.Seed, skill: cell.Seed))]).Cells[0];
        Assert.True(apart.High - apart.Low > 1.5 * (same.High - same.Low), $"{apart} {same}");
    }

    [Fact]
    public void Of_OrderTask_HasWilsonsInterval()
    {
        var order = Assert.Single(Table([], encoders: [Encoder("paper", 1, 30.0 / 500, 500), Encoder("paper", 2, 20.0 / 500, 500), Encoder("mi-simclr", 1, null, 500)]).Orders);
        Assert.Equal(("paper", 2, 1000), (order.Arm, order.Pretrainings, order.Clips));
        // 50 of 1,000: Wilson's 95 % interval is 3.81 to 6.53 % (Brown, Cai and DasGupta 2001, equation 4).
        Assert.Equal((0.05, 0.0381, 0.0653), (Math.Round(order.Accuracy, 4), Math.Round(order.Low, 4), Math.Round(order.High, 4)));
    }

    private static LabelEfficiencyTable Table(IReadOnlyList<ExperimentCellRow> cells, LabelEfficiencyPlan? with = null, IReadOnlyList<ExperimentEncoderRow>? encoders = null) =>
        LabelEfficiencyTable.Of(with ?? plan, subjects, Enough, cells, encoders ?? [], default, Replicates);

    private static IEnumerable<ExperimentCellRow> Arm(string arm, double skill, double budget = 0.01, int noise = 0) => Enumerable.Range(1, 5).Select(seed => Cell(arm, budget, seed, skill, noise: noise));

    /// <param name="skill">By how many standard deviations the scores of the ill lie above those of the others; the noise is each seed's own.</param>
    private static ExperimentCellRow Cell(string arm, double budget, long seed, double skill, double loss = 0.5, double rate = 1e-3, int noise = 0)
    {
        var random = new Random((int)seed + 100 * noise);
        double Normal() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        double[][] scores = [.. subjects.Select(subject => subject.Targets.Select(target => 1 / (1 + Math.Exp(-skill * target - Normal()))).ToArray())];
        return new ExperimentCellRow
        {
            Arm = arm, Budget = budget, PretrainingSeed = arm == "random" ? 0 : 1 + (seed - 1) % 3, Seed = seed, LearningRate = rate, ValidationLoss = loss, Scores = JsonSerializer.Serialize(scores), Environment = "a test",
        };
    }

    private static ExperimentEncoderRow Encoder(string arm, long seed, double? right, int clips) => new()
    {
        Arm = arm, Seed = seed, State = TrainingRunState.Succeeded,
        Metrics = new PretrainOutcome(arm, 16, "training/x", "x", "y", "z", 1, 3, 4, 3, right, clips).ToJson(),
    };
}
