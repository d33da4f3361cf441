using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace EchoClr.Shared.Messaging;

/// <summary>The one place where the bus is set up.</summary>
public static class BusServices
{
    /// <summary>Where RabbitMQ puts a message that was delivered <see cref="BusOptions.DeliveryLimit"/> times in vain. Nothing consumes it; a person looks.</summary>
    public const string ParkingQueue = "echoclr-parking";

    /// <summary>Seconds-long trouble (a deadlock, a broker's blip) passes within these; longer trouble is the broker's redelivery, then the reconciler.</summary>
    private static readonly TimeSpan[] RetryIntervals = [TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(2)];

    /// <summary>A broker that does not answer must not hold up a stop: a service manager kills after 30 s, and the tables know what was in work.</summary>
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(20);

    /// <summary>
    /// Adds bus, <see cref="Publisher"/> and <see cref="Reconciler"/>. MassTransit allows one bus in a container, so a process with several roles adds
    /// all its consumers here at once.
    /// </summary>
    /// <param name="configureBus">For what a test puts between publisher and transport.</param>
    public static IServiceCollection AddEchoClrBus(
        this IServiceCollection services, BusOptions options, Action<IBusRegistrationConfigurator> configureConsumers, Action<IBusFactoryConfigurator>? configureBus = null)
    {
        services.AddSingleton(options);
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<Publisher>();
        services.TryAddSingleton<Reconciler>();
        services.AddHostedService(provider => provider.GetRequiredService<Reconciler>());
        // A broker that is not there yet must not keep the listener from receiving.
        services.AddOptions<MassTransitHostOptions>().Configure(host => (host.WaitUntilStarted, host.StopTimeout) = (false, StopTimeout));
        return services.AddMassTransit(bus =>
        {
            bus.DisableUsageTelemetry();
            bus.SetKebabCaseEndpointNameFormatter();
            configureConsumers(bus);
            if (options.Transport == BusTransport.RabbitMq)
                UseRabbitMq(bus, options, configureBus);
            else
                UseMemory(bus, options, configureBus);
        });
    }

    private static void UseMemory(IBusRegistrationConfigurator bus, BusOptions options, Action<IBusFactoryConfigurator>? configureBus)
    {
        bus.AddConfigureEndpointsCallback((_, endpoint) =>
        {
            endpoint.UseMessageRetry(retry => retry.Intervals(RetryIntervals));
            // An error queue in memory would only grow: the row is still in the backlog, and its attempts are counted there.
            endpoint.DiscardFaultedMessages();
            endpoint.DiscardSkippedMessages();
        });
        bus.UsingInMemory((context, memory) =>
        {
            memory.PrefetchCount = options.Prefetch;
            configureBus?.Invoke(memory);
            memory.ConfigureEndpoints(context);
        });
    }

    private static void UseRabbitMq(IBusRegistrationConfigurator bus, BusOptions options, Action<IBusFactoryConfigurator>? configureBus)
    {
        var username = options.Username ?? throw new ArgumentException("Bus:Username is needed for Bus:Transport=rabbitmq");
        var passwordFile = options.PasswordFile ?? throw new ArgumentException("Bus:PasswordFile is needed for Bus:Transport=rabbitmq");
        var password = File.ReadAllText(passwordFile).Trim();
        bus.AddConfigureEndpointsCallback((_, endpoint) =>
        {
            endpoint.UseMessageRetry(retry => retry.Intervals(RetryIntervals));
            if (endpoint is IRabbitMqReceiveEndpointConfigurator queue)
                Harden(queue, options);
        });
        bus.UsingRabbitMq((context, rabbit) =>
        {
            rabbit.Host(options.Host, options.Port, options.VirtualHost, host =>
            {
                host.Username(username);
                host.Password(password);
                host.PublisherConfirmation = true;
            });
            rabbit.PrefetchCount = options.Prefetch;
            configureBus?.Invoke(rabbit);
            rabbit.ConfigureEndpoints(context);
        });
    }

    /// <summary>
    /// A queue whose messages survive its broker, and from which a poisonous one goes to the parking queue instead of vanishing. Faults are given back to the
    /// broker, so that one counter counts them and the worker deaths alike.
    /// </summary>
    private static void Harden(IRabbitMqReceiveEndpointConfigurator queue, BusOptions options)
    {
        queue.SetQuorumQueue();
        queue.SetQueueArgument("x-delivery-limit", options.DeliveryLimit);
        queue.BindDeadLetterQueue(ParkingQueue, ParkingQueue, parking => parking.SetQuorumQueue());
        // at-least-once dead-lettering works only with reject-publish (RabbitMQ documentation, "Quorum Queues").
        queue.SetQueueArgument("x-dead-letter-strategy", "at-least-once");
        queue.SetQueueArgument("x-overflow", "reject-publish");
        queue.RethrowFaultedMessages();
        queue.ThrowOnSkippedMessages();
    }
}
