using EchoClr.Dicom.Codecs;
using EchoClr.Inference.Analysis;
using EchoClr.Inference.Models;
using EchoClr.Inference.Tests.World;
using EchoClr.Shared.Contracts;
using EchoClr.Shared.Data;
using EchoClr.Shared.Storage;
using EchoClr.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace EchoClr.Inference.Tests.Analysis;

public class StudyVersionAnalysisTests
{
    [Fact]
    public async Task Run_CompleteVersion_PersistsAndPublishes()
    {
        await using var world = await InferenceWorld.CreateAsync();
        var version = await world.ReceiveAsync("one", cines: 2);

        var analysis = await world.AnalyzeAsync(version);

        Assert.Equal(AnalysisState.Analyzed, analysis!.State);
        Assert.Equal(version.TraceId, analysis.TraceId);
        Assert.Equal(analysis.Id, Assert.Single(await world.PublishedAsync<StudyAnalyzed>(1)).AnalysisId);
        var views = await world.Get<AnalysisStore>().ListViewsAsync(analysis.Id, CancellationToken.None);
        Assert.Equal(2, views.Count(view => view is { Used: true, ViewLabel: "PLAX" }));
        var findings = await world.Get<AnalysisStore>().ListFindingsAsync(analysis.Id, CancellationToken.None);
        Assert.Equal(["AS", "LVH"], findings.Where(finding => finding.InstanceId is null).Select(finding => finding.Name));
        Assert.Equal(4, findings.Count(finding => finding.InstanceId is not null));
    }

