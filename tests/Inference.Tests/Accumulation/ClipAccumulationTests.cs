using EchoClr.Inference.Accumulation;
using EchoClr.Inference.Analysis;
using EchoClr.Inference.Tests.World;
using EchoClr.Shared.Clips;
using EchoClr.Shared.Data;
using EchoClr.Shared.Ledger;
using EchoClr.Shared.Storage;
using EchoClr.Testing;
using EchoClr.VideoModels.Checkpoints;
using EchoClr.VideoModels.Clips;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace EchoClr.Inference.Tests.Accumulation;

public sealed class ClipAccumulationTests
{
    [Fact]
    public async Task Run_UsableCines_AreKeptOnceMaskedAndNamedByNobody()
    {
        await using var world = await InferenceWorld.CreateAsync();
        var first = await world.ReceiveAsync("one", cines: 2);
        await world.AnalyzeAsync(first);

        var clips = await world.ClipsAsync();
        Assert.Equal(2, clips.Count);
        Assert.Single(clips.Select(clip => clip.PatientKey).Distinct());
        Assert.All(clips, clip =>
        {
            Assert.Equal(("PLAX", TestCine.Frames, ClipFormat.Size, "FrameTime"), (clip.ViewLabel, clip.Frames, clip.Width, clip.Timing));
            var bytes = File.ReadAllBytes(world.Database.Blobs.PathOf(clip.FileKey));
            Assert.Equal((clip.Length, clip.Sha256), (bytes.Length, ModelRelease.Hash(bytes)));
            using var file = ClipFile.Open(world.Database.Blobs.PathOf(clip.FileKey));
            Assert.Equal(40_000, file.Microseconds[1]);
            var frame = new byte[ClipFormat.Size * ClipFormat.Size];
            file.Read(0, frame);
            Assert.Equal(0, frame[0]); // a corner: outside the sector
            Assert.Contains(frame, grey => grey > 50);
        });
        var ledger = await world.Get<LedgerAudit>().RunAsync(strict: true, null, CancellationToken.None);
        Assert.DoesNotContain(ledger.Breaks, broken => broken.ToString().Contains("clip", StringComparison.Ordinal));

        // A late cine: the whole study is read again, and only the new one is kept.
        await world.AnalyzeAsync(await world.ReceiveAsync("one"));
        Assert.Equal(3, (await world.ClipsAsync()).Count);
        Assert.Equal(clips.Select(clip => clip.FileKey), (await world.ClipsAsync()).Take(2).Select(clip => clip.FileKey));
    }

    [Fact]
    public async Task Run_AnotherStudyOfThePatient_HasThePatientsKey()
    {
        await using var world = await InferenceWorld.CreateAsync();
        await world.AnalyzeAsync(await world.ReceiveAsync("one"));
        await world.AnalyzeAsync(await world.ReceiveAsync("two"));
        await world.Database.Database.WriteAsync(session => session.ExecuteAsync("UPDATE study SET patient_id = 'P-one'"), CancellationToken.None);
        await world.AnalyzeAsync(await world.ReceiveAsync("two")); // one more cine of study two, whose patient is now known to be that of study one

        var clips = await world.ClipsAsync();
        Assert.Equal(clips[0].PatientKey, clips[2].PatientKey);
        Assert.NotEqual(clips[0].PatientKey, clips[1].PatientKey);
        Assert.Equal(clips[1].StudyKey, clips[2].StudyKey);
    }

    [Fact]
    public async Task Run_PatientOptedOut_NothingIsKept()
    {
        await using var world = await InferenceWorld.CreateAsync();
        var patient = await world.Get<SiteKey>().PatientAsync("P-one", null, "", CancellationToken.None);
        await world.Get<ClipStore>().OptOutAsync(patient, "alice", Rows.Noon, CancellationToken.None);

        Assert.Equal(AnalysisState.Analyzed, (await world.AnalyzeAsync(await world.ReceiveAsync("one")))!.State);

        Assert.Empty(await world.ClipsAsync());
        Assert.Empty(Files(world));
    }

    [Fact]
    public async Task Run_ColourDoppler_IsNoClip()
    {
        await using var world = await InferenceWorld.CreateAsync();
        await world.AnalyzeAsync(await world.ReceiveAsync("one", color: true));
        Assert.Empty(await world.ClipsAsync());
    }

