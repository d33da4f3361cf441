using EchoClr.Shared.Contracts;
using EchoClr.Shared.Data;
using EchoClr.Shared.Ledger;
using EchoClr.Testing;
using RabbitMQ.Client;

namespace EchoClr.Integration;

/// <summary>Whatever happens to broker, queue or messages in the middle of the work: the tables say what is owed, and every study gets its analysis, once.</summary>
[Trait("Suite", "long")]
public sealed class RabbitMqOutageTests : IAsyncLifetime
{
    private const int Studies = 20;

    // Each test has a broker of its own: what one did to it must not be the next one's trouble.
    private readonly BrokerFixture _broker = new();

    public ValueTask InitializeAsync() => _broker.InitializeAsync();

    public ValueTask DisposeAsync() => _broker.DisposeAsync();

    [Fact]
    public async Task EverySeventhMessageLost()
    {
        await using var test = await TestDatabase.CreateAsync();
        await using var bus = await BusOnBroker.StartAsync(_broker, test, new Inbox { LoseEvery = 7 });
        await PublishAsync(test, bus, 0, Studies);
        await AnalyzeAllAsync(test, bus);
        Assert.True(bus.Inbox.Lost > 0);
    }

    [Fact]
    public async Task BrokerKilledMidWay_AndStartedAgain()
    {
        await using var test = await TestDatabase.CreateAsync();
        await using var bus = await BusOnBroker.StartAsync(_broker, test);
        await PublishAsync(test, bus, 0, Studies / 2);
        await _broker.Require().KillAsync();
        var last = await test.CompleteStudyAsync("while it is down", cines: 1);
        Assert.False(await bus.Publisher.PublishAsync(new StudyCompleted { StudyVersionId = last.Id, TraceId = last.TraceId }, default));
        await _broker.Require().RestartAsync(default);
        await PublishAsync(test, bus, Studies / 2, Studies);
        await AnalyzeAllAsync(test, bus);
    }

    [Fact]
    public async Task QueueDeletedMidWay()
    {
        await using var test = await TestDatabase.CreateAsync();
        await using var bus = await BusOnBroker.StartAsync(_broker, test);
        await PublishAsync(test, bus, 0, Studies / 2);
        await _broker.AskAsync(channel => channel.QueueDeleteAsync(BusOnBroker.Queue));
        await PublishAsync(test, bus, Studies / 2, Studies);
        await AnalyzeAllAsync(test, bus);
    }

    /// <summary>A broker short of disk blocks its publishers: nobody is told no, and nothing gets through. Receiving goes on, and what was owed comes afterwards.</summary>
    [Fact]
    public async Task DiskAlarmMidWay_AndOverAgain()
    {
        await using var test = await TestDatabase.CreateAsync();
        await using var bus = await BusOnBroker.StartAsync(_broker, test);
        await PublishAsync(test, bus, 0, Studies / 2);
        await _broker.Require().ControlAsync(default, "set_disk_free_limit", "1000000GB");
        await Eventually.IsTrueAsync(async () => !await IsPublishedAsync(test, bus), "the alarm blocked a publisher");
        var during = await test.CompleteStudyAsync("while it is blocked", cines: 1);
        Assert.False(await bus.Publisher.PublishAsync(new StudyCompleted { StudyVersionId = during.Id, TraceId = during.TraceId }, default));
        await _broker.Require().ControlAsync(default, "set_disk_free_limit", "200MB");
        await PublishAsync(test, bus, Studies / 2, Studies);
        await AnalyzeAllAsync(test, bus);
    }

    private static async Task<bool> IsPublishedAsync(TestDatabase test, BusOnBroker bus)
    {
        var version = await test.CompleteStudyAsync(Guid.NewGuid().ToString("N"), cines: 1);
        return await bus.Publisher.PublishAsync(new StudyCompleted { StudyVersionId = version.Id, TraceId = version.TraceId }, default);
    }

    /// <summary>Completes studies, one after the other, and publishes each as the sweeper does.</summary>
    private static async Task PublishAsync(TestDatabase test, BusOnBroker bus, int from, int to)
    {
        for (var i = from; i < to; i++)
        {
            var version = await test.CompleteStudyAsync($"{i}", cines: 1);
            await bus.Publisher.PublishAsync(new StudyCompleted { StudyVersionId = version.Id, TraceId = version.TraceId }, default);
        }
    }

    /// <summary>Plays the worker until no analysis is owed any more.</summary>
    private static async Task AnalyzeAllAsync(TestDatabase test, BusOnBroker bus)
    {
        var (analyses, studies) = (new AnalysisStore(test.Database), new StudyStore(test.Database));
        var models = await test.PromoteModelsAsync();
        var far = Rows.Noon.AddYears(100);
        while ((await studies.ListUnanalyzedAsync(urgent: false, far, far, 1, default)).Count > 0)
        {
            var version = await studies.FindVersionAsync(await bus.Inbox.NextAsync(TimeSpan.FromMinutes(2)), default);
            await analyses.RecordAsync(Rows.Analysis(version!, models), default); // at least once is what a bus promises: the second is discarded
        }

        var report = await new LedgerAudit(test.Database, test.Blobs, TimeProvider.System).RunAsync(strict: true, null, default);
        Assert.All(report.Breaks, broken => Assert.StartsWith("has no readable file", broken.What, StringComparison.Ordinal)); // the rows of these tests name none
        Assert.True(report.Counts.AddsUp && report.Counts.Instances >= Studies);
    }
}
