using EchoClr.App.Demo;
using EchoClr.Shared.Contracts;
using EchoClr.Shared.Data;
using EchoClr.Shared.Messaging;
using EchoClr.Testing;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace EchoClr.Integration;

/// <summary>The bus on a real broker: its queues are what we say they are, and whatever happens to them costs no study.</summary>
public sealed class RabbitMqTests(BrokerFixture broker) : IClassFixture<BrokerFixture>
{
    private const string Queue = "inbox"; // the kebab name of InboxConsumer
    private const int Studies = 20;

    [Fact]
    public async Task Queue_IsAQuorumQueueWithADeliveryLimit_ThatDeadLettersAtLeastOnce()
    {
        await using var test = await TestDatabase.CreateAsync();
        await using var bus = await StartAsync(test);
        Assert.True(await bus.Publisher.PublishAsync(new StudyCompleted { StudyVersionId = 7, TraceId = "t" }, default));
        Assert.Equal(7, await bus.Inbox.NextAsync());

        // A broker accepts a second declaration only when every argument is the same.
        var arguments = new Dictionary<string, object?>
        {
            ["x-queue-type"] = "quorum",
            ["x-delivery-limit"] = 1,
            ["x-dead-letter-exchange"] = BusServices.ParkingQueue,
            ["x-dead-letter-strategy"] = "at-least-once",
            ["x-overflow"] = "reject-publish",
        };
        Assert.True(await IsDeclaredAsync(Queue, arguments));
        Assert.False(await IsDeclaredAsync(Queue, new Dictionary<string, object?>(arguments) { ["x-delivery-limit"] = 2 }));
        Assert.Equal(0u, await broker.CountAsync(BusServices.ParkingQueue));
    }

    [Fact]
    public async Task PoisonousMessage_EndsInTheParkingQueue_AndTheQueueGoesOn()
    {
        await using var test = await TestDatabase.CreateAsync();
        await using var bus = await StartAsync(test);
        var (inbox, publisher) = (bus.Inbox, bus.Publisher);
        var before = await broker.CountAsync(BusServices.ParkingQueue) ?? 0;
        inbox.Fail = true;
        await publisher.PublishAsync(new StudyCompleted { StudyVersionId = 13, TraceId = "t" }, default);
        await UntilAsync(async () => await broker.CountAsync(BusServices.ParkingQueue) == before + 1);
        inbox.Fail = false;
        await publisher.PublishAsync(new StudyCompleted { StudyVersionId = 14, TraceId = "t" }, default);
        while (await inbox.NextAsync() != 14)
        {
            // what the poisonous message left
        }

    }

    [Fact, Trait("Suite", "long")]
    public async Task BrokerKilledMidWay_AndStartedAgain_NoStudyIsMissed()
    {
        await using var test = await TestDatabase.CreateAsync();
        await using var bus = await StartAsync(test);
        await AnalyzeAllAsync(test, bus, async done =>
        {
            if (done != Studies / 2)
                return;
            await broker.Require().KillAsync();
            // What was complete before stays owed; what is published now meets nobody.
            Assert.False(await bus.Publisher.PublishAsync(new StudyCompleted { StudyVersionId = 1, TraceId = "t" }, default));
            await broker.Require().RestartAsync(default);
        });
    }

    [Fact, Trait("Suite", "long")]
    public async Task QueueDeletedMidWay_NoStudyIsMissed()
    {
        await using var test = await TestDatabase.CreateAsync();
        await using var bus = await StartAsync(test);
        await AnalyzeAllAsync(test, bus, async done =>
        {
            if (done == Studies / 2)
                await broker.AskAsync(channel => channel.QueueDeleteAsync(Queue));
        });
    }

    [Fact, Trait("Suite", "long")]
    public async Task EverySeventhMessageLost_NoStudyIsMissed()
    {
        await using var test = await TestDatabase.CreateAsync();
        await using var bus = await StartAsync(test, new Inbox { LoseEvery = 7 });
        await AnalyzeAllAsync(test, bus, _ => Task.CompletedTask);
        Assert.True(bus.Inbox.Lost > 0);
    }

    /// <summary>Completes studies one after the other and plays the worker, until every one has its analysis.</summary>
    private static async Task AnalyzeAllAsync(TestDatabase test, RunningBus bus, Func<int, Task> afterEach)
    {
        var (inbox, publisher) = (bus.Inbox, bus.Publisher);
        var (analyses, studies) = (new AnalysisStore(test.Database), new StudyStore(test.Database));
        var models = await test.PromoteModelsAsync();
        for (var i = 0; i < Studies; i++)
        {
            var version = await test.CompleteStudyAsync($"{i}", cines: 1);
            await publisher.PublishAsync(new StudyCompleted { StudyVersionId = version.Id, TraceId = version.TraceId }, default);
        }

        var analyzed = new HashSet<long>();
        while (analyzed.Count < Studies)
        {
            var id = await inbox.NextAsync(TimeSpan.FromMinutes(2));
            if (!analyzed.Add(id))
                continue; // at least once is what a bus promises
            Assert.True((await analyses.RecordAsync(Rows.Analysis((await studies.FindVersionAsync(id, default))!, models), default)).First);
            await afterEach(analyzed.Count);
        }
    }

    private async Task<RunningBus> StartAsync(TestDatabase test, Inbox? inbox = null)
    {
        var server = broker.Require();
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSingleton(inbox ?? new Inbox());
        builder.Services.AddEchoClrData(test.Options);
        builder.Services.AddEchoClrBus(new BusOptions
        {
            Transport = BusTransport.RabbitMq,
            Host = "127.0.0.1",
            Port = (ushort)server.Port,
            Username = RabbitMqBroker.Username,
            PasswordFile = server.PasswordFile,
            DeliveryLimit = 1,
            PublishTimeout = TimeSpan.FromSeconds(2),
            ReconcileInterval = TimeSpan.FromSeconds(1),
            ReconcileAge = TimeSpan.FromSeconds(2),
        }, bus => bus.AddConsumer<InboxConsumer>());
        var host = builder.Build();
        await host.StartAsync();
        // An exchange without a queue drops what is published to it.
        await host.Services.GetRequiredService<IBusControl>().WaitForHealthStatus(BusHealthStatus.Healthy, TimeSpan.FromSeconds(30));
        return new RunningBus(host);
    }

    /// <summary>A host whose consumers end with the test, so that they take nothing from the next one's queue.</summary>
    private sealed class RunningBus(IHost host) : IAsyncDisposable
    {
        public Inbox Inbox { get; } = host.Services.GetRequiredService<Inbox>();
        public Publisher Publisher { get; } = host.Services.GetRequiredService<Publisher>();

        public async ValueTask DisposeAsync()
        {
            await host.StopAsync();
            host.Dispose();
        }
    }

    private async Task<bool> IsDeclaredAsync(string queue, Dictionary<string, object?> arguments)
    {
        try
        {
            return await broker.AskAsync(async channel =>
            {
                await channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false, arguments);
                return true;
            });
        }
        catch (OperationInterruptedException refusal) when (refusal.ShutdownReason?.ReplyCode == 406) // PRECONDITION_FAILED
        {
            return false;
        }
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (!await condition())
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, timeout.Token);
    }
}
