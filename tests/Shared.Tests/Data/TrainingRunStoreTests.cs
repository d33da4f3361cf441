using EchoClr.Shared.Data;
using EchoClr.Testing;

namespace EchoClr.Shared.Tests.Data;

public sealed class TrainingRunStoreTests
{
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(2);
    private static readonly DateTimeOffset Now = Rows.Noon;

    [Theory, EachDatabase]
    public async Task Create_ByHand_IsTakenWithTheFirstToken(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        var runs = new TrainingRunStore(test.Database);

        var id = (await runs.CreateAsync(Run("one"), default))!.Value;
        Assert.Equal(id, Assert.Single(await runs.ListFreeAsync(Now, default)).Id);
        var lease = await runs.TryTakeAsync(id, "worker", Now, Lease, default);

        Assert.Equal(new TrainingLease(id, 1, "worker"), lease);
        Assert.Empty(await runs.ListFreeAsync(Now, default));
        var row = (await runs.FindAsync(id, default))!;
        Assert.Equal((TrainingRunState.Running, "worker", Now + Lease, "{}"), (row.State, row.LeaseOwner, row.LeaseUntil, row.TrainingPlan));
    }

    [Theory, EachDatabase]
    public async Task TryTake_TwoWorkers_OneWins_AndAfterTheLeaseTheLoserCannotWrite(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        var runs = new TrainingRunStore(test.Database);
        var id = (await runs.CreateAsync(Run("one"), default))!.Value;

        var takers = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => Task.Run(() => runs.TryTakeAsync(id, $"worker {i}", Now, Lease, default))));
        var first = Assert.Single(takers.OfType<TrainingLease>());
        Assert.True(await runs.RenewAsync(first, Now.AddMinutes(1), Lease, 0.1, """{"loss":5}""", default));
        Assert.True(await runs.RenewAsync(first, Now.AddMinutes(1), Lease, 0.05, """{"loss":6}""", default)); // told before: it went on from a checkpoint
        Assert.Equal([(0.1, """{"loss":5}""")], (await runs.ListFiguresAsync(first.RunId, default)).Select(row => (row.Progress, row.Figures)));
        Assert.True(await runs.RenewAsync(first, Now.AddMinutes(1), Lease, 0.1, """{"loss":5}""", default));
        Assert.True(await runs.RecordCheckpointAsync(first, "training/first", 0.1, default));

        // The first sleeps through its lease; a second one goes on from the checkpoint.
        var later = Now.AddMinutes(4);
        var second = (await runs.TryTakeAsync(id, "second", later, Lease, default))!;
        Assert.True(second.FencingToken > first.FencingToken);
        Assert.Equal("training/first", (await runs.FindAsync(id, default))!.CheckpointKey);
        Assert.False(await runs.RenewAsync(first, later, Lease, 0.9, null, default));
        Assert.False(await runs.RecordCheckpointAsync(first, "training/stale", 0.9, default));
        Assert.False(await runs.FinishAsync(first, TrainingRunState.Succeeded, null, null, later, default));
        await runs.GiveBackAsync(first, default);
        var model = new NewModel("as-lvh", "as-lvh", "1", Rows.Sha256("weights"), "{}", "/models", false) { Lineage = new ModelLineage { TrainingRunId = id } };
        Assert.Null(await runs.RegisterAsync(first, model, later, default));
        Assert.Empty(await new ModelStore(test.Database).ListAsync(default));
        var registered = (await runs.RegisterAsync(second, model, later, default))!;
        Assert.Equal(id, registered.TrainingRunId);
        Assert.Equal(registered.Id, (await runs.RegisterAsync(second, model, later, default))!.Id); // a worker that died after it, and the next

        Assert.True(await runs.FinishAsync(second, TrainingRunState.Succeeded, """{"loss":1}""", null, later, default));
        var row = (await runs.FindAsync(id, default))!;
        Assert.Equal((TrainingRunState.Succeeded, "training/first", 1.0, """{"loss":1}"""), (row.State, row.CheckpointKey, row.Progress, row.Metrics));
        Assert.Null(await runs.TryTakeAsync(id, "third", later.AddDays(1), Lease, default));
    }

    [Theory, EachDatabase]
    public async Task Renew_AfterTheLeaseRanOut_IsRefusedThoughNobodyElseCame(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        var runs = new TrainingRunStore(test.Database);
        var id = (await runs.CreateAsync(Run("one"), default))!.Value;
        var lease = (await runs.TryTakeAsync(id, "worker", Now, Lease, default))!;

        Assert.False(await runs.RenewAsync(lease, Now + Lease, Lease, null, null, default));
    }

    [Theory, EachDatabase]
    public async Task Cancel_WhileItRuns_TheHolderHearsOfItAndWritesNothing(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        var runs = new TrainingRunStore(test.Database);
        var id = (await runs.CreateAsync(Run("one"), default))!.Value;
        var lease = (await runs.TryTakeAsync(id, "worker", Now, Lease, default))!;

        Assert.True(await runs.CancelAsync(id, "alice", Now, default));

        Assert.False(await runs.RenewAsync(lease, Now, Lease, 0.5, null, default));
        Assert.False(await runs.RecordCheckpointAsync(lease, "training/late", 0.5, default));
        Assert.False(await runs.FinishAsync(lease, TrainingRunState.Failed, null, "too late", Now, default));
        Assert.False(await runs.CancelAsync(id, "alice", Now, default));
        var row = (await runs.FindAsync(id, default))!;
        Assert.Equal((TrainingRunState.Cancelled, "cancelled by alice", true), (row.State, row.Error, row.IsOver));
        Assert.Null(row.CheckpointKey);
    }

    [Theory, EachDatabase]
    public async Task GiveBack_AtAShutdown_TheNextWorkerTakesItAtOnce(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        var runs = new TrainingRunStore(test.Database);
        var id = (await runs.CreateAsync(Run("one"), default))!.Value;
        var lease = (await runs.TryTakeAsync(id, "worker", Now, Lease, default))!;

        await runs.GiveBackAsync(lease, default);

        Assert.Equal(2, (await runs.TryTakeAsync(id, "next", Now, Lease, default))!.FencingToken);
    }

    [Theory, EachDatabase]
    public async Task Create_SameFiringTwice_IsOneRun(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        var runs = new TrainingRunStore(test.Database);
        await test.Database.WriteAsync(session => session.ExecuteAsync("""
            INSERT INTO schedule (name, cron, time_zone, enabled, training_plan, changed_at, changed_by) VALUES ('weekly', '0 2 * * SUN', 'UTC', 1, '{}', @Now, 'test')
            """, new { Now }), default);
        var schedule = await test.Database.ReadAsync(session => session.ScalarAsync<long>("SELECT id FROM schedule"), default);

        Assert.NotNull(await runs.CreateAsync(Run("one") with { ScheduleId = schedule }, default));
        Assert.Null(await runs.CreateAsync(Run("two") with { ScheduleId = schedule }, default));
        Assert.NotNull(await runs.CreateAsync(Run("three") with { ScheduleId = schedule, DueAt = Now.AddDays(7) }, default));
    }

    private static NewTrainingRun Run(string name) => new(null, Now, "{}", Rows.Sha256(name)[..32]);
}
