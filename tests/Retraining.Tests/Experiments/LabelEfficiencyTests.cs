using System.Text.Json;
using EchoClr.Retraining.Cohorts;
using EchoClr.Retraining.Experiments;
using EchoClr.Retraining.FineTune;
using EchoClr.Retraining.Pretrain;
using EchoClr.Retraining.Tests.Pretrain;
using EchoClr.Shared.Clips;
using EchoClr.Shared.Data;
using EchoClr.Testing;

namespace EchoClr.Retraining.Tests.Experiments;

/// <summary>The whole experiment on a cohort of a hundred drawn studies and a network of two channels: what takes a night is here seconds.</summary>
public sealed class LabelEfficiencyTests : IDisposable
{
    private static readonly LabelEfficiencyPlan plan = new()
    {
        Width = 2, Size = 16, Frames = 4, IntervalMs = 50, PretrainingSteps = 4, Pairs = 4, Updates = 4, UpdatesPerEpoch = 2, BatchSize = 4, ValidationPatients = 4, LearningRates = [1e-3, 1e-2], Threads = 1, MixedPrecision = false,
    };

    private static readonly ExperimentScope scope = new([ExperimentArm.Random, ExperimentArm.EchoClrPlus], [0.5, 1], Seeds: 2, PretrainingSeeds: 2);

    private readonly TemporaryFolder folder = new();
    private readonly LabelledCohort cohort;

    public LabelEfficiencyTests()
    {
        const int studies = 100;
        Cohort drawn = DrawnCohort.Write(folder.Path, studies);
        var truth = Enumerable.Range(0, studies).ToDictionary(study => Rows.Sha256($"patient {study}"), study => new float[] { study % 3 == 0 ? 1 : 0, study % 2 });
        cohort = new LabelledCohort(Path.Combine(folder.Path, "cohort.json"), drawn, clip => truth[clip.Patient], plan.Input);
    }

    [Fact]
    public async Task Fill_StoppedAgainAndAgain_HasTheCellsOfAnUnbrokenOne_AndDoesNoneTwice()
    {
        await using var first = await TestDatabase.CreateAsync();
        await using var second = await TestDatabase.CreateAsync();
        var unbroken = await FillAsync(first, int.MaxValue);

        int stops = 0;
        var (done, encoders) = ((IReadOnlyList<ExperimentCellRow>)[], (IReadOnlyList<ExperimentEncoderRow>)[]);
        for (int before = -1; done.Count < unbroken.Cells.Count; stops++)
        {
            Assert.True(done.Count > before || stops < 3, "it goes on");
            before = done.Count;
            (done, encoders) = await FillAsync(second, afterReports: 3);
        }

        Assert.True(stops > 3, $"stopped {stops} times");
        // 2 arms, 2 budgets, 2 seeds, 2 learning rates; every one of the lowest loss of its cell has scores.
        Assert.Equal(16, unbroken.Cells.Count);
        Assert.All(unbroken.Cells.GroupBy(cell => cell.Key with { LearningRate = 0 }), rates => Assert.NotNull(rates.MinBy(cell => cell.ValidationLoss)!.Scores));
        Assert.Equal(unbroken.Cells.Select(Result), done.Select(Result));
        Assert.Equal(unbroken.Encoders.Select(Weights), encoders.Select(Weights));

        var table = LabelEfficiencyTable.Of(plan, ExperimentSubject.Of((await new ExperimentStore(first.Database).FindAsync(LabelEfficiency.Kind, "tiny", default))!), 75, unbroken.Cells, unbroken.Encoders, default, replicates: 50);
        Assert.Equal(2 * 2 * 2, table.Cells.Count); // findings, arms, budgets
        Assert.All(table.Cells, cell => Assert.Equal((2, cell.Arm == "random" ? 1 : 2), (cell.Seeds, cell.PretrainingSeeds)));
        Assert.False(table.Counts);

        static (string, long, string) Weights(ExperimentEncoderRow encoder) => (encoder.Arm, encoder.Seed, PretrainOutcome.FromJson(encoder.Metrics!).EncoderSha256);
        static (ExperimentCellKey, double, string?) Result(ExperimentCellRow cell) => (cell.Key, cell.ValidationLoss, cell.Scores);
    }

