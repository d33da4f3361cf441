using EchoClr.Shared.Contracts;
using EchoClr.Shared.Messaging;
using EchoClr.Testing;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace EchoClr.Integration;

/// <summary>The bus on a real broker: its queues are what we say they are, and a message that poisons every consumer is parked where a person sees it.</summary>
public sealed class RabbitMqTests(BrokerFixture broker) : IClassFixture<BrokerFixture>
{
    [Fact]
    public async Task Queue_IsAQuorumQueueWithADeliveryLimit_ThatDeadLettersAtLeastOnce()
    {
        await using var test = await TestDatabase.CreateAsync();
        await using var bus = await BusOnBroker.StartAsync(broker, test);
        Assert.True(await bus.Publisher.PublishAsync(new StudyCompleted { StudyVersionId = 7, TraceId = "t" }, default));
        Assert.Equal(7, await bus.Inbox.NextAsync());

        // A broker accepts a second declaration only when every argument is the same.
        var arguments = new Dictionary<string, object?>
        {
            ["x-queue-type"] = "quorum",
            ["x-delivery-limit"] = BusOnBroker.DeliveryLimit,
            ["x-dead-letter-exchange"] = BusServices.ParkingQueue,
            ["x-dead-letter-strategy"] = "at-least-once",
            ["x-overflow"] = "reject-publish",
        };
        Assert.True(await IsDeclaredAsync(arguments));
        Assert.False(await IsDeclaredAsync(new Dictionary<string, object?>(arguments) { ["x-delivery-limit"] = BusOnBroker.DeliveryLimit + 1 }));
        Assert.NotNull(await broker.CountAsync(BusServices.ParkingQueue));
    }

    [Fact]
    public async Task PoisonousMessage_EndsInTheParkingQueue_AndTheQueueGoesOn()
    {
        await using var test = await TestDatabase.CreateAsync();
        await using var bus = await BusOnBroker.StartAsync(broker, test);
        var before = await broker.CountAsync(BusServices.ParkingQueue);
        bus.Inbox.Fail = true;
        await bus.Publisher.PublishAsync(new StudyCompleted { StudyVersionId = 13, TraceId = "t" }, default);
        await UntilAsync(async () => await broker.CountAsync(BusServices.ParkingQueue) == before + 1);
        bus.Inbox.Fail = false;
        await bus.Publisher.PublishAsync(new StudyCompleted { StudyVersionId = 14, TraceId = "t" }, default);
        while (await bus.Inbox.NextAsync() != 14)
        {
            // what the poisonous message left
        }
    }

    private async Task<bool> IsDeclaredAsync(Dictionary<string, object?> arguments)
    {
        try
        {
            return await broker.AskAsync(async channel =>
            {
                await channel.QueueDeclareAsync(BusOnBroker.Queue, durable: true, exclusive: false, autoDelete: false, arguments);
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
