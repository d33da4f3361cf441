using EchoClr.Inference.Analysis;
using EchoClr.Inference.Drift;
using EchoClr.Inference.Tests.World;
using EchoClr.Phantom;
using EchoClr.Shared.Clips;
using EchoClr.Shared.Data;
using EchoClr.Testing;
using EchoClr.VideoModels.Checkpoints;
using EchoClr.VideoModels.Clips;
using EchoClr.VideoModels.Prediction;
using Microsoft.Extensions.Logging.Abstractions;

namespace EchoClr.Inference.Tests.Drift;

public sealed class DriftWatchTests
{
    private static readonly DateTimeOffset Now = Rows.Noon.AddDays(60);

    /// <summary>A service visit changes gain and sector of one machine; the other sender's machines stay as they were.</summary>
    [Fact]
    public async Task GainAndGeometryOfOneSender_AreWarnedOfByItsName_AndTakenBackWhenTheyAreUndone()
    {
        await using var site = await Site.CreateAsync();
        await site.ReadAsync("CART-A", first: 0, count: 24, Rows.Noon, video => video);
        await site.ReadAsync("CART-B", first: 100, count: 24, Rows.Noon, video => video);
        await site.ReadAsync("CART-A", first: 200, count: 24, Now.AddDays(-3), video => video);
        await site.ReadAsync("CART-B", first: 300, count: 24, Now.AddDays(-3), video => video with
        {
            Settings = video.Settings with { GainDb = video.Settings.GainDb + 14, Sector = video.Settings.Sector with { HalfAngle = 0.7f * video.Settings.Sector.HalfAngle } },
        });

        var results = await site.Watch().RunOnceAsync(CancellationToken.None);

        Assert.Equal(["CART-B"], results!.Where(result => result.Changed).Select(result => result.Sender).Distinct());
        var changed = results!.Where(result => result.Changed).Select(result => result.Measure).ToList();
        Assert.Contains("brightness", changed);
        Assert.Contains("sector shape", changed);
        Assert.Contains("embedding", changed);
        Assert.DoesNotContain("scanner mix", changed);
        var warning = Assert.Single(await site.Health.ListAsync(CancellationToken.None));
        Assert.Equal("drift CART-B", warning.Subject);
        Assert.Contains("brightness: median ", warning.Detail, StringComparison.Ordinal);
        Assert.Equal(results!.Count(result => result.Changed), (await site.Drift.FindLatestAsync(CancellationToken.None))!.Results.Count(result => result.Changed));

        // Undone by the week after.
        site.Time.Advance(TimeSpan.FromDays(7));
        await site.ReadAsync("CART-B", first: 400, count: 24, Now.AddDays(5), video => video);
        Assert.DoesNotContain(await site.Watch().RunOnceAsync(CancellationToken.None) ?? throw new InvalidOperationException(), result => result.Changed);
        Assert.Empty(await site.Health.ListAsync(CancellationToken.None));
    }

    [Theory, EachDatabase]
    public async Task OneComparisonADueTime_WhoeverAsks_AndTakenOverFromAProcessThatDied(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        var drift = new DriftStore(test.Database);
        var (due, lease) = (Rows.Noon, TimeSpan.FromHours(1));
        var id = await drift.TryClaimAsync(due, "one", Rows.Noon, lease, CancellationToken.None);
        Assert.NotNull(id);
        Assert.Null(await drift.TryClaimAsync(due, "two", Rows.Noon.AddMinutes(59), lease, CancellationToken.None));
        Assert.Equal(id, await drift.TryClaimAsync(due, "two", Rows.Noon.AddMinutes(61), lease, CancellationToken.None));
        // The first one wakes up: its word no longer counts.
        var result = new DriftResult("CART", "brightness", 20, 20, 0.4, 0.0001, true, "median 60, now 90");
        Assert.False(await drift.FinishAsync(id.Value, "one", [result], Rows.Noon.AddMinutes(62), CancellationToken.None));
        Assert.Null(await drift.FindLatestAsync(CancellationToken.None));
        Assert.True(await drift.FinishAsync(id.Value, "two", [result], Rows.Noon.AddMinutes(63), CancellationToken.None));
        Assert.Equal(result, Assert.Single((await drift.FindLatestAsync(CancellationToken.None))!.Results));
        Assert.Null(await drift.TryClaimAsync(due, "three", Rows.Noon.AddDays(1), lease, CancellationToken.None));
    }

