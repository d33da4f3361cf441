using EchoClr.Retraining.FineTune;
using EchoClr.Retraining.Pretrain;
using EchoClr.Retraining.Promotion;
using EchoClr.Retraining.Runs;
using EchoClr.Shared.Audit;
using EchoClr.Shared.Clips;
using EchoClr.Shared.Data;
using EchoClr.Testing;
using EchoClr.VideoModels.Checkpoints;

namespace EchoClr.Retraining.Tests.Promotion;

/// <summary>A scheduled run from the clips that accumulated to a model in its shadow period, over a real database: AS are the bright clips.</summary>
public sealed class RunReleaseTests : IAsyncLifetime
{
    private const int Side = 24, Frames = 20;
    private static readonly PretrainPlan Plan = new() { Recipe = "simclr", Width = 4, Size = Side, Pairs = 4, Steps = 2, Threads = 1, MixedPrecision = false, Findings = ["AS"] };
    private readonly TemporaryFolder _folder = new();
    private readonly ManualTime _time = new(Rows.Noon);
    private TestDatabase _test = null!;
    private int _studies;

    public async ValueTask InitializeAsync()
    {
        _test = await TestDatabase.CreateAsync();
        var serving = await SmallModel.ImportAsync(_test, Path.Combine(_folder.Path, "serving"), "serving", scale: 0);
        await new ModelStore(_test.Database).PromoteAsync(serving.Id, "test", Rows.Noon, default);
    }

    public async ValueTask DisposeAsync()
    {
        await _test.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Run_WithLabels_EndsWithAModelThatPassedTheGate_AndKnowsWhereItComesFrom()
    {
        await AddStudiesAsync(64, DataPart.Training, sawAi: true);
        await AddStudiesAsync(16, DataPart.Validation, sawAi: true);
        await AddStudiesAsync(64, DataPart.Test, sawAi: false);

        var (run, outcome) = await RunAsync(Plan);

        var made = outcome.Model!;
        Assert.True(made.PassedGate, made.Why);
        var model = (await new ModelStore(_test.Database).FindAsync(made.Id!.Value, default))!;
        Assert.Equal(("as-lvh", $"2025-01-10-run{run}", ModelState.Imported, false), (model.Kind, model.Version, model.State, model.Synthetic));
        Assert.NotNull(model.ShadowSince);
        Assert.Equal((run, outcome.CohortSha256, "simclr", 1L), (model.TrainingRunId, model.CohortSha256, model.Recipe, model.Seed));
        Assert.Contains(ModelFigure.Of(model), figure => figure is { Name: "AUROC", Class: "AS", Value: > 0.9 });
        Assert.Equal(model.WeightsSha256, ModelRelease.Load(model.Folder).Manifest.Weights.Sha256);
        Assert.StartsWith(_test.Blobs.Root, model.Folder, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(model.Folder, ModelRow.EvaluationFileName)));

        // Another encoder, another model: the run's encoder is what it began from.
        var (_, other) = await RunAsync(Plan with { Steps = 3 });
        Assert.NotEqual(model.WeightsSha256, (await new ModelStore(_test.Database).FindAsync(other.Model!.Id!.Value, default))!.WeightsSha256);
    }

    [Fact]
    public async Task Run_WithTooFewLabels_SucceedsWithItsEncoder_AndSaysWhatIsMissing()
    {
        await AddStudiesAsync(20, DataPart.Training, sawAi: false);
        var (_, outcome) = await RunAsync(Plan);
        Assert.Equal((null, null), (outcome.Model!.Id, outcome.Model.PassedGate));
        Assert.Equal("not enough labels: AS is present in 0 and absent in 0 of the patients for validation", outcome.Model.Why);
        Assert.True(File.Exists(_test.Blobs.PathOf(outcome.Encoder)));
        Assert.Single(await new ModelStore(_test.Database).ListAsync(default)); // the one in service
    }

    [Fact]
    public async Task Run_WhosePlanNamesNoFindings_LeavesAnEncoder()
    {
        await AddStudiesAsync(20, DataPart.Training, sawAi: false);
        Assert.Null((await RunAsync(Plan with { Findings = null })).Outcome.Model);
    }

    private async Task<(long Run, PretrainOutcome Outcome)> RunAsync(PretrainPlan plan)
    {
        var (runs, models, clips, labels) = (new TrainingRunStore(_test.Database), new ModelStore(_test.Database), new ClipStore(_test.Database), new LabelStore(_test.Database));
        var which = new JudgedClips("PLAX", 0.5);
        var judgement = new ModelJudgement(models, new PromotionStore(_test.Database), labels, clips, _test.Blobs, new GateRules(), _time);
        var job = new RetrainingJob(new PretrainJob(clips, _test.Blobs, TimeProvider.System), new RunRelease(labels, clips, _test.Blobs, judgement, which, TimeProvider.System));
        var run = (await runs.CreateAsync(new NewTrainingRun(null, Rows.Noon, plan.ToJson(), Guid.NewGuid().ToString("N")), default))!.Value;
        var end = await new TrainingWorker(runs, _test.Blobs, job, _time).RunAsync(run, "test", default);
        var row = (await runs.FindAsync(run, default))!;
        Assert.True(end == TrainingEnd.Succeeded, $"{end}: {row.Error}");
        return (run, PretrainOutcome.FromJson(row.Metrics!));
    }

    /// <summary>Every second study with AS.</summary>
    private async Task AddStudiesAsync(int count, DataPart part, bool sawAi)
    {
        for (var i = 0; i < count; i++)
        {
            var number = _studies++;
            var pixels = new byte[Frames * Side * Side];
            new Random(number).NextBytes(pixels);
            for (var p = 0; p < pixels.Length; p++)
                pixels[p] = (byte)(pixels[p] / 4 + (number % 2 == 0 ? 130 : 20));
            var study = await _test.AddOneClipStudyAsync($"study {number}", part, pixels, Side);
            await new LabelStore(_test.Database).AddAsync([new NewLabel(study, "AS", number % 2 == 0 ? LabelValue.Present : LabelValue.Absent, "Anna", sawAi)], "test", AuditParticipant.Operator(), Rows.Noon, default);
        }
    }
}