    [Theory]
    [InlineData("the folder of clips cannot be written")]
    [InlineData("the spool folder is gone")]
    [InlineData("the key is lost")]
    [InlineData("no room")]
    public async Task Run_ClipCannotBeWritten_TheStudyIsReportedAllTheSame(string trouble)
    {
        await using var world = await InferenceWorld.CreateAsync();
        var version = await world.ReceiveAsync("one");
        var root = world.Get<BlobStore>().Root;
        switch (trouble)
        {
            case "the folder of clips cannot be written": // a file is in its place
                Directory.Delete(Path.Combine(root, BlobStore.Clips));
                await File.WriteAllTextAsync(Path.Combine(root, BlobStore.Clips), "");
                break;
            case "the spool folder is gone":
                await world.Get<SiteKey>().StudyAsync("any", CancellationToken.None);
                Directory.Delete(Path.Combine(root, BlobStore.Spool), recursive: true);
                break;
            case "the key is lost":
                await new SiteKey(world.Database.Blobs, world.Database.Database, TimeProvider.System).StudyAsync("any", CancellationToken.None);
                File.Delete(Path.Combine(root, SiteKey.FileName));
                break;
            case "no room":
                world.Get<ClipOptions>().MinFreeBytes = long.MaxValue;
                break;
        }

        var analysis = await world.AnalyzeAsync(version);

        Assert.Equal(AnalysisState.Analyzed, analysis!.State);
        Assert.Single(await world.PublishedAsync<Shared.Contracts.StudyAnalyzed>(1));
        Assert.Empty(await world.ClipsAsync());
    }

    [Fact]
    public async Task Run_DiskFullWhileClipsAreWritten_TheStudyIsReportedAndNothingIsLeftBehind()
    {
        using var disk = SmallDisk.Mount(mebibytes: 4);
        await using var world = await InferenceWorld.CreateAsync();
        var version = await world.ReceiveAsync("one", cines: 3);
        // Room for one clip of 14 frames (176 kB), not for two.
        var small = new BlobStore(disk.Path);
        disk.Fill(leaveBytes: 300_000);
        world.Get<ClipOptions>().MinFreeBytes = 0;
        var accumulation = ActivatorUtilities.CreateInstance<ClipAccumulation>(world.Services, small);
        var analysis = ActivatorUtilities.CreateInstance<StudyVersionAnalysis>(world.Services, accumulation);

        await analysis.RunAsync(version.Id, urgent: false, CancellationToken.None);

        Assert.Equal(AnalysisState.Analyzed, (await world.Get<AnalysisStore>().ListOfVersionAsync(version.Id, CancellationToken.None)).Single().State);
        var clip = Assert.Single(await world.ClipsAsync());
        Assert.Equal([small.PathOf(clip.FileKey)], Directory.EnumerateFiles(disk.Path, "*", SearchOption.AllDirectories).Where(file => !file.EndsWith("ballast", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Sweep_BeyondTheQuota_RowAndFileGo()
    {
        await using var world = await InferenceWorld.CreateAsync();
        await world.AnalyzeAsync(await world.ReceiveAsync("one", cines: 2));
        var clips = await world.ClipsAsync();
        world.Get<ClipOptions>().QuotaBytes = clips[1].Length;
        var sweep = world.Get<IEnumerable<IHostedService>>().OfType<ClipSweep>().Single();

        Assert.Equal(1, await sweep.RunOnceAsync(CancellationToken.None));

        Assert.Equal(clips[1], Assert.Single(await world.ClipsAsync()));
        Assert.Equal([world.Database.Blobs.PathOf(clips[1].FileKey)], Files(world));
        // The study is read again by a later version: what was given up does not come back.
        await world.AnalyzeAsync(await world.ReceiveAsync("one"));
        Assert.Equal(2, (await world.ClipsAsync()).Count);
    }

    private static string[] Files(InferenceWorld world) =>
        [.. Directory.EnumerateFiles(Path.Combine(world.Database.Blobs.Root, BlobStore.Clips), "*", SearchOption.AllDirectories)];
}
