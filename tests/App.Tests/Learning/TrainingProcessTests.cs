using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using EchoClr.App.Hosting;
using EchoClr.Retraining.Cohorts;
using EchoClr.Retraining.Pretrain;
using EchoClr.Retraining.Runs;
using EchoClr.Shared.Clips;
using EchoClr.Shared.Data;
using EchoClr.Testing;
using EchoClr.VideoModels.Checkpoints;
using EchoClr.VideoModels.Clips;
using Microsoft.Extensions.Configuration;

namespace EchoClr.App.Tests.Learning;

/// <summary>A training run in its own process, killed and taken up again.</summary>
public sealed class TrainingProcessTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(4);

    [Fact]
    [Trait("Suite", "long")]
    public async Task Run_KilledAgainAndAgain_EndsWithTheBytesOfAnUnbrokenOne()
    {
        using var limit = new CancellationTokenSource(Deadline);
        await using var test = await TestDatabase.CreateAsync();
        var cohort = WriteCohort(test.Blobs.Root);
        var runs = new TrainingRunStore(test.Database);
        var process = new TrainingProcess(Program(test));

        var unbroken = await CreateAsync(runs, cohort, steps: 16);
        var begun = await process.RunAsync(unbroken, _ => { }, limit.Token);
        Assert.True(begun == TrainingEnd.Succeeded, $"{begun}: {(await runs.FindAsync(unbroken, default))!.Error}");

        var killed = await CreateAsync(runs, cohort, steps: 16);
        var pid = 0;
        process.Started += id => pid = id;
        var lastSeen = 0;
        foreach (var killAfter in new[] { 1, 2, 4 })
        {
            var lines = 0;
            var end = await process.RunAsync(killed, line =>
            {
                lastSeen = Step(line);
                if (++lines == killAfter)
                    Process.GetProcessById(pid).Kill(); // SIGKILL
            }, limit.Token);
            Assert.Null(end);
            Assert.Equal(TrainingRunState.Running, (await runs.FindAsync(killed, default))!.State); // it could say nothing
            // Its lease runs out, without the test waiting for it.
            await test.Database.WriteAsync(session => session.ExecuteAsync("UPDATE training_run SET lease_until = @Then WHERE id = @Id", new { Id = killed, Then = DateTimeOffset.UnixEpoch }), default);
        }
        var first = 0;
        Assert.Equal(TrainingEnd.Succeeded, await process.RunAsync(killed, line => first = first == 0 ? Step(line) : first, limit.Token));

        Assert.InRange(first, 2, lastSeen + 1); // it went on, and did not begin again
        var (whole, resumed) = (await OutcomeAsync(runs, unbroken), await OutcomeAsync(runs, killed));
        Assert.Equal(whole.EncoderSha256, resumed.EncoderSha256);
        Assert.Contains("not enough labels", resumed.Model!.Why, StringComparison.Ordinal); // nobody labelled this noise
        Assert.Equal(whole with { Encoder = "" }, resumed with { Encoder = "" });
        Assert.Equal(whole.EncoderSha256, ModelRelease.Hash(await File.ReadAllBytesAsync(test.Blobs.PathOf(resumed.Encoder))));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(test.Blobs.Root, "training"), "*.checkpoint"));
    }

    [Fact]
    [Trait("Suite", "long")]
    public async Task Run_Stopped_KeepsACheckpointAndGivesTheRunBack()
    {
        using var limit = new CancellationTokenSource(Deadline);
        await using var test = await TestDatabase.CreateAsync();
        var runs = new TrainingRunStore(test.Database);
        var id = await CreateAsync(runs, WriteCohort(test.Blobs.Root), steps: 100_000);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(limit.Token);

        Assert.Equal(TrainingEnd.GivenBack, await new TrainingProcess(Program(test)).RunAsync(id, _ => stop.Cancel(), stop.Token));

        var row = (await runs.FindAsync(id, default))!;
        Assert.Equal(TrainingRunState.Waiting, row.State);
        Assert.True(PretrainState.FromCheckpoint(await File.ReadAllBytesAsync(test.Blobs.PathOf(row.CheckpointKey!)), out _).Step > 0);
    }

    private static TrainingProgram Program(TestDatabase test) => TrainingChild.Program(
        new ConfigurationBuilder().AddInMemoryCollection([new("Data:Directory", test.Options.Directory)]).Build());

    private static async Task<long> CreateAsync(TrainingRunStore runs, string cohort, int steps)
    {
        var plan = new PretrainPlan { Cohort = cohort, Width = 2, Size = 16, Pairs = 4, Steps = steps, Threads = 1, MixedPrecision = false, CheckpointMinutes = 0, Findings = ["AS"] };
        return (await runs.CreateAsync(new NewTrainingRun(null, Rows.Noon, plan.ToJson(), Guid.NewGuid().ToString("N")), default))!.Value;
    }

    private static int Step(string line) => JsonSerializer.Deserialize<PretrainProgress>(line, JsonSerializerOptions.Web)!.Step;

    private static async Task<PretrainOutcome> OutcomeAsync(TrainingRunStore runs, long id) =>
        PretrainOutcome.FromJson((await runs.FindAsync(id, default))!.Metrics!);

    /// <summary>Noise, of forty patients with two clips each.</summary>
    private static string WriteCohort(string folder)
    {
        const int side = 20, frames = 8;
        var random = new Random(4);
        var rows = new List<ClipRow>();
        for (var i = 0; i < 80; i++)
        {
            var pixels = new byte[frames * side * side];
            random.NextBytes(pixels);
            var key = string.Create(CultureInfo.InvariantCulture, $"clips/{i}.clip");
            var file = ClipFile.ToBytes(pixels, side, side, [.. Enumerable.Range(0, frames).Select(t => TimeSpan.FromMilliseconds(30 * t))]);
            File.WriteAllBytes(Path.Combine(folder, key), file);
            rows.Add(new ClipRow { Id = i + 1, FileKey = key, Sha256 = ModelRelease.Hash(file), PatientKey = Rows.Sha256($"p{i / 2}"), StudyKey = Rows.Sha256($"s{i / 2}"), Frames = frames });
        }
        var path = Path.Combine(folder, "cohort.json");
        Cohort.Of(rows, ClipFormat.Pipeline, null, 0).Write(path);
        return path;
    }
}
