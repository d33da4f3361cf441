using EchoClr.Shared.Data;
using EchoClr.Testing;

namespace EchoClr.Shared.Tests.Data;

public sealed class GroupCommitTests
{
    [Theory, EachDatabase]
    public async Task Run_SixtyWaiters_ShareCommits_AndEachFindsItsRowWhenItReturns(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        await using var commits = new GroupCommit(test.Database);
        var instances = new InstanceStore(test.Database);
        // The first transaction holds the writer until all others wait: what they share is then not a matter of luck.
        // It has begun before they queue: one that slipped into its batch would not be waiting.
        var (begun, allWait) = (new TaskCompletionSource(), new TaskCompletionSource());
        var first = commits.RunAsync(async _ => { begun.TrySetResult(); await allWait.Task; return 0; }, default);
        await begun.Task;
        var waiters = Enumerable.Range(0, 60).Select(i => Task.Run(async () =>
        {
            var arrival = Rows.Instance("s", $"{i}");
            await commits.RunAsync(session => InstanceStore.RecordReceivedAsync(session, Rows.Association(), arrival), default);
            return await instances.FindAsync(arrival.SopInstanceUid, default);
        })).ToList();
        while (commits.Waiting < 60)
            await Task.Delay(1, TestContext.Current.CancellationToken);
        allWait.SetResult();

        Assert.All(await Task.WhenAll(waiters), Assert.NotNull);
        await first;
        Assert.Equal(2, commits.Commits);
    }

    [Theory, EachDatabase]
    public async Task Run_OneWorkFails_TheOthersOfItsBatchAreCommitted(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        await using var commits = new GroupCommit(test.Database);
        var allWait = new TaskCompletionSource();
        var first = commits.RunAsync(async _ => { await allWait.Task; return 0; }, default);
        var good = Rows.Instance("s", "good");
        var work = commits.RunAsync(session => InstanceStore.RecordReceivedAsync(session, Rows.Association(), good), default);
        var bad = commits.RunAsync<int>(async session => { await session.ExecuteAsync("INSERT INTO study_version_instance (study_version_id, instance_id) VALUES (-1, -1)"); return 0; }, default);
        allWait.SetResult();

        Assert.Equal(ReceptionKind.Stored, (await work).Kind);
        await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => bad);
        Assert.NotNull(await new InstanceStore(test.Database).FindAsync(good.SopInstanceUid, default));
        await first;
    }

    [Fact]
    public async Task Dispose_CommitsWhatIsQueued()
    {
        await using var test = await TestDatabase.CreateAsync();
        var arrival = Rows.Instance("s", "a");
        Task<Reception> work;
        await using (var commits = new GroupCommit(test.Database))
            work = commits.RunAsync(session => InstanceStore.RecordReceivedAsync(session, Rows.Association(), arrival), default);
        Assert.Equal(ReceptionKind.Stored, (await work).Kind);
    }
}
