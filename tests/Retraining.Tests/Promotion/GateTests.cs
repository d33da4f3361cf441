using EchoClr.Retraining.Promotion;
using EchoClr.VideoModels.Prediction;

namespace EchoClr.Retraining.Tests.Promotion;

/// <summary>The gate on simulated readers and models: calibrated scores of a known strength.</summary>
public sealed class GateTests
{
    private static readonly GateRules Rules = new();

    [Fact]
    public void SameModel_Passes()
    {
        var verdict = Gate.Judge([("AS", Studies(200, 2, 2, noise: 0.05)), ("LVH", Studies(200, 2, 2, noise: 0.05, seed: 5))], Rules);
        Assert.True(verdict.Passed, verdict.Reason);
        Assert.All(verdict.Heads, head => Assert.InRange(head.DifferenceLow, -0.02, 0.02));
    }

    [Fact]
    public void ExactlyTheSameScores_HaveADifferenceOfZero()
    {
        var studies = Studies(200, 2, 2).Select(study => study with { Candidate = study.Serving }).ToList();
        var head = Gate.Judge([("AS", studies)], Rules).Heads[0];
        Assert.Equal((0, 0), (head.DifferenceLow, head.DifferenceHigh));
    }

    [Fact]
    public void WorseModel_OnOneHead_DoesNotPass()
    {
        var verdict = Gate.Judge([("AS", Studies(400, 2, 2, noise: 0.05)), ("LVH", Studies(400, 2, 2, noise: 1.5, servingNoise: 0.05))], Rules);
        Assert.False(verdict.Passed);
        Assert.StartsWith("LVH: its AUROC may be worse by", verdict.Reason, StringComparison.Ordinal);
        Assert.Null(verdict.Heads[0].Failure);
    }

    /// <summary>As good in truth, yet too few studies to know: not passed, for the interval is too wide.</summary>
    [Fact]
    public void FewStudies_AndNoisyModels_AreNotEnoughToKnow()
    {
        var verdict = Gate.Judge([("AS", Studies(70, 1, 1, noise: 2))], Rules);
        Assert.False(verdict.Passed);
        Assert.Contains("may be worse", verdict.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(29, 200)]
    [InlineData(200, 29)]
    public void FewerThanThirtyOfAKind_AreNotEnoughLabels(int positives, int negatives)
    {
        var all = Studies(600, 3, 1);
        var few = all.Where(study => study.Positive).Take(positives).Concat(all.Where(study => !study.Positive).Take(negatives)).ToList();
        var verdict = Gate.Judge([("AS", few)], Rules);
        Assert.False(verdict.Passed);
        Assert.StartsWith($"AS: not enough labels: {positives} positive and {negatives} negative", verdict.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void NoHeads_AreNotEnoughLabels() => Assert.False(Gate.Judge([], Rules).Passed);

    [Fact]
    public void OverconfidentModel_DoesNotPass_ThoughItsRankingIsTheSame()
    {
        var studies = Studies(400, 1, 1).Select(study => study with { Candidate = Probability.Sigmoid(6 * Math.Log(study.Serving / (1 - study.Serving))) }).ToList();
        var verdict = Gate.Judge([("AS", studies)], Rules);
        Assert.Equal(verdict.Heads[0].Auroc, verdict.Heads[0].ServingAuroc, 6);
        Assert.Contains("calibration error", verdict.Reason, StringComparison.Ordinal);
        Assert.False(verdict.Passed);
    }

    [Fact]
    public void ModelThatAbstainsMore_DoesNotPass()
    {
        var studies = Studies(200, 2, 2).Select((study, i) => study with { Candidate = study.Serving, CandidateAbstains = i % 10 == 0 }).ToList();
        Assert.Contains("it abstains on 10.0 % of the studies", Gate.Judge([("AS", studies)], Rules).Reason, StringComparison.Ordinal);
        Assert.True(Gate.Judge([("AS", studies.Select((study, i) => study with { ServingAbstains = i % 10 == 5 }).ToList())], Rules).Passed);
    }

    [Fact]
    public void ModelWithoutThatAnswer_DoesNotPass()
    {
        var studies = Studies(200, 2, 2).Select(study => study with { Candidate = double.NaN }).ToList();
        Assert.Contains("no numbers", Gate.Judge([("AS", studies)], Rules).Reason, StringComparison.Ordinal);
    }

    /// <summary>Two studies a patient: the interval must be that of so many patients, not of so many studies.</summary>
    [Fact]
    public void SeveralStudiesOfOnePatient_WidenTheInterval()
    {
        var once = Studies(300, 1, 1);
        var copied = once.SelectMany(study => new[] { study, study, study }).ToList();
        var (one, three) = (Gate.Judge([("AS", once)], Rules).Heads[0], Gate.Judge([("AS", copied)], Rules).Heads[0]);
        Assert.Equal(one.DifferenceHigh - one.DifferenceLow, three.DifferenceHigh - three.DifferenceLow, 2);
        Assert.Equal((300, 900), (three.Patients, three.Studies));
    }

    /// <param name="candidate">The deviation of the log odds that the model gives.</param>
    /// <param name="noise">Of what the candidate sees, and the serving model too unless it has its own.</param>
    private static List<JudgedStudy> Studies(int count, double candidate, double serving, double noise = 0.3, double? servingNoise = null, int seed = 3)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            var truth = Normal(random);
            // What both see of the truth, each with noise of its own; the outcome is drawn from what the serving model says, so it is calibrated.
            var says = Probability.Sigmoid(serving * truth);
            var positive = random.NextDouble() < says;
            return new JudgedStudy($"p{i}", positive, Probability.Sigmoid(candidate * (truth + noise * Normal(random))), Probability.Sigmoid(serving * (truth + (servingNoise ?? noise) * Normal(random))), false, false);
        })];
    }

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
