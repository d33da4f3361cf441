using EchoClr.Retraining.FineTune;
using EchoClr.Retraining.Pretrain;
using EchoClr.Testing;
using EchoClr.VideoModels.Checkpoints;

namespace EchoClr.Retraining.Tests.Pretrain;

public sealed class PretrainingTests : IDisposable
{
    private static readonly PretrainPlan plan = new() { Width = 2, Size = 16, Pairs = 4, Steps = 7, Threads = 1, MixedPrecision = false, CheckpointMinutes = 0 };
    private readonly TemporaryFolder folder = new();

    [Theory]
    [InlineData("echoclr+")]
    [InlineData("paper")]
    [InlineData("simclr")]
    [InlineData("mi-simclr")]
    public void Run_FromAnyOfItsCheckpoints_EndsWithTheSameBytes(string recipe)
    {
        var kept = new List<byte[]>();
        var whole = Run(plan with { Recipe = recipe }, null, kept);

        Assert.Equal(plan.Steps - 1, kept.Count); // none after the last step: the encoder is there
        foreach (var checkpoint in new[] { kept[0], kept[3], kept[^1] })
        {
            var later = new List<byte[]>();
            var resumed = Run(plan with { Recipe = recipe }, checkpoint, later);
            Assert.Equal(ModelRelease.Hash(whole.Encoder), ModelRelease.Hash(resumed.Encoder));
            Assert.Equal((whole.Last, whole.HeldOut), (resumed.Last, resumed.HeldOut));
            if (later.Count > 0)
                Assert.Equal(kept[^1], later[^1]);
        }
        Assert.NotEqual(ModelRelease.Hash(whole.Encoder), ModelRelease.Hash(Run(plan with { Recipe = recipe, Seed = 2 }, null, []).Encoder));
    }

    [Fact]
    public void Run_Cancelled_KeepsWhatItHas_AndGoesOnFromThere()
    {
        using var cancel = new CancellationTokenSource();
        var kept = new List<byte[]>();
        var batches = Batches(plan);
        var rarely = plan with { CheckpointMinutes = 1000 };
        Assert.Throws<OperationCanceledException>(() => new Pretraining(rarely, Cohort.Sha256, batches, null, TimeProvider.System).Run(
            null, (bytes, _) => kept.Add(bytes), new Telling(now => { if (now.Step == 3) cancel.Cancel(); }), cancel.Token));

        Assert.Equal(3, PretrainState.FromCheckpoint(Assert.Single(kept), out _).Step);
        Assert.Equal(ModelRelease.Hash(Run(plan, null, []).Encoder), ModelRelease.Hash(Run(plan, kept[0], []).Encoder));
    }

    [Fact]
    public void Run_CheckpointOfAnotherPlanOrCohort_IsRefused()
    {
        var kept = new List<byte[]>();
        Run(plan, null, kept);
        Assert.Throws<InvalidDataException>(() => Run(plan with { Steps = 8 }, kept[0], []));
        Assert.Throws<InvalidDataException>(() => new Pretraining(plan, "another", Batches(plan), null, TimeProvider.System).Run(kept[0], (_, _) => { }, null, CancellationToken.None));
        Assert.NotNull(Run(plan with { CheckpointMinutes = 9 }, kept[0], [])); // how often it is kept changes nothing
    }

    [Fact]
    public void Run_ClipThatIsGone_StopsInWords()
    {
        var batches = Batches(plan);
        foreach (var clip in Directory.EnumerateFiles(Path.Combine(folder.Path, "clips")))
            File.Delete(clip);
        var error = Assert.Throws<InvalidDataException>(() => new Pretraining(plan, Cohort.Sha256, batches, null, TimeProvider.System).Run(null, (_, _) => { }, null, CancellationToken.None));
        Assert.Contains("fix a new cohort", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Plan_JsonOfAnyKind_IsReadOrRefusedInWords()
    {
        Assert.Equal(plan, PretrainPlan.FromJson(plan.ToJson()));
        Assert.Equal(new PretrainPlan(), PretrainPlan.FromJson("""{"recipe":"echoclr+"}"""));
        foreach (var bad in new[] { "", "null", "[]", """{"recipe":"magic"}""", """{"width":0}""", """{"pairs":1}""", """{"unknown":1}""", """{"steps":"x"}""" })
            Assert.Throws<FormatException>(() => PretrainPlan.FromJson(bad));
    }

    [Fact]
    public void LearningRate_Tuned_WarmsUpAndEndsNearNothing()
    {
        var tuned = new PretrainPlan { Steps = 1000 };
        Assert.Equal(1.5e-3 / 30, tuned.LearningRate(0), 9);
        Assert.Equal(1.5e-3, tuned.LearningRate(30), 9);
        Assert.InRange(tuned.LearningRate(999), 0, 1e-7);
        Assert.Equal(0.1, (tuned with { Optimizer = PretrainOptimizer.Adam }).LearningRate(500));
    }

    public void Dispose() => folder.Dispose();

    private Retraining.Cohorts.Cohort Cohort => field ??= DrawnCohort.Write(folder.Path, studies: 140);

    private PairBatches Batches(PretrainPlan of, DataPart part = DataPart.Training) => new(new PretrainClips([.. Cohort.In(part)], key => Path.Combine(folder.Path, key)), of);

    private PretrainResult Run(PretrainPlan of, byte[]? checkpoint, List<byte[]> kept) =>
        new Pretraining(of, Cohort.Sha256, Batches(of), Batches(of, DataPart.Validation), TimeProvider.System).Run(
            checkpoint, (bytes, _) => kept.Add(bytes), null, CancellationToken.None);

    private sealed class Telling(Action<PretrainProgress> tell) : IProgress<PretrainProgress>
    {
        public void Report(PretrainProgress value) => tell(value);
    }
}
