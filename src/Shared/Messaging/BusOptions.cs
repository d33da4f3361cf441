namespace EchoClr.Shared.Messaging;

/// <summary>How messages travel. They are hints: losing one costs a <see cref="ReconcileInterval"/>, never a study.</summary>
public sealed class BusOptions
{
    public const string SectionName = "Bus";

    /// <summary>memory (one process, the default) or rabbitmq.</summary>
    public BusTransport Transport { get; set; } = BusTransport.Memory;

    public string Host { get; set; } = "localhost";

    /// <summary>5672 is AMQP's port.</summary>
    public ushort Port { get; set; } = 5672;

    public string VirtualHost { get; set; } = "/";
    public string? Username { get; set; }

    /// <summary>A file that holds the password and nothing else: no secret stands in a settings file or on a command line.</summary>
    public string? PasswordFile { get; set; }

    /// <summary>Messages that the broker hands to one consumer ahead. A message may stand for minutes of inference: few ahead, so that workers share evenly.</summary>
    public ushort Prefetch { get; set; } = 4;

    /// <summary>Redeliveries before a message is parked. RabbitMQ's own default is 20 since 4.0 and none before: it is set so that all versions behave alike.</summary>
    public int DeliveryLimit { get; set; } = 5;

    /// <summary>For the broker's confirm. A confirm took 0.9 ms where it was measured, a broker's restart 16 s.</summary>
    public TimeSpan PublishTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Then the reconciler mends it.</summary>
    public int PublishAttempts { get; set; } = 3;

    /// <summary>How often the reconciler compares the tables with what was published: the most that a lost message costs, roughly twice over.</summary>
    public TimeSpan ReconcileInterval { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a published message is trusted to be on its way before it is published again.</summary>
    public TimeSpan ReconcileAge { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Messages of one kind that one reconciliation publishes, oldest first: repeating a long backlog whole would bury the queue.</summary>
    public int ReconcileBatch { get; set; } = 200;
}

public enum BusTransport
{
    Memory,
    RabbitMq,
}
