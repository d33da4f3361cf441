using EchoClr.Inference.Models;
using EchoClr.Inference.Shadow;
using EchoClr.Inference.Tests.World;
using EchoClr.Shared.Audit;
using EchoClr.Shared.Contracts;
using EchoClr.Shared.Data;
using EchoClr.Testing;
using EchoClr.VideoModels.Checkpoints;
using Microsoft.Extensions.Hosting;

namespace EchoClr.Inference.Tests.Shadow;

/// <summary>A second model reads live studies beside the one in service, over real networks and cines.</summary>
public sealed class ShadowWorkerTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private InferenceWorld _world = null!;

    private ShadowStore Shadows => _world.Get<ShadowStore>();

    public async ValueTask InitializeAsync() =>
        _world = await InferenceWorld.CreateAsync(options => options.Shadow = new ShadowOptions { MinStudies = 2, MinTime = TimeSpan.FromHours(1) });

    public async ValueTask DisposeAsync()
    {
        await _world.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task LiveStudies_AreScoredApart_AndTheStudyIsAsItWas()
    {
        var before = await AnalyzeAsync("before");
        var model = await ShadowAsync(0.75);
        var analysis = await AnalyzeAsync("one");
        var published = (await _world.PublishedAsync<StudyAnalyzed>(2)).Count; // both have arrived, and nothing else is under way

        Assert.Equal(1, await Worker().RunOnceAsync(default));
        Assert.Equal(0, await Worker().RunOnceAsync(default));

        var scores = await ScoresAsync(model.Id);
        Assert.Equal(["AS", "LVH"], scores.Select(score => score.Name));
        Assert.All(scores, score => Assert.Equal(analysis.Id, score.AnalysisId)); // not the one from before its period
        Assert.InRange(scores[0].Probability!.Value, 0.7, 0.8);
        Assert.Equal(analysis, Assert.Single(await _world.Get<AnalysisStore>().ListOfVersionAsync(analysis.StudyVersionId, default)));
        Assert.NotEqual(before.Id, analysis.Id);
        Assert.Equal(published, _world.Published.Count);
        Assert.Empty(await _world.DeliveriesAsync());
    }

    [Fact]
    public async Task EnoughLiveStudies_MakeACandidate_ThatAPersonPromotes()
    {
        var model = await ShadowAsync(0.75);
        await AnalyzeAsync("one");
        await AnalyzeAsync("two");
        await Worker().RunOnceAsync(default);
        Assert.Equal(ModelState.Imported, (await FindAsync(model)).State); // not long enough
        _world.Time.Advance(TimeSpan.FromHours(1));
        await Worker().RunOnceAsync(default);
        Assert.Equal(ModelState.Candidate, (await FindAsync(model)).State);

        Assert.Null(await _world.Get<PromotionStore>().PromoteAsync(model.Id, AuditParticipant.Operator(), "Anna", "better", _world.Time.GetUtcNow(), default));
        var analysis = await AnalyzeAsync("three");
        Assert.Equal(model.Id, analysis.ModelId);
    }

    [Fact]
    public async Task AnswersThatDifferOften_EndThePeriod()
    {
        var model = await ShadowAsync(0.2); // absent, where the model in service says present
        await AnalyzeAsync("one");
        await AnalyzeAsync("two");
        _world.Time.Advance(TimeSpan.FromHours(1));
        await Worker().RunOnceAsync(default);
        var row = await FindAsync(model);
        Assert.Equal((ModelState.Imported, null), (row.State, row.ShadowSince));
        Assert.Contains(await _world.Get<AuditTrail>().ListAsync(DateTimeOffset.UnixEpoch, 100, default), message => message.Message.Contains("AS: 100.0 % of its answers on live studies differ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task LiveStudyThatComes_IsMadeWayFor_AndTheReadingIsNoAttempt()
    {
        var model = await ShadowAsync(0.75);
        var analysis = await AnalyzeAsync("one", cines: 2);
        var work = Assert.Single(await Shadows.ListWaitingAsync(_world.Time.GetUtcNow(), 10, default));
        using (_world.Get<LiveStudies>().Begin())
        {
            Assert.Equal(0, await Worker().RunOnceAsync(default)); // does not even begin
            Assert.False(await _world.Get<ShadowScoring>().ScoreAsync(work, default)); // had begun: stops after a cine
        }
        Assert.Empty(await ScoresAsync(model.Id));
        Assert.Equal(1, await Worker().RunOnceAsync(default));
        Assert.All(await ScoresAsync(model.Id), score => Assert.Equal(analysis.Id, score.AnalysisId));
    }

    [Fact]
    public async Task ModelThatCannotBeRead_CostsTheStudyNothing_AndIsGivenUp()
    {
        var model = await ShadowAsync(0.75);
        var analysis = await AnalyzeAsync("one");
        File.WriteAllText(Path.Combine(_folder.Path, "as-lvh", ModelRelease.WeightsFileName), "no weights");
        for (var attempt = 0; attempt < ShadowStore.MaxAttempts + 2; attempt++)
        {
            await Worker().RunOnceAsync(default);
            _world.Time.Advance(_world.Options.Shadow.RetryAfter);
        }
        Assert.Equal(1, (await Shadows.SummarizeAsync(model.Id, default)).Failed);
        Assert.Empty(await Shadows.ListWaitingAsync(_world.Time.GetUtcNow(), 10, default));
        Assert.Equal(analysis, Assert.Single(await _world.Get<AnalysisStore>().ListOfVersionAsync(analysis.StudyVersionId, default)));
    }

    [Fact]
    public async Task TwoWorkers_OneReading()
    {
        await ShadowAsync(0.75);
        await AnalyzeAsync("one");
        var work = Assert.Single(await Shadows.ListWaitingAsync(_world.Time.GetUtcNow(), 10, default));
        var now = _world.Time.GetUtcNow();
        var begun = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => Shadows.TryBeginAsync(work, now, now - TimeSpan.FromMinutes(15), default))));
        Assert.Single(begun, true);
        Assert.Empty(await Shadows.ListWaitingAsync(now - TimeSpan.FromMinutes(15), 10, default));
    }

    /// <summary>Workers swap between studies: every study has exactly one analysis, by one of the two models, and both had their share.</summary>
    [Fact]
    public async Task PromotedWhileStudiesAreRead_NoneIsLost_AndEachIsReadByOneModel()
    {
        (await _world.Get<ModelSlot>().TakeAsync(default)).Dispose();
        var model = await ImportAsync(0.3);
        var versions = new List<StudyVersionRow>();
        for (var i = 0; i < 6; i++)
            versions.Add(await _world.ReceiveAsync($"study {i}"));
        await Task.WhenAll(
            Task.Run(async () =>
            {
                foreach (var version in versions.Take(3))
                    await _world.AnalyzeAsync(version);
                await _world.Get<ModelStore>().PromoteAsync(model.Id, "Anna", _world.Time.GetUtcNow(), default);
                await _world.AnalyzeAsync(versions[3]);
            }),
            Task.Run(async () =>
            {
                foreach (var version in versions.Skip(4))
                    await _world.AnalyzeAsync(version);
            }));
        var analyses = new List<AnalysisRow>();
        foreach (var version in versions)
            analyses.Add(Assert.Single(await _world.Get<AnalysisStore>().ListOfVersionAsync(version.Id, default)));
        Assert.All(analyses, analysis => Assert.Equal(AnalysisState.Analyzed, analysis.State));
        Assert.Equal(model.Id, analyses[3].ModelId);
        Assert.All(analyses.Take(3), analysis => Assert.NotEqual(model.Id, analysis.ModelId));
        Assert.Equal(6, (await _world.PublishedAsync<StudyAnalyzed>(6)).Count);
    }

    private ShadowWorker Worker() => Assert.Single(_world.Get<IEnumerable<IHostedService>>().OfType<ShadowWorker>());

    private async Task<AnalysisRow> AnalyzeAsync(string study, int cines = 1)
    {
        _world.Time.Advance(TimeSpan.FromSeconds(1));
        return (await _world.AnalyzeAsync(await _world.ReceiveAsync(study, cines)))!;
    }

    private async Task<ModelRow> ImportAsync(double aorticStenosis)
    {
        TestModels.Write(_folder.Path, aorticStenosis: aorticStenosis, version: "2.0.0");
        var path = Path.Combine(_folder.Path, LoadedModels.FindingsKind);
        var hash = ModelManifest.Read(Path.Combine(path, ModelManifest.FileName)).Weights.Sha256;
        return await _world.Get<ModelStore>().ImportAsync(new NewModel(LoadedModels.FindingsKind, "as-lvh", "2.0.0", hash, "{}", path, true), _world.Time.GetUtcNow(), default);
    }

    /// <summary>A model that has passed the gate just now.</summary>
    private async Task<ModelRow> ShadowAsync(double aorticStenosis)
    {
        (await _world.Get<ModelSlot>().TakeAsync(default)).Dispose(); // puts the models that came with the program in service
        _world.Time.Advance(TimeSpan.FromSeconds(1));
        var model = await ImportAsync(aorticStenosis);
        var serving = (await _world.Get<ModelStore>().FindInServiceAsync(LoadedModels.FindingsKind, default))!;
        await _world.Get<PromotionStore>().RecordVerdictAsync(new NewVerdict(model.Id, serving.Id, true, "as good", "{}", "set", "Anna"), AuditParticipant.Operator(), _world.Time.GetUtcNow(), default);
        return await FindAsync(model);
    }

    private async Task<ModelRow> FindAsync(ModelRow model) => (await _world.Get<ModelStore>().FindAsync(model.Id, default))!;

    private Task<IReadOnlyList<Score>> ScoresAsync(long model) => _world.Database.Database.ReadAsync(
        session => session.QueryAsync<Score>("SELECT analysis_id, name, probability FROM shadow_score WHERE model_id = @Model ORDER BY name", new { Model = model }), default);

    private sealed record Score
    {
        public long AnalysisId { get; init; }
        public string Name { get; init; } = "";
        public double? Probability { get; init; }
    }
}
