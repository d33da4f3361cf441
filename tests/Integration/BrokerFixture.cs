using EchoClr.App.Demo;
using EchoClr.Testing;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace EchoClr.Integration;

/// <summary>One private RabbitMQ for the tests of a class.</summary>
public sealed class BrokerFixture : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private RabbitMqBroker? _broker;

    public async ValueTask InitializeAsync()
    {
        if (File.Exists(Server))
            _broker = await RabbitMqBroker.StartAsync(_folder.Path, CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        if (_broker is not null)
            await _broker.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>Where and as whom to connect; skips the calling test, with the reason, where there is no broker.</summary>
    internal RabbitMqBroker Require()
    {
        Assert.SkipWhen(_broker is null, $"no RabbitMQ here: {Server} is absent (Debian: rabbitmq-server)");
        return _broker!;
    }

    /// <summary>Runs against the broker's own protocol, beside MassTransit.</summary>
    internal async Task<T> AskAsync<T>(Func<IChannel, Task<T>> question)
    {
        var broker = Require();
        var factory = new ConnectionFactory
        {
            HostName = "127.0.0.1",
            Port = broker.Port,
            UserName = RabbitMqBroker.Username,
            Password = await File.ReadAllTextAsync(broker.PasswordFile),
        };
        await using var connection = await factory.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        return await question(channel);
    }

    /// <summary>Messages that wait in a queue; null where there is no such queue.</summary>
    internal Task<uint?> CountAsync(string queue) => AskAsync<uint?>(async channel =>
    {
        try
        {
            return (await channel.QueueDeclarePassiveAsync(queue)).MessageCount;
        }
        catch (OperationInterruptedException)
        {
            return null;
        }
    });

    private const string Server = "/usr/lib/rabbitmq/bin/rabbitmq-server";
}