    [Fact]
    public async Task Fill_PretrainingWhoseProcessDied_IsTakenUp_AndOneThatFailedLeavesItsCellsOut()
    {
        await using var test = await TestDatabase.CreateAsync();
        var (store, runs) = (new ExperimentStore(test.Database), new TrainingRunStore(test.Database));
        var (row, _) = await Work(test).OpenAsync("tiny", plan, Rows.Sha256("hard"), cohort, default);
        long dead = await store.EncoderAsync(row.Id, "echoclr+", 1, new NewTrainingRun(null, Rows.Noon, plan.Pretraining(ExperimentArm.EchoClrPlus, 1, cohort.Manifest).ToJson(), "dead"), default);
        Assert.NotNull(await runs.TryTakeAsync(dead, "a process that died", Rows.Noon, TimeSpan.FromMinutes(2), default));
        long failed = await store.EncoderAsync(row.Id, "simclr", 1, new NewTrainingRun(null, Rows.Noon, "{}", "failed"), default);
        var lease = (await runs.TryTakeAsync(failed, "another", Rows.Noon, TimeSpan.FromMinutes(2), default))!;
        await runs.FinishAsync(lease, TrainingRunState.Failed, null, "the network has collapsed", Rows.Noon, default);

        var one = new ExperimentScope([ExperimentArm.EchoClrPlus, ExperimentArm.SimClr], [1], 1, 1);
        Assert.False(await Work(test).FillAsync(row, plan, cohort, one, new Said(_ => { }), default));

        var cells = await store.ListCellsAsync(row.Id, default);
        Assert.Equal(["echoclr+", "echoclr+"], cells.Select(cell => cell.Arm));
        Assert.Equal(dead, (await store.ListEncodersAsync(row.Id, default)).Single(encoder => encoder.Arm == "echoclr+").TrainingRunId);
        var table = LabelEfficiencyTable.Of(plan, ExperimentSubject.Of(row), 75, cells, await store.ListEncodersAsync(row.Id, default), default, replicates: 50);
        Assert.Equal(["simclr, pretraining seed 1: the network has collapsed"], table.Stopped);
    }

    [Fact]
    public async Task Open_OtherPhantomsOrAnotherPlan_IsRefused()
    {
        await using var test = await TestDatabase.CreateAsync();
        await Work(test).OpenAsync("tiny", plan, Rows.Sha256("hard"), cohort, default);

        Assert.Equal(plan.ToJson(), (await Work(test).OpenAsync("tiny", plan, Rows.Sha256("hard"), cohort, default)).Plan.ToJson());
        Assert.Contains("another hardness", (await Assert.ThrowsAsync<InvalidDataException>(() => Work(test).OpenAsync("tiny", plan, Rows.Sha256("harder"), cohort, default))).Message, StringComparison.Ordinal);
        Assert.Contains("another plan", (await Assert.ThrowsAsync<InvalidDataException>(() => Work(test).OpenAsync("tiny", plan with { Updates = 5 }, Rows.Sha256("hard"), cohort, default))).Message, StringComparison.Ordinal);
        await Work(test).OpenAsync("other", plan with { Updates = 5 }, Rows.Sha256("harder"), cohort, default);
    }

    [Fact]
    public async Task Open_ClipsThatWereDrawnAnew_AreRefused()
    {
        await using var test = await TestDatabase.CreateAsync();
        await Work(test).OpenAsync("tiny", plan, Rows.Sha256("hard"), cohort, default);
        using var other = new TemporaryFolder();
        var fewer = DrawnCohort.Write(other.Path, 90);
        var truth = Enumerable.Range(0, 90).ToDictionary(study => Rows.Sha256($"patient {study}"), _ => new float[] { 1, 0 });

        var error = await Assert.ThrowsAsync<InvalidDataException>(() => Work(test).OpenAsync("tiny", plan, Rows.Sha256("hard"), new LabelledCohort(Path.Combine(other.Path, "cohort.json"), fewer, clip => truth[clip.Patient], plan.Input), default));
        Assert.Contains("other clips", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Budgets_AreNestedAndTheSameForEveryArm_AndTooFewPatientsAreRefused()
    {
        var training = cohort.Patients(DataPart.Training);
        var budgets = LabelEfficiency.Budgets(training, [0.5, 1], seed: 3);

        Assert.Subset(budgets[1].ToHashSet(), budgets[0.5].ToHashSet());
        Assert.Equal(training.Count, budgets[1].Count);
        Assert.Equal(budgets[0.5], LabelEfficiency.Budgets(training, [0.5], seed: 3)[0.5]);
        Assert.NotEqual(budgets[0.5].Order(), LabelEfficiency.Budgets(training, [0.5], seed: 4)[0.5].Order());
        Assert.Contains("20 and 4 are needed", Assert.Throws<ArgumentException>(() => LabelEfficiency.Budgets(training, [0.1], seed: 3)).Message, StringComparison.Ordinal);
    }

    public void Dispose() => folder.Dispose();

    /// <summary>Works until it has said so many things; then it is stopped.</summary>
    private async Task<(IReadOnlyList<ExperimentCellRow> Cells, IReadOnlyList<ExperimentEncoderRow> Encoders)> FillAsync(TestDatabase test, int afterReports)
    {
        using var stop = new CancellationTokenSource();
        int reports = 0;
        var work = Work(test);
        var (row, begun) = await work.OpenAsync("tiny", plan, Rows.Sha256("hard"), cohort, default);
        try
        {
            Assert.True(await work.FillAsync(row, begun, cohort, scope, new Said(_ => { if (++reports == afterReports) stop.Cancel(); }), stop.Token));
        }
        catch (OperationCanceledException)
        {
            // As a person stops it, or its time is over.
        }
        var store = new ExperimentStore(test.Database);
        return (await store.ListCellsAsync(row.Id, default), await store.ListEncodersAsync(row.Id, default));
    }

    private static LabelEfficiency Work(TestDatabase test) =>
        new(new ExperimentStore(test.Database), new TrainingRunStore(test.Database), new ClipStore(test.Database), test.Blobs, TimeProvider.System);

    private sealed class Said(Action<string> say) : IProgress<string>
    {
        public void Report(string value) => say(value);
    }
}
