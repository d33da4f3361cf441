using EchoClr.App.Demo;
using EchoClr.Shared.Data;
using EchoClr.Shared.Messaging;
using EchoClr.Testing;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EchoClr.Integration;

/// <summary>Bus, reconciler and one consumer against a broker. Its consumer ends with the test, so that it takes nothing from the next one's queue.</summary>
internal sealed class BusOnBroker : IAsyncDisposable
{
    /// <summary>The kebab name of <see cref="InboxConsumer"/>.</summary>
    public const string Queue = "inbox";

    /// <summary>One redelivery: each takes the 2.6 s of the retries before it.</summary>
    public const int DeliveryLimit = 1;

    private readonly IHost _host;

    private BusOnBroker(IHost host) => _host = host;

    public Inbox Inbox => _host.Services.GetRequiredService<Inbox>();
    public Publisher Publisher => _host.Services.GetRequiredService<Publisher>();

    public static async Task<BusOnBroker> StartAsync(BrokerFixture broker, TestDatabase test, Inbox? inbox = null)
    {
        var server = broker.Require();
        var builder = Host.CreateEmptyApplicationBuilder(null);
        if (Environment.GetEnvironmentVariable("ECHOCLR_TEST_LOG") is not null)
            builder.Logging.AddSimpleConsole(console => console.SingleLine = true).SetMinimumLevel(LogLevel.Debug);
        builder.Services.AddSingleton(inbox ?? new Inbox());
        builder.Services.AddEchoClrData(test.Options);
        builder.Services.AddEchoClrBus(new BusOptions
        {
            Transport = BusTransport.RabbitMq,
            Host = "127.0.0.1",
            Port = (ushort)server.Port,
            Username = RabbitMqBroker.Username,
            PasswordFile = server.PasswordFile,
            DeliveryLimit = DeliveryLimit,
            PublishTimeout = TimeSpan.FromSeconds(2),
            ReconcileInterval = TimeSpan.FromSeconds(1),
            ReconcileAge = TimeSpan.FromSeconds(2),
        }, bus => bus.AddConsumer<InboxConsumer>());
        var host = builder.Build();
        await host.StartAsync();
        // An exchange without a queue drops what is published to it.
        await host.Services.GetRequiredService<IBusControl>().WaitForHealthStatus(BusHealthStatus.Healthy, TimeSpan.FromSeconds(30));
        return new BusOnBroker(host);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }
}
