using System.Collections.Concurrent;
using EchoClr.Shared.Contracts;
using EchoClr.Shared.Data;
using EchoClr.Shared.Messaging;
using EchoClr.Testing;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace EchoClr.Shared.Tests.Messaging;

/// <summary>The bus in memory, with the tables behind it.</summary>
public sealed class BusTests
{
    [Fact]
    public async Task Published_ReachesItsConsumer()
    {
        await using var test = await TestDatabase.CreateAsync();
        using var host = await StartAsync(test, new BusOptions());
        Assert.True(await host.Services.GetRequiredService<Publisher>().PublishAsync(new StudyCompleted { StudyVersionId = 7, TraceId = "t" }, default));
        Assert.Equal(7, await host.Services.GetRequiredService<Inbox>().NextAsync());
    }

    [Fact]
    public async Task EverySeventhMessageIsLost_TheReconcilerBringsIt()
    {
        await using var test = await TestDatabase.CreateAsync();
        var versions = new List<long>();
        for (var i = 0; i < 30; i++)
            versions.Add((await test.CompleteStudyAsync($"{i}", cines: 1)).Id);
        var models = await test.PromoteModelsAsync();
        using var host = await StartAsync(test, new BusOptions { ReconcileInterval = TimeSpan.FromMilliseconds(50), ReconcileAge = TimeSpan.Zero }, inbox: new Inbox { LoseEvery = 7 });
        var inbox = host.Services.GetRequiredService<Inbox>();
        var analyses = new AnalysisStore(test.Database);
        var seen = new HashSet<long>();
        while (seen.Count < versions.Count)
        {
            var id = await inbox.NextAsync();
            if (seen.Add(id))
                await analyses.RecordAsync(Rows.Analysis((await new StudyStore(test.Database).FindVersionAsync(id, default))!, models), default);
        }

        Assert.Equal(versions.Order(), seen.Order());
        Assert.True(inbox.Lost > 0, "no message was lost, so nothing was mended");
    }

    [Fact]
    public async Task Reconciler_PublishesEachBacklogOnce_AndLeavesWhatIsFreshlyHinted()
    {
        await using var test = await TestDatabase.CreateAsync();
        var version = await test.CompleteStudyAsync("s");
        var time = new ManualTime(Rows.Noon.AddHours(1));
        var published = new ConcurrentBag<object>();
        using var host = await StartAsync(test, new BusOptions { ReconcileInterval = TimeSpan.FromDays(1) }, bus => bus.ConfigurePublish(pipe => pipe.UseExecute(context => published.Add(context.Message()))), time);
        var reconciler = host.Services.GetRequiredService<Reconciler>();
        await host.Services.GetRequiredService<Inbox>().NextAsync(); // the run at start
        Assert.Equal(version.Id, Assert.IsType<StudyCompleted>(Assert.Single(published)).StudyVersionId);
        // The row is marked after its message is out: the message may be here first.
        for (var tries = 0; await test.Database.ReadAsync(session => session.ScalarAsync<DateTimeOffset>("SELECT hinted_at FROM study_version WHERE id = @Id", version), default) != time.GetUtcNow(); tries++)
        {
            Assert.True(tries < 500, "the reconciler did not mark what it published");
            await Task.Delay(10);
        }

        Assert.Equal(0, await reconciler.RunOnceAsync(default));
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(1, await reconciler.RunOnceAsync(default));

        var analyses = new AnalysisStore(test.Database);
        var recorded = await analyses.RecordAsync(Rows.Analysis(version, await test.PromoteModelsAsync()), default);
        Assert.Equal(1, await reconciler.RunOnceAsync(default));
        Assert.Single(published.OfType<StudyAnalyzed>(), message => message.AnalysisId == recorded.AnalysisId && message.TraceId == version.TraceId);

        var report = Rows.Result(ResultKind.StructuredReport, "sr");
        await new DeliveryStore(test.Database).RecordReportAsync((await analyses.FindAsync(recorded.AnalysisId, default))!, [report], [new NewDelivery("pacs", false, [report.SopInstanceUid])], Rows.Noon, default);
        Assert.Equal(1, await reconciler.RunOnceAsync(default));
        Assert.Single(published.OfType<ReportWritten>(), message => message.AnalysisId == recorded.AnalysisId);
    }

    [Fact]
    public async Task Reconciler_LongBacklogThatWorkersEatThrough_IsNotPublishedAgain_ButWhatTheyPassedBy()
    {
        await using var test = await TestDatabase.CreateAsync();
        var (studies, analyses, models) = (new StudyStore(test.Database), new AnalysisStore(test.Database), await test.PromoteModelsAsync());
        var backlog = new List<StudyVersionRow>();
        for (var i = 0; i < 20; i++)
        {
            backlog.Add(await test.CompleteStudyAsync($"{i}", cines: 1));
            await studies.MarkHintedAsync(backlog[i].Id, Rows.Noon.AddSeconds(i), default);
        }
        var time = new ManualTime(Rows.Noon.AddHours(1));
        var published = new ConcurrentQueue<object>();
        await using var services = await ReconcilingAsync(test, time, published);
        var reconciler = services.GetRequiredService<Reconciler>();

        // A worker is at the eleventh; what became of the third, nobody knows.
        foreach (var done in backlog.Take(10).Where((_, i) => i != 2))
            await analyses.RecordAsync(Rows.Analysis(done, models) with { FinishedAt = time.GetUtcNow() }, default);
        Assert.True(await analyses.TryClaimAsync(backlog[10].Id, "worker", time.GetUtcNow(), TimeSpan.FromHours(1), 3, default));
        for (var minute = 0; minute < 5; minute++)
        {
            await reconciler.RunOnceAsync(default);
            time.Advance(TimeSpan.FromMinutes(1));
        }
        Assert.Equal([backlog[2].Id], published.OfType<StudyCompleted>().Select(message => message.StudyVersionId));
    }

