using EchoClr.Retraining.Scheduling;
using EchoClr.Shared.Audit;
using EchoClr.Shared.Data;
using EchoClr.Shared.Scheduling;
using EchoClr.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace EchoClr.Retraining.Tests.Scheduling;

public sealed class ScheduleKeeperTests
{
    [Fact]
    public async Task Engine_CallsWhenTheMomentHasCome_AndNotWhatWasForgotten()
    {
        await using var engine = TestEngine.Create();
        var called = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await engine.StartAsync((schedule, _) => { called.TrySetResult(schedule); return Task.CompletedTask; }, default);
        var now = TimeProvider.System.GetUtcNow();
        await engine.CallAtAsync("forgotten", now.AddMilliseconds(300), default);
        await engine.ForgetAsync("forgotten", default);
        await engine.CallAtAsync("moved", now.AddDays(1), default);
        await engine.CallAtAsync("moved", now.AddMilliseconds(600), default);
        Assert.Equal("moved", await called.Task.WaitAsync(TimeSpan.FromMinutes(1)));
    }

    [Fact]
    public async Task Engine_AMomentThatIsPast_IsNow()
    {
        await using var engine = TestEngine.Create();
        var called = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await engine.StartAsync((schedule, _) => { called.TrySetResult(schedule); return Task.CompletedTask; }, default);
        await engine.CallAtAsync("late", TimeProvider.System.GetUtcNow().AddDays(-1), default);
        Assert.Equal("late", await called.Task.WaitAsync(TimeSpan.FromMinutes(1)));
    }

    /// <summary>The engine is told the moment that the table gives, and its call makes the row: the sweep of the next minute is not needed.</summary>
    [Fact]
    public async Task Keeper_TellsTheEngine_WhoseCallFires()
    {
        await using var test = await TestDatabase.CreateAsync();
        var time = new ManualTime(new DateTimeOffset(2026, 11, 20, 12, 0, 0, TimeSpan.Zero));
        var schedules = new ScheduleStore(test.Database);
        var settings = new ScheduleSettings("30 12 * * *", "UTC", "{}", MisfireRule.RunOnce, 0, null);
        await schedules.SetAsync("noon", settings, AuditParticipant.Operator(), "Anna", time.GetUtcNow(), default);
        var engine = new ScriptedEngine();
        using var keeper = new ScheduleKeeper(new DueFirings(schedules, time, NullLogger<DueFirings>.Instance), engine, time, NullLogger<ScheduleKeeper>.Instance);
        await keeper.StartAsync(default);
        Assert.Equal(("noon", new DateTimeOffset(2026, 11, 20, 12, 30, 0, TimeSpan.Zero)), await engine.Told.Task.WaitAsync(TimeSpan.FromMinutes(1)));

        time.Advance(TimeSpan.FromMinutes(30));
        await engine.Due!("noon", default);

        Assert.Single(await new TrainingRunStore(test.Database).ListAsync(default));
        await keeper.StopAsync(default);
        Assert.True(engine.Ended);
    }

    private sealed class ScriptedEngine : ISchedulerEngine
    {
        public TaskCompletionSource<(string, DateTimeOffset)> Told { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
        public Func<string, CancellationToken, Task>? Due { get; private set; }
        public bool Ended { get; private set; }

        public Task StartAsync(Func<string, CancellationToken, Task> due, CancellationToken cancellationToken)
        {
            Due = due;
            return Task.CompletedTask;
        }

        public Task CallAtAsync(string schedule, DateTimeOffset moment, CancellationToken cancellationToken)
        {
            Told.TrySetResult((schedule, moment));
            return Task.CompletedTask;
        }

        public Task ForgetAsync(string schedule, CancellationToken cancellationToken) => Task.CompletedTask;

        public ValueTask DisposeAsync()
        {
            Ended = true;
            return ValueTask.CompletedTask;
        }
    }
}
