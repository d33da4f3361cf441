using EchoClr.Retraining.Runs;
using EchoClr.Shared.Data;
using EchoClr.Shared.Storage;
using EchoClr.Testing;

namespace EchoClr.Retraining.Tests.Runs;

public sealed class TrainingWorkerTests
{
    private readonly ManualTime time = new(Rows.Noon);

    [Fact]
    public async Task Run_ToTheEnd_ItsResultStandsAndItsCheckpointsGo()
    {
        await using var test = await TestDatabase.CreateAsync();
        var (runs, id) = await CreateAsync(test);

        var end = await Worker(test, async keeping =>
        {
            Assert.Null(keeping.Checkpoint);
            await keeping.KeepAsync([1], 0.3, default);
            await keeping.KeepAsync([2], 0.6, default);
            Assert.Single(Files(test)); // the one that counts
            return keeping.Write(".safetensors", [9]);
        }).RunAsync(id, "worker", default);

        Assert.Equal(TrainingEnd.Succeeded, end);
        var row = (await runs.FindAsync(id, default))!;
        Assert.Equal(TrainingRunState.Succeeded, row.State);
        Assert.Equal([9], await File.ReadAllBytesAsync(test.Blobs.PathOf(row.Metrics!)));
        Assert.Single(Files(test));
        Assert.Equal(TrainingEnd.NotTaken, await Worker(test, _ => throw new InvalidOperationException()).RunAsync(id, "another", default));
    }

    [Fact]
    public async Task Run_TwoWorkersAtOnce_OneHasIt()
    {
        await using var test = await TestDatabase.CreateAsync();
        var (_, id) = await CreateAsync(test);
        var begun = new TaskCompletionSource();
        var go = new TaskCompletionSource();
        var first = Worker(test, async _ =>
        {
            begun.SetResult();
            await go.Task;
            return "{}";
        }).RunAsync(id, "first", default);
        await begun.Task;

        Assert.Equal(TrainingEnd.NotTaken, await Worker(test, _ => throw new InvalidOperationException()).RunAsync(id, "second", default));
        go.SetResult();
        Assert.Equal(TrainingEnd.Succeeded, await first);
    }

    [Fact]
    public async Task Run_WorkerThatSleptThroughItsLease_WritesNothingMore_AndTheNextGoesOnFromTheCheckpoint()
    {
        await using var test = await TestDatabase.CreateAsync();
        var (runs, id) = await CreateAsync(test);
        byte[]? seen = null;
        var end = await Worker(test, async sleeping =>
        {
            await sleeping.KeepAsync([1], 0.5, default);
            // Its lease runs out while it sleeps; another worker takes the run, keeps a checkpoint and ends.
            var other = new TrainingWorker(runs, test.Blobs, new Job(async keeping =>
            {
                seen = keeping.Checkpoint;
                await keeping.KeepAsync([2], 0.7, default);
                return """{"by":"second"}""";
            }), new ManualTime(Rows.Noon + 2 * TrainingWorker.Lease));
            Assert.Equal(TrainingEnd.Succeeded, await other.RunAsync(id, "second", default));
            sleeping.Write(".safetensors", [7]);
            await Assert.ThrowsAsync<TrainingLeaseLostException>(() => sleeping.KeepAsync([3], 0.9, default));
            return """{"by":"first"}""";
        }).RunAsync(id, "first", default);

        Assert.Equal(TrainingEnd.Lost, end);
        Assert.Equal([1], seen);
        Assert.Equal("""{"by":"second"}""", (await runs.FindAsync(id, default))!.Metrics);
        Assert.Empty(Files(test));
    }

    [Fact]
    public async Task Run_Cancelled_TheJobHearsOfItAtTheNextRenewal()
    {
        await using var test = await TestDatabase.CreateAsync();
        var (runs, id) = await CreateAsync(test);
        var begun = new TaskCompletionSource();
        var working = Worker(test, async (_, cancellationToken) =>
        {
            begun.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            return "{}";
        }).RunAsync(id, "worker", default);
        await begun.Task;

        await runs.CancelAsync(id, "alice", time.GetUtcNow(), default);
        // The renewal's timer is set by another thread: the clock is moved until it has rung.
        while (!working.IsCompleted)
        {
            time.Advance(TrainingWorker.RenewEvery);
            await Task.WhenAny(working, Task.Delay(20));
        }

        Assert.Equal(TrainingEnd.Lost, await working);
        Assert.Equal(TrainingRunState.Cancelled, (await runs.FindAsync(id, default))!.State);
    }