    [Fact]
    public async Task Reconciler_NobodyTakesAnything_PublishesLessAndLessOften_AndAllAgainWhenSomethingMoves()
    {
        await using var test = await TestDatabase.CreateAsync();
        var version = await test.CompleteStudyAsync("s");
        var time = new ManualTime(Rows.Noon.AddHours(1));
        var published = new ConcurrentQueue<object>();
        await using var services = await ReconcilingAsync(test, time, published);
        var reconciler = services.GetRequiredService<Reconciler>();
        var minutes = new List<int>();
        for (var minute = 0; minute < 60; minute++)
        {
            if (await reconciler.RunOnceAsync(default) > 0)
                minutes.Add(minute);
            time.Advance(TimeSpan.FromMinutes(1));
        }
        Assert.Equal([0, 1, 3, 7, 15, 25, 35, 45, 55], minutes);

        Assert.True(await new AnalysisStore(test.Database).TryClaimAsync(version.Id, "worker", time.GetUtcNow(), TimeSpan.FromSeconds(30), 3, default)); // and dies
        Assert.Equal(0, await reconciler.RunOnceAsync(default));
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(1, await reconciler.RunOnceAsync(default));
    }

    /// <summary>A reconciler that runs when it is told, and what it publishes.</summary>
    private static async Task<ServiceProvider> ReconcilingAsync(TestDatabase test, ManualTime time, ConcurrentQueue<object> published)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton<TimeProvider>(time);
        services.AddSingleton(new Inbox());
        services.AddEchoClrData(test.Options);
        services.AddEchoClrBus(
            new BusOptions { ReconcileAge = TimeSpan.FromSeconds(59) }, bus => bus.AddConsumer<InboxConsumer>(),
            bus => bus.ConfigurePublish(pipe => pipe.UseExecute(context => published.Enqueue(context.Message()))));
        var provider = services.BuildServiceProvider();
        await provider.GetRequiredService<IBusControl>().StartAsync(default);
        return provider;
    }

    [Fact]
    public async Task Publisher_BusThatNeverAnswers_SaysFalse_AndThenRestsBeforeItTriesAgain()
    {
        await using var test = await TestDatabase.CreateAsync();
        var time = new ManualTime();
        var (attempts, silent) = (0, true);
        using var host = await StartAsync(test, new BusOptions { PublishTimeout = TimeSpan.FromSeconds(5), PublishAttempts = 1 }, bus => bus.ConfigurePublish(pipe => pipe.UseExecuteAsync(async context =>
        {
            Interlocked.Increment(ref attempts);
            if (silent)
                await Task.Delay(Timeout.Infinite, context.CancellationToken);
        })), time);
        var publisher = host.Services.GetRequiredService<Publisher>();
        var message = new StudyCompleted { StudyVersionId = 1, TraceId = "t" };
        var publishing = publisher.PublishAsync(message, default);
        await Eventually.IsTrueAsync(() => attempts == 1, "it was tried");
        time.Advance(TimeSpan.FromSeconds(5));
        Assert.False(await publishing);

        silent = false;
        Assert.False(await publisher.PublishAsync(message, default)); // without an attempt
        Assert.Equal(1, attempts);
        time.Advance(TimeSpan.FromSeconds(10));
        Assert.True(await publisher.PublishAsync(message, default));
    }

    [Fact]
    public async Task Consumer_ThatFails_IsTriedAgain_AndThenTheMessageIsLeftToTheReconciler()
    {
        await using var test = await TestDatabase.CreateAsync();
        using var host = await StartAsync(test, new BusOptions());
        var inbox = host.Services.GetRequiredService<Inbox>();
        inbox.Fail = true;
        await host.Services.GetRequiredService<Publisher>().PublishAsync(new StudyCompleted { StudyVersionId = 1, TraceId = "t" }, default);
        for (var delivery = 0; delivery < 4; delivery++) // the first, and after 0.1, 0.5 and 2 s
            Assert.Equal(1, await inbox.NextAsync());
        inbox.Fail = false;
        await host.Services.GetRequiredService<Publisher>().PublishAsync(new StudyCompleted { StudyVersionId = 2, TraceId = "t" }, default);
        Assert.Equal(2, await inbox.NextAsync()); // the queue goes on
    }

    private static async Task<IHost> StartAsync(TestDatabase test, BusOptions options, Action<IBusFactoryConfigurator>? configureBus = null, TimeProvider? time = null, Inbox? inbox = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        if (time is not null)
            builder.Services.AddSingleton(time);
        builder.Services.AddSingleton(inbox ?? new Inbox());
        builder.Services.AddEchoClrData(test.Options);
        builder.Services.AddEchoClrBus(options, bus => bus.AddConsumer<InboxConsumer>(), configureBus);
        var host = builder.Build();
        await host.StartAsync();
        return host;
    }
}

internal static class PublishContextExtensions
{
    /// <summary>The message of a publish pipe whose type is not known to it.</summary>
    public static object Message(this PublishContext context) => context.GetType().GetProperty("Message")!.GetValue(context)!;
}
