using EchoClr.App.Learning;
using EchoClr.Retraining.Cohorts;
using EchoClr.Retraining.FineTune;
using EchoClr.Retraining.Pretrain;
using EchoClr.Testing;

namespace EchoClr.App.Tests.Learning;

/// <summary>The smallest honest slice of the learning: does a network without labels tell phantom patients apart?</summary>
public sealed class PretrainingOnPhantomsTests
{
    private const int Patients = 36;

    private static readonly PretrainPlan plan = new() { Width = 8, Size = 48, Pairs = 16, Steps = 600, Threads = 1, MixedPrecision = false, Seed = 5 };

    [Fact]
    [Trait("Suite", "long")]
    public void Pretrain_SixHundredSteps_LeavesChanceByOne()
    {
        using var folder = new TemporaryFolder();
        var cohort = Cohort.Read(PhantomCohort.LongAxis.Draw(folder.Path, Patients, seed: 5, progress: null, TestContext.Current.CancellationToken));
        var batches = new PairBatches(new PretrainClips([.. cohort.In(DataPart.Training)], key => Path.Combine(folder.Path, key)), plan);
        var contrast = new List<double>();

        new Pretraining(plan, cohort.Sha256, batches, null, TimeProvider.System).Run(
            null, (_, _) => { }, new SynchronousProgress<PretrainProgress>(now => contrast.Add(now.Contrast)), TestContext.Current.CancellationToken);

        Assert.True(contrast.TakeLast(50).Average() < AtChance(batches) - 1, $"contrast {contrast.TakeLast(50).Average():0.00} after {contrast.Count} steps; knowing nothing costs {AtChance(batches):0.00}");
    }

    /// <summary>ln(2N − 1), less what is left out of the denominator because a patient is in a batch twice: few patients must not look like learning.</summary>
    private static double AtChance(PairBatches batches) => Enumerable.Range(0, 50)
        .SelectMany(step => batches.Draw(step).Patients.GroupBy(patient => patient).SelectMany(same => same.Select(_ => Math.Log(2 * (plan.Pairs - same.Count()) + 1)))).Average();
}
