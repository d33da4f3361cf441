using System.Text.Json;
using EchoClr.Retraining.Cohorts;
using EchoClr.Retraining.Experiments;
using EchoClr.Retraining.FineTune;
using EchoClr.Retraining.Pretrain;
using EchoClr.Retraining.Tests.Pretrain;
using EchoClr.Shared.Data;
using EchoClr.Testing;
using EchoClr.VideoModels.Checkpoints;

namespace EchoClr.Retraining.Tests.Experiments;

/// <summary>Views by supervised contrast, on drawn clips and a network of two channels.</summary>
public sealed class ViewContrastTests : IDisposable
{
    private static readonly ViewContrastPlan plan = new()
    {
        Width = 2, Input = new ModelInput(4, 16, 60, 0.2, 0.2), ValidationPatients = 5, Pairs = 4, ContrastSteps = 4, ClassifierSteps = 2, StepsPerEpoch = 2, BatchSize = 4, Threads = 1, MixedPrecision = false,
    };

    private readonly TemporaryFolder folder = new();
    private readonly LabelledCohort cohort;

    public ViewContrastTests()
    {
        Cohort drawn = DrawnCohort.Write(folder.Path, studies: 60, videos: 3);
        cohort = new LabelledCohort(Path.Combine(folder.Path, "cohort.json"), drawn, clip => OneHot((int)(clip.Id % 5)), plan.Input);
    }

    [Fact]
    public async Task Fill_Stopped_GoesOn_AndItsTableHasBothArms()
    {
        await using var test = await TestDatabase.CreateAsync();
        var store = new ExperimentStore(test.Database);
        var work = new ViewContrast(store, TimeProvider.System);
        var row = await work.OpenAsync("tiny", plan, Rows.Sha256("hard"), cohort, default);
        using var stop = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => work.FillAsync(row, plan, cohort, [0.1, 1], 1, new Said(_ => stop.Cancel()), stop.Token));
        var first = Assert.Single(await store.ListCellsAsync(row.Id, default));

        int said = 0;
        await work.FillAsync(row, plan, cohort, [0.1, 1], 1, new Said(_ => said++), default);

        var cells = await store.ListCellsAsync(row.Id, default);
        Assert.Equal((3, 4), (said, cells.Count));
        Assert.Contains(first, cells);
        var table = ViewContrastTable.Of(ExperimentSubject.Of(row), cells, default, replicates: 20);
        Assert.Equal(2 * 2 * 6, table.Figures.Count); // shares, arms, five classes and all together
        Assert.Equal(2 * 6, table.Comparisons.Count);
        await Assert.ThrowsAsync<InvalidDataException>(() => work.OpenAsync("tiny", plan, Rows.Sha256("harder"), cohort, default));
        await Assert.ThrowsAsync<InvalidDataException>(() => work.OpenAsync("tiny", plan with { ContrastSteps = 5 }, Rows.Sha256("hard"), cohort, default));
    }

    [Fact]
    public void Rare_KeepsTheRareViewsOfSomePatients_AndAllOthers()
    {
        var all = cohort.Clips(DataPart.Training, cohort.PatientsOf(DataPart.Training), default);
        var some = ViewContrast.Rare(all, ["A2C", "PSAX"], 0.1, seed: 1);

        Assert.Equal(all.Count(clip => !IsRare(clip)), some.Count(clip => !IsRare(clip)));
        Assert.InRange(some.Where(IsRare).Select(clip => clip.Patient).Distinct().Count(), 1, (int)Math.Round(0.1 * all.Select(clip => clip.Patient).Distinct().Count()));
        Assert.Equal(all, ViewContrast.Rare(all, ["A2C", "PSAX"], 1, seed: 1));

        static bool IsRare(TrainingClip clip) => DemoWeights.Views[Array.IndexOf(clip.Targets, 1f)] is "A2C" or "PSAX";
    }

    [Fact]
    public void SupervisedRecipe_GivesTheBatchItsClasses_AndIsRefusedWithoutThem()
    {
        var videos = cohort.Clips(DataPart.Training, cohort.PatientsOf(DataPart.Training), default).Select(clip => clip.Video).ToHashSet();
        var batch = new PairBatches(cohort.PretrainClips(DataPart.Training, videos, targets => Array.IndexOf(targets, 1f)), plan.Contrast(1)).Draw(0);

        Assert.All(batch.Classes!, c => Assert.InRange(c, 0, 4));
        Assert.NotEqual(batch.First[0].ToArray(), batch.Second[0].ToArray()); // one clip, augmented twice
        Assert.Null(new PairBatches(cohort.PretrainClips(DataPart.Training, videos, _ => 0), plan.Contrast(1) with { Recipe = "simclr" }).Draw(0).Classes);
        var withoutClasses = new PretrainClips([.. Cohort.Read(cohort.Manifest).In(DataPart.Training)], key => Path.Combine(folder.Path, key));
        Assert.Throws<ArgumentException>(() => new PairBatches(withoutClasses, plan.Contrast(1)));
        Assert.Throws<FormatException>(() => PretrainPlan.FromJson(plan.Contrast(1).ToJson())); // no training run can do it
    }

    [Fact]
    public void Table_IsPairedByPatientsAndSeeds()
    {
        ExperimentSubject[] subjects = [.. Enumerable.Range(0, 100).Select(i => new ExperimentSubject($"{i / 5}", OneHot(i % 5)))];
        ExperimentCellRow[] cells = [Cell("cross-entropy", 1), Cell("supcon", 1), Cell("supcon", 2)];
        var table = ViewContrastTable.Of(subjects, cells, default, replicates: 50);

        Assert.Equal(1, table.Comparisons.Single(line => line.Name == "macro-F1").Seeds);
        Assert.All(table.Comparisons, line => Assert.Equal((0, 0, 0), (line.Difference, line.Low, line.High))); // the same predictions
        // A third of PLAX is taken for PSAX: recall 13 of 20 and precision 1; recall 1 and precision 20 of 27.
        Assert.Equal(2 * 13.0 / (13 + 20), table.Figures.First(figure => figure.Name == "PLAX").Value, 6);
        Assert.Equal(2 * 20.0 / (27 + 20), table.Figures.First(figure => figure.Name == "PSAX").Value, 6);
        Assert.Equal(1, table.Figures.First(figure => figure.Name == "A4C").Value, 6);

        ExperimentCellRow Cell(string arm, long seed) => new()
        {
            Arm = arm, Budget = 1, Seed = seed, LearningRate = 1e-3,
            Scores = JsonSerializer.Serialize(subjects.Select((subject, i) => i % 5 == 0 && i / 5 % 3 == 0 ? OneHot(1) : subject.Targets)),
        };
    }

    public void Dispose() => folder.Dispose();

    private static float[] OneHot(int c) => [.. Enumerable.Range(0, 5).Select(i => i == c ? 1f : 0)];

    private sealed class Said(Action<string> say) : IProgress<string>
    {
        public void Report(string value) => say(value);
    }
}