    [Fact]
    public async Task Run_DeliveredTwiceAndTwiceAtOnce_AnalysesOnce()
    {
        await using var world = await InferenceWorld.CreateAsync();
        var version = await world.ReceiveAsync("one");

        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(() => world.Get<StudyVersionAnalysis>().RunAsync(version.Id, urgent: false, CancellationToken.None))));
        await world.Get<StudyVersionAnalysis>().RunAsync(version.Id, urgent: false, CancellationToken.None);

        Assert.Single(await world.Get<AnalysisStore>().ListOfVersionAsync(version.Id, CancellationToken.None));
        Assert.Single(await world.PublishedAsync<StudyAnalyzed>(1));
    }

    [Fact]
    public async Task Run_StoppedManyTimesByShutdowns_IsNoAttemptAndIsAnalysedInTheEnd()
    {
        await using var world = await InferenceWorld.CreateAsync();
        var version = await world.ReceiveAsync("one");
        // Its clock is asked right after the claim: there, each time, the host stops.
        var analyzer = new StudyAnalyzer(world.Options.Analysis, new CodecOptions(), new Alarm(world.Lifetime.StopApplication));
        var stopped = ActivatorUtilities.CreateInstance<StudyVersionAnalysis>(world.Services, analyzer);

        for (var shutdown = 0; shutdown < world.Options.Analysis.MaxAttempts + 1; shutdown++)
        {
            await stopped.RunAsync(version.Id, urgent: false, CancellationToken.None);
            Assert.True(world.Lifetime.ApplicationStopping.IsCancellationRequested);
            Assert.Single(await world.Get<StudyStore>().ListUnanalyzedAsync(urgent: false, world.Time.GetUtcNow().AddDays(-1), world.Time.GetUtcNow(), 10, CancellationToken.None));
            world.Lifetime.StartAgain();
        }

        Assert.Equal(AnalysisState.Analyzed, (await world.AnalyzeAsync(version))!.State);
        Assert.Equal(1, (await world.Get<StudyStore>().FindVersionAsync(version.Id, CancellationToken.None))!.AnalysisAttempts);
    }

    [Fact]
    public async Task Run_NoLongAxisCine_IsNotAnalysedWithTheReason()
    {
        await using var world = await InferenceWorld.CreateAsync();

        var analysis = await world.AnalyzeAsync(await world.ReceiveAsync("one", color: true));

        Assert.Equal(AnalysisState.NotAnalyzed, analysis!.State);
        Assert.Contains("1 x colour Doppler", analysis.Reason, StringComparison.Ordinal);
        Assert.Empty(await world.Get<AnalysisStore>().ListFindingsAsync(analysis.Id, CancellationToken.None));
        Assert.Single(await world.PublishedAsync<StudyNotAnalyzed>(1));
    }

    [Fact]
    public async Task Run_VersionThatWasSuperseded_IsLeftToItsSuccessor()
    {
        await using var world = await InferenceWorld.CreateAsync();
        var first = await world.ReceiveAsync("one");
        var second = await world.ReceiveAsync("one");

        Assert.Null(await world.AnalyzeAsync(first));
        Assert.NotNull(await world.AnalyzeAsync(second));
    }

    [Fact]
    public async Task Run_ModelsThatCannotBeLoaded_AreNotTheStudysFault()
    {
        await using var world = await InferenceWorld.CreateAsync(options => options.Models.AllowSynthetic = false);
        var version = await world.ReceiveAsync("one");

        await Assert.ThrowsAsync<InvalidDataException>(() => world.AnalyzeAsync(version));

        version = (await world.Get<StudyStore>().FindVersionAsync(version.Id, CancellationToken.None))!;
        Assert.Equal(0, version.AnalysisAttempts);
    }

    [Fact]
    public async Task Slot_ProgramIsReplacedByOneWithOtherModels_ThoseThatWereRegisteredStillServe()
    {
        var shipped = "";
        await using var world = await InferenceWorld.CreateAsync(options => shipped = options.Models.Directory);
        string hash;
        using (var first = await world.Get<ModelSlot>().TakeAsync(CancellationToken.None))
            hash = first.Models.FindingsIdentity.WeightsSha256;

        TestModels.Write(shipped, aorticStenosis: 0.3, version: "2.0.0");
        using var next = new ModelSlot(
            world.Get<InferenceOptions>(), world.Get<ModelStore>(), world.Get<BlobStore>(), world.Get<TimeProvider>(), NullLogger<ModelSlot>.Instance);
        using var after = await next.TakeAsync(CancellationToken.None);
        Assert.Equal(hash, after.Models.FindingsIdentity.WeightsSha256);
    }

    [Fact]
    public async Task Slot_AnotherModelPromoted_IsSwappedWhileTheOldOneIsInUse()
    {
        await using var world = await InferenceWorld.CreateAsync();
        var slot = world.Get<ModelSlot>();
        using var old = await slot.TakeAsync(CancellationToken.None);
        using var folder = new TemporaryFolder();
        TestModels.Write(folder.Path, aorticStenosis: 0.3, version: "2.0.0");
        var models = world.Get<ModelStore>();
        var path = Path.Combine(folder.Path, "as-lvh");
        var hash = VideoModels.Checkpoints.ModelManifest.Read(Path.Combine(path, "manifest.json")).Weights.Sha256;
        var row = await models.ImportAsync(new NewModel("as-lvh", "as-lvh", "2.0.0", hash, "{}", path, true), Rows.Noon, CancellationToken.None);

        using var before = await slot.TakeAsync(CancellationToken.None);
        Assert.Same(old.Models, before.Models); // registered, not promoted
        await models.PromoteAsync(row.Id, "a person", Rows.Noon, CancellationToken.None);
        using var after = await slot.TakeAsync(CancellationToken.None);

        Assert.Equal("2.0.0", after.Models.FindingsIdentity.Version);
        var window = new byte[old.Models.Findings.Manifest.Input.WindowBytes];
        Assert.InRange(old.Models.Findings.Predict([window])[0], 0.7, 0.9); // still loaded for whoever holds it
        Assert.InRange(after.Models.Findings.Predict([window])[0], 0.2, 0.4);
    }

    /// <summary>A clock that calls somebody whenever it is asked.</summary>
    private sealed class Alarm(Action ring) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow()
        {
            ring();
            return Rows.Noon;
        }
    }
}
