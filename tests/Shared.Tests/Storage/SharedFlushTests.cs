using EchoClr.Shared.Storage;
using EchoClr.Testing;

namespace EchoClr.Shared.Tests.Storage;

public sealed class SharedFlushTests
{
    private const int Waiters = 8;

    /// <summary>A flush that has begun may have missed what was done since; the next one is everybody's.</summary>
    [Fact]
    public async Task Flush_WhileOneRuns_TheNextServesAllWhoWait()
    {
        using var first = new ManualResetEventSlim();
        var flushes = 0;
        var shared = new SharedFlush(() =>
        {
            if (Interlocked.Increment(ref flushes) == 1)
                first.Wait();
        });
        var running = OnItsOwnThread(shared.Flush);
        await Eventually.IsTrueAsync(() => Volatile.Read(ref flushes) == 1, "the first flush has begun");
        var began = 0;
        var waiting = Enumerable.Range(0, Waiters).Select(_ => OnItsOwnThread(() => { Interlocked.Increment(ref began); shared.Flush(); })).ToList();
        await Eventually.IsTrueAsync(() => Volatile.Read(ref began) == Waiters, "all others have come");
        Assert.DoesNotContain(waiting, task => task.IsCompleted);

        first.Set();
        await Task.WhenAll([running, .. waiting]);
        Assert.InRange(flushes, 2, Waiters); // 2, but for one that has said that it comes and has not come yet
    }

    [Fact]
    public async Task Flush_Fails_NobodyIsToldOtherwise()
    {
        var shared = new SharedFlush(() => throw new IOException("the disk is broken"));
        var all = Enumerable.Range(0, Waiters).Select(_ => OnItsOwnThread(shared.Flush)).ToList();
        foreach (var one in all)
            await Assert.ThrowsAsync<IOException>(() => one);
    }

    private static Task OnItsOwnThread(Action action) => Task.Factory.StartNew(action, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
