using EchoClr.Retraining.Scheduling;
using EchoClr.Shared.Audit;
using EchoClr.Shared.Data;
using EchoClr.Shared.Scheduling;
using EchoClr.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace EchoClr.Retraining.Tests.Scheduling;

/// <summary>Schedules over a real database and a clock that the test moves.</summary>
public sealed class DueFiringsTests
{
    private static readonly AuditParticipant Who = AuditParticipant.Operator();

    /// <summary>Friday. Nights are 02:30 in Berlin, 01:30 UTC.</summary>
    private static readonly DateTimeOffset Start = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);

    private static readonly ScheduleSettings Nightly = new("30 2 * * *", "Europe/Berlin", """{"recipe":"echoclr+"}""", MisfireRule.RunOnce, 0, null);

    [Theory, EachDatabase]
    public async Task Due_IsARunThatWaits_Once(DatabaseProvider provider)
    {
        await using var world = await World.CreateAsync(provider, Nightly);
        Assert.Equal(At("2026-11-21T01:30Z"), (await world.LookAsync())["nightly"]);
        Assert.Empty(await world.FiringsAsync());

        world.Time.Advance(At("2026-11-21T01:30Z") - Start);
        Assert.Equal(At("2026-11-22T01:30Z"), (await world.LookAsync())["nightly"]);
        await world.LookAsync();

        var run = Assert.Single(await world.FiringsAsync());
        Assert.Equal((At("2026-11-21T01:30Z"), TrainingRunState.Waiting, null), (run.DueAt, run.State, run.Error));
        Assert.Equal(Nightly.TrainingPlan, run.TrainingPlan);
        Assert.Equal(run.Id, Assert.Single(await new TrainingRunStore(world.Test.Database).ListFreeAsync(world.Time.GetUtcNow(), default)).Id);
    }

    [Theory, EachDatabase]
    public async Task TwoProcesses_AtOnce_OneRun(DatabaseProvider provider)
    {
        await using var world = await World.CreateAsync(provider, Nightly);
        for (var night = 1; night <= 5; night++)
        {
            world.Time.Advance(TimeSpan.FromDays(1));
            await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(world.LookAsync)));
            await world.FinishAsync();
        }
        var firings = await world.FiringsAsync();
        Assert.Equal(5, firings.Count);
        Assert.All(firings, run => Assert.Null(run.Error));
    }

    [Theory]
    [InlineData(MisfireRule.RunOnce, TrainingRunState.Waiting, null)]
    [InlineData(MisfireRule.Skip, TrainingRunState.Cancelled, "missed: nothing ran at 2026-11-24 01:30 UTC")]
    public async Task RestartOverMissedFirings_TheRuleDecides_ForTheLast(MisfireRule rule, TrainingRunState state, string? reason)
    {
        await using var world = await World.CreateAsync(DatabaseProvider.Sqlite, Nightly with { Misfire = rule });
        world.Time.Advance(TimeSpan.FromDays(4)); // nothing looked for four nights
        Assert.Equal(At("2026-11-25T01:30Z"), (await world.LookAsync())["nightly"]);

        var run = Assert.Single(await world.FiringsAsync());
        Assert.Equal((At("2026-11-24T01:30Z"), state), (run.DueAt, run.State));
        Assert.StartsWith(reason ?? "", run.Error ?? "", StringComparison.Ordinal);
        Assert.Equal(state == TrainingRunState.Cancelled, run.FinishedAt is not null);
    }

    [Fact]
    public async Task Skip_AFewMinutesLate_IsInTime()
    {
        await using var world = await World.CreateAsync(DatabaseProvider.Sqlite, Nightly with { Misfire = MisfireRule.Skip });
        world.Time.Advance(At("2026-11-21T01:30Z") + DueFirings.Grace - Start);
        await world.LookAsync();
        Assert.Null(Assert.Single(await world.FiringsAsync()).Error);
    }

    /// <summary>02:30 is skipped on 28 March 2027 and shown twice on 25 October 2026, in Berlin.</summary>
    [Theory]
    [InlineData("2026-10-24T12:00Z", new[] { "2026-10-25T00:30Z", "2026-10-26T01:30Z" })]
    [InlineData("2027-03-27T12:00Z", new[] { "2027-03-28T01:00Z", "2027-03-29T00:30Z" })]
    public async Task ChangeOfTheClock_OneRunANight(string from, string[] due)
    {
        await using var world = await World.CreateAsync(DatabaseProvider.Sqlite, Nightly, At(from));
        for (var minute = 0; minute < 2 * 24 * 60; minute += 10)
        {
            world.Time.Advance(TimeSpan.FromMinutes(10));
            await world.LookAsync();
            await world.FinishAsync();
        }
        Assert.Equal(due.Select(At), (await world.FiringsAsync()).Select(run => run.DueAt).Order());
    }

    [Fact]
    public async Task ClockPutBackALittle_FiresNothingTwice()
    {
        await using var world = await World.CreateAsync(DatabaseProvider.Sqlite, Nightly);
        world.Time.Advance(At("2026-11-21T01:30Z") - Start);
        await world.LookAsync();
        await world.FinishAsync();
        world.SetClock(At("2026-11-21T01:10Z"));
        Assert.Equal(At("2026-11-22T01:30Z"), (await world.LookAsync())["nightly"]);
        world.Time.Advance(TimeSpan.FromMinutes(30));
        await world.LookAsync();
        Assert.Single(await world.FiringsAsync());
    }

    /// <summary>A clock that was a year ahead for a moment must not silence the schedule for a year.</summary>
    [Fact]
    public async Task ClockThatWasFarAhead_AndIsPutRight_GoesOnAsBefore()
    {
        await using var world = await World.CreateAsync(DatabaseProvider.Sqlite, Nightly);
        world.Time.Advance(At("2026-11-21T01:30Z") - Start);
        await world.LookAsync();
        await world.FinishAsync();
        world.SetClock(At("2027-11-21T12:00Z"));
        await world.LookAsync();
        await world.FinishAsync();
        world.SetClock(At("2026-11-21T01:00Z"));
        Assert.Equal(At("2026-11-21T01:30Z"), (await world.LookAsync())["nightly"]);
        world.Time.Advance(TimeSpan.FromMinutes(31));
        await world.LookAsync(); // has its row already
        world.Time.Advance(TimeSpan.FromDays(1));
        await world.LookAsync();

        Assert.Equal(["2026-11-21", "2026-11-22", "2027-11-21"], (await world.FiringsAsync()).Select(run => $"{run.DueAt:yyyy-MM-dd}").Order());
    }

    [Fact]
    public async Task QuietHours_TheFiringWaitsForTheirEnd_AndIsNotLateThen()
    {
        await using var world = await World.CreateAsync(DatabaseProvider.Sqlite, Nightly with { Quiet = "01:00-06:00", Misfire = MisfireRule.Skip });
        world.Time.Advance(At("2026-11-21T01:30Z") - Start);
        Assert.Equal(At("2026-11-21T05:00Z"), (await world.LookAsync())["nightly"]);
        Assert.Empty(await world.FiringsAsync());
        world.Time.Advance(At("2026-11-21T05:00Z") - world.Time.GetUtcNow());
        await world.LookAsync();
        var run = Assert.Single(await world.FiringsAsync());
        Assert.Equal((At("2026-11-21T01:30Z"), TrainingRunState.Waiting), (run.DueAt, run.State));
    }

    [Fact]
    public async Task NeverTwoAtOnce_TheSecondSaysWhy()
    {
        await using var world = await World.CreateAsync(DatabaseProvider.Sqlite, Nightly);
        await world.Schedules.SetAsync("other", Nightly, Who, "Anna", Start, default);
        world.Time.Advance(TimeSpan.FromDays(1));
        await world.LookAsync();
        var runs = await new TrainingRunStore(world.Test.Database).ListAsync(default);
        Assert.Equal([TrainingRunState.Waiting, TrainingRunState.Cancelled], runs.OrderBy(run => run.Id).Select(run => run.State));
        Assert.Equal($"not run: training run {runs.Min(run => run.Id)} is under way, and there are never two at once", runs.MaxBy(run => run.Id)!.Error);
        Assert.Contains("never two at once", (await world.Schedules.RunNowAsync("other", Who, "Anna", world.Time.GetUtcNow(), default))!.Refusal, StringComparison.Ordinal);
        await world.FinishAsync();
        Assert.Null((await world.Schedules.RunNowAsync("other", Who, "Anna", world.Time.GetUtcNow(), default))!.Refusal);
    }

    [Theory, EachDatabase]
    public async Task MinimumOfNewCines_IsCountedSinceTheLastRunThatSucceeded(DatabaseProvider provider)
    {
        await using var world = await World.CreateAsync(provider, Nightly with { MinNewCines = 3 });
        await world.AddCinesAsync("before", 2);
        world.Time.Advance(TimeSpan.FromDays(1));
        await world.LookAsync();
        Assert.Equal("not run: 2 new cines, 3 are asked for", (await world.FiringsAsync())[0].Error);

        await world.AddCinesAsync("more", 1);
        world.Time.Advance(TimeSpan.FromDays(1));
        await world.LookAsync();
        Assert.Null((await world.FiringsAsync())[0].Error);
        await world.FinishAsync();

        world.Time.Advance(TimeSpan.FromDays(1));
        await world.LookAsync();
        Assert.Equal("not run: 0 new cines, 3 are asked for", (await world.FiringsAsync())[0].Error);
    }

    [Fact]
    public async Task Pause_NothingIsDue_AndNothingIsMadeUpFor()
    {
        await using var world = await World.CreateAsync(DatabaseProvider.Sqlite, Nightly);
        Assert.True(await world.Schedules.EnableAsync("nightly", false, Who, "Anna", world.Time.GetUtcNow(), default));
        Assert.False(await world.Schedules.EnableAsync("nightly", false, Who, "Anna", world.Time.GetUtcNow(), default));
        world.Time.Advance(TimeSpan.FromDays(3));
        Assert.Empty(await world.LookAsync());
        Assert.True(await world.Schedules.EnableAsync("nightly", true, Who, "Anna", world.Time.GetUtcNow(), default));
        Assert.Equal(At("2026-11-24T01:30Z"), (await world.LookAsync())["nightly"]);
        Assert.Empty(await world.FiringsAsync());
        Assert.Equal(3, (await new AuditTrail(world.Test.Database, TimeProvider.System).ListAsync(DateTimeOffset.UnixEpoch, 10, default)).Count(row => row.Message.Contains("schedule/nightly", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task ChangedWhileItWasLookedAt_TheOldRuleDecidesNothing()
    {
        await using var world = await World.CreateAsync(DatabaseProvider.Sqlite, Nightly);
        var seen = (await world.Schedules.FindAsync("nightly", default))!;
        await world.Schedules.SetAsync("nightly", Nightly with { Cron = "0 5 * * *" }, Who, "Anna", Start, default);
        Assert.Null(await world.Schedules.DecideAsync(seen, At("2026-11-21T01:30Z"), null, At("2026-11-21T01:30Z"), default));
        Assert.Empty(await world.FiringsAsync());
    }

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

    private sealed class World(TestDatabase test, DateTimeOffset start) : IAsyncDisposable
    {
        public TestDatabase Test => test;
        public ScheduleStore Schedules { get; } = new(test.Database);
        public ManualTime Time { get; private set; } = new(start);

        public static async Task<World> CreateAsync(DatabaseProvider provider, ScheduleSettings settings, DateTimeOffset? start = null)
        {
            var world = new World(await TestDatabase.CreateAsync(provider), start ?? Start);
            await world.Schedules.SetAsync("nightly", settings, Who, "Anna", start ?? Start, default);
            return world;
        }

        /// <summary>As a process that has just begun: nothing is remembered but the table.</summary>
        public Task<IReadOnlyDictionary<string, DateTimeOffset>> LookAsync() => new DueFirings(new ScheduleStore(test.Database), Time, NullLogger<DueFirings>.Instance).RunAsync(default);

        public void SetClock(DateTimeOffset now) => Time = new ManualTime(now);

        /// <summary>The newest first.</summary>
        public async Task<IReadOnlyList<TrainingRunRow>> FiringsAsync() => await Schedules.ListFiringsAsync((await Schedules.FindAsync("nightly", default))!.Id, 100, default);

        /// <summary>Whatever waits is run and succeeds.</summary>
        public async Task FinishAsync()
        {
            var runs = new TrainingRunStore(test.Database);
            foreach (var run in await runs.ListFreeAsync(Time.GetUtcNow(), default))
            {
                var lease = await runs.TryTakeAsync(run.Id, "test", Time.GetUtcNow(), TimeSpan.FromMinutes(1), default);
                Assert.True(await runs.FinishAsync(lease!, TrainingRunState.Succeeded, null, null, Time.GetUtcNow(), default));
            }
        }

        public async Task AddCinesAsync(string study, int count)
        {
            await test.CompleteStudyAsync(study, count);
            await test.Database.WriteAsync(session => session.ExecuteAsync("""
                INSERT INTO clip (instance_id, pipeline, state, created_at, trace_id)
                SELECT id, 'test', 'Ready', @Now, trace_id FROM instance WHERE study_id = (SELECT MAX(study_id) FROM instance)
                """, new { Now = Time.GetUtcNow() }), default);
        }

        public ValueTask DisposeAsync() => test.DisposeAsync();
    }
}