    [Fact]
    public async Task Run_StoppedByAShutdown_WaitsForTheNextWorker()
    {
        await using var test = await TestDatabase.CreateAsync();
        var (runs, id) = await CreateAsync(test);
        using var shutdown = new CancellationTokenSource();
        var end = await Worker(test, async (keeping, cancellationToken) =>
        {
            await shutdown.CancelAsync();
            await keeping.KeepAsync([5], 0.4, CancellationToken.None);
            cancellationToken.ThrowIfCancellationRequested();
            return "{}";
        }).RunAsync(id, "worker", shutdown.Token);

        Assert.Equal(TrainingEnd.GivenBack, end);
        Assert.Equal(TrainingRunState.Waiting, (await runs.FindAsync(id, default))!.State);
        Assert.Equal(TrainingEnd.Succeeded, await Worker(test, keeping => Task.FromResult($"{{\"from\":{keeping.Checkpoint![0]}}}")).RunAsync(id, "next", default));
        Assert.Equal("""{"from":5}""", (await runs.FindAsync(id, default))!.Metrics);
    }

    [Fact]
    public async Task Run_StoppedByItself_FailsWithTheReason_KeepsItsCheckpoint_AndMayTryAgain()
    {
        await using var test = await TestDatabase.CreateAsync();
        var (runs, id) = await CreateAsync(test);
        Assert.Equal(TrainingEnd.Failed, await Worker(test, async keeping =>
        {
            await keeping.KeepAsync([5], 0.4, default);
            throw new TrainingStoppedException("the network has collapsed");
        }).RunAsync(id, "worker", default));

        var row = (await runs.FindAsync(id, default))!;
        Assert.Equal((TrainingRunState.Failed, "the network has collapsed"), (row.State, row.Error));
        Assert.True(await runs.RetryAsync(id, default));
        Assert.Equal(TrainingEnd.Succeeded, await Worker(test, keeping => Task.FromResult($"{{\"from\":{keeping.Checkpoint![0]}}}")).RunAsync(id, "next", default));
        Assert.False(await runs.RetryAsync(id, default));
    }

    [Fact]
    public async Task Keep_DiskFull_FailsWithTheReasonAndLeavesTheLastCheckpoint()
    {
        using var disk = SmallDisk.Mount(mebibytes: 4);
        await using var test = await TestDatabase.CreateAsync();
        var (runs, id) = await CreateAsync(test);
        var small = new BlobStore(disk.Path);
        var worker = new TrainingWorker(runs, small, new Job(async keeping =>
        {
            await keeping.KeepAsync(new byte[100_000], 0.2, default);
            disk.Fill(leaveBytes: 50_000);
            await keeping.KeepAsync(new byte[100_000], 0.4, default);
            return "{}";
        }), time);

        Assert.Equal(TrainingEnd.Failed, await worker.RunAsync(id, "worker", default));

        var row = (await runs.FindAsync(id, default))!;
        Assert.Contains("cannot be written", row.Error, StringComparison.Ordinal);
        Assert.Equal(100_000, new FileInfo(small.PathOf(row.CheckpointKey!)).Length);
        Assert.Single(Directory.EnumerateFiles(Path.Combine(disk.Path, BlobStore.Training)));
    }

    private TrainingWorker Worker(TestDatabase test, Func<IRunKeeping, Task<string>> work) => Worker(test, (keeping, _) => work(keeping));

    private TrainingWorker Worker(TestDatabase test, Func<IRunKeeping, CancellationToken, Task<string>> work) =>
        new(new TrainingRunStore(test.Database), test.Blobs, new Job(work), time);

    private static async Task<(TrainingRunStore Runs, long Id)> CreateAsync(TestDatabase test)
    {
        var runs = new TrainingRunStore(test.Database);
        return (runs, (await runs.CreateAsync(new NewTrainingRun(null, Rows.Noon, "{}", Rows.Sha256("trace")[..32]), default))!.Value);
    }

    private static string[] Files(TestDatabase test) => Directory.GetFiles(Path.Combine(test.Blobs.Root, BlobStore.Training));

    private sealed class Job(Func<IRunKeeping, CancellationToken, Task<string>> work) : ITrainingJob
    {
        public Job(Func<IRunKeeping, Task<string>> work) : this((keeping, _) => work(keeping))
        {
        }

        public Task<string> RunAsync(TrainingRunRow run, IRunKeeping keeping, CancellationToken cancellationToken) => work(keeping, cancellationToken);
    }
}