    /// <summary>A model that abstains more, and answers otherwise, on the studies of a sender whose pictures nobody measured.</summary>
    [Fact]
    public async Task ScoresAndAbstention_AreComparedWithTheFirstWeeksOfTheModel()
    {
        await using var site = await Site.CreateAsync();
        var random = new Random(2);
        for (var i = 0; i < 120; i++)
        {
            var late = i >= 60;
            var at = late ? Now.AddDays(-2) : Rows.Noon;
            // LVH: higher scores now. AS: abstained on half of the studies now, on none before.
            var abstains = late && i % 2 == 0;
            await site.RecordAsync($"{i}", "CART", at, null,
                new NewFinding(null, "AS", abstains ? null : random.NextDouble(), 0.5, abstains ? FindingOutcome.Abstained : FindingOutcome.Absent),
                new NewFinding(null, "LVH", late ? 0.5 + 0.5 * random.NextDouble() : random.NextDouble(), 0.5, FindingOutcome.Absent));
        }
        var results = await site.Watch().RunOnceAsync(CancellationToken.None);
        Assert.Equal(["abstention AS", "score LVH"], results!.Where(result => result.Changed).Select(result => result.Measure).Order());
        Assert.Contains(results!, result => result is { Measure: "score AS", Changed: false, CurrentStudies: 30 });
        Assert.Contains("abstained 0 %, now 50 %", Assert.Single(await site.Health.ListAsync(CancellationToken.None)).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TooFewStudies_SayNothing_AndLeaveAWarningAsItIs()
    {
        await using var site = await Site.CreateAsync();
        await site.Health.RaiseAsync("drift CART", "changed", Rows.Noon, CancellationToken.None);
        await site.Health.RaiseAsync("drift GONE", "changed", Rows.Noon, CancellationToken.None);
        for (var i = 0; i < 24; i++)
            await site.RecordAsync($"{i}", "CART", i < 20 ? Rows.Noon : Now.AddDays(-1), null, new NewFinding(null, "AS", 0.1, 0.5, FindingOutcome.Absent));
        var result = Assert.Single((await site.Watch().RunOnceAsync(CancellationToken.None))!);
        Assert.Null(result.PValue);
        Assert.Contains("20 before and 4 now", result.Detail, StringComparison.Ordinal);
        Assert.Equal("drift CART", Assert.Single(await site.Health.ListAsync(CancellationToken.None)).Subject);
    }

    /// <summary>A sender's first weeks were dark, and then its machine was replaced. A model that learned from the new machine's pictures knows them.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Reference_IsWhatTheModelInServiceLearnedFrom(bool learnedHere)
    {
        await using var site = await Site.CreateAsync();
        var random = new Random(4);
        for (var i = 0; i < 75; i++)
        {
            var (at, brightness) = i < 25 ? (Rows.Noon, 50) : i < 50 ? (Rows.Noon.AddDays(40), 90) : (Now.AddDays(-1), 90);
            var measure = new NewCineMeasure("PLAX", "scanner", brightness + 10 * random.NextDouble(), 30, 0.5, 0.4, 40, [(float)random.NextDouble()]);
            await site.RecordAsync($"{i}", "CART", at, measure);
            if (i is >= 25 and < 50)
                await site.KeepClipAsync($"{i}", at);
        }
        if (learnedHere)
            await site.ServeTrainedAsync(Rows.Noon.AddDays(45));
        var results = await site.Watch().RunOnceAsync(CancellationToken.None);
        Assert.Equal(learnedHere ? [] : ["brightness"], results!.Where(result => result.Changed).Select(result => result.Measure));
        Assert.Contains(learnedHere ? "learned from" : "first weeks", results!.Single(result => result.Measure == "brightness").Detail, StringComparison.Ordinal);
    }

    /// <summary>What the comparison reads is what the analysis of a received study leaves.</summary>
    [Fact]
    public async Task AnalysedCine_LeavesItsMeasure()
    {
        await using var world = await InferenceWorld.CreateAsync();
        await world.AnalyzeAsync(await world.ReceiveAsync("one", cines: 2));
        var gate = (await world.Get<ModelStore>().FindInServiceAsync("view-gate", CancellationToken.None))!;
        var study = Assert.Single(await world.Get<DriftStore>().ListMeasuredAsync(gate.Id, world.Time.GetUtcNow().AddDays(1), CancellationToken.None));
        Assert.Equal("PACS", study.Sender);
        var measures = await world.Get<DriftStore>().ListMeasuresAsync(gate.Id, [study.StudyId], CancellationToken.None);
        Assert.Equal(2, measures.Count);
        Assert.All(measures, measure =>
        {
            Assert.Equal("PLAX", measure.ViewLabel);
            Assert.InRange(measure.Brightness, 90, 130); // grey levels drawn from 20 to 200
            Assert.InRange(measure.SectorShape, 0.3, 0.9);
            Assert.Equal(40, measure.FrameMs, 6);
            Assert.Equal(2 * 16, measure.Embedding.Length); // width 2: 16 features
        });
    }

    /// <summary>A site whose studies were read by the shipped view gate.</summary>
    private sealed class Site : IAsyncDisposable
    {
        private readonly TestDatabase database;
        private readonly (ModelRow ViewGate, ModelRow AsLvh) models;

        private Site(TestDatabase database, (ModelRow, ModelRow) models) => (this.database, this.models) = (database, models);

        public ManualTime Time { get; } = new(Now);
        public HealthStore Health => new(database.Database);
        public DriftStore Drift => new(database.Database);

        public static async Task<Site> CreateAsync()
        {
            var database = await TestDatabase.CreateAsync();
            return new Site(database, await database.PromoteModelsAsync());
        }

        /// <summary>A process of its own each time.</summary>
        public DriftWatch Watch()
        {
            var options = new DriftOptions();
            return new DriftWatch(
                Drift, new DriftComparison(Drift, new ModelStore(database.Database), new TrainingRunStore(database.Database), options), Health, options, Time, NullLogger<DriftWatch>.Instance);
        }

        /// <summary>Studies of one long-axis cine each, of one make of machine.</summary>
        public async Task ReadAsync(string sender, int first, int count, DateTimeOffset at, Func<PhantomVideo, PhantomVideo> change)
        {
            using var gate = new Predictor(ModelRelease.Load(Path.Combine(RealData.RepositoryRoot, "models", "view-gate")));
            foreach (var number in Enumerable.Range(first, count))
            {
                var video = change(PhantomVideo.Draw(PhantomPatient.Draw(77, number) with { VendorIndex = 0 }, 0, PhantomScene.ParasternalLongAxis));
                await RecordAsync($"{sender} {number}", sender, at, Measure(gate, video), new NewFinding(null, "AS", number % 10 / 10.0, 0.5, FindingOutcome.Absent));
            }
        }

        public async Task RecordAsync(string study, string sender, DateTimeOffset at, NewCineMeasure? measure, params NewFinding[] findings)
        {
            var association = Rows.Association("for " + study);
            var instance = Rows.Instance(study, study, at: at, association: association) with { CallingAeTitle = sender };
            await database.ReceiveAsync(instance, association);
            await database.EndAsync(association, at);
            var version = await database.CompleteAsync(study, at);
            var row = Assert.Single(await new StudyStore(database.Database).ListInstancesAsync(version.Id, CancellationToken.None));
            await new AnalysisStore(database.Database).RecordAsync(
                Rows.Analysis(version, models, at) with { Views = [new NewVideoView(row.Id, measure?.View ?? "PLAX", 0.9, true, null, measure)], Findings = findings }, CancellationToken.None);
        }

        public async Task KeepClipAsync(string study, DateTimeOffset at)
        {
            var row = Assert.Single(await new StudyStore(database.Database).ListInstancesAsync(
                (await new StudyStore(database.Database).ListVersionsAsync(Rows.Uid("study " + study), CancellationToken.None))[0].Id, CancellationToken.None));
            var clip = new NewClip(row.Id, "tests", $"clips/{study}.clip", Rows.Sha256(study), 1, 1, 1, 1, 1, "patient", "study", "FrameTime", "PLAX", 0.9, null, null, at, Rows.Association().TraceId);
            Assert.True(await new ClipStore(database.Database).AddAsync(clip, CancellationToken.None));
        }

        /// <summary>A findings model in service whose training run began at a time.</summary>
        public async Task ServeTrainedAsync(DateTimeOffset began)
        {
            var (runs, store) = (new TrainingRunStore(database.Database), new ModelStore(database.Database));
            var run = (await runs.CreateAsync(new NewTrainingRun(null, began, "{}", Rows.Association().TraceId), CancellationToken.None))!.Value;
            await runs.TryTakeAsync(run, "test", began, TimeSpan.FromMinutes(2), CancellationToken.None);
            var model = await store.ImportAsync(
                new NewModel("as-lvh", "as-lvh", "2", Rows.Sha256("2"), "{}", "models/2", true) { Lineage = new ModelLineage { TrainingRunId = run } }, began, CancellationToken.None);
            await store.PromoteAsync(model.Id, "test", began, CancellationToken.None);
        }

        public ValueTask DisposeAsync() => database.DisposeAsync();

        /// <summary>As the analyzer does after decoding, on a small picture and a few frames.</summary>
        private static NewCineMeasure Measure(Predictor gate, PhantomVideo video)
        {
            var cine = PhantomRenderer.Render(video, new PhantomRenderOptions(Scale: 0.25, Colour: true, FrameStep: 2, MaxFrames: 12));
            var reading = CineReading.Of(new FramePixels(cine.Frames, cine.Height, cine.Width, cine.SamplesPerPixel, cine.Pixels), cine.FrameTimes, cine.PixelAspectRatio);
            var input = gate.Manifest.Input;
            var clip = ClipSampler.Sample(reading.Cine, reading.Sector!, input.Size, TimeSpan.FromMilliseconds(input.IntervalMs));
            var (probabilities, features) = gate.PredictWithFeatures(ClipWindows.Evaluation(clip.Pixels, clip.Size, input.Frames));
            return CineMeasure.Of(gate.Manifest.Classes[Array.IndexOf(probabilities, probabilities.Max())], video.Vendor.Model, reading, clip, features);
        }
    }
}
