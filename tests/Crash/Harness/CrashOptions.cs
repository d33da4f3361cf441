using EchoClr.App.Demo;
using EchoClr.Crash.PowerCut;

namespace EchoClr.Crash.Harness;

/// <summary>What a run of kills is made of.</summary>
internal sealed record CrashOptions
{
    /// <summary>Everything of the run; must be empty or absent.</summary>
    public required string Folder { get; init; }

    /// <summary>The same seed draws the same points, studies and losses; the machine's own timing stays its own.</summary>
    public required int Seed { get; init; }

    /// <summary>RabbitMQ, or null for the bus in memory. The broker is another machine: it lives on when the product dies.</summary>
    public RabbitMqBroker? Broker { get; init; }

    /// <summary>Points to draw from; null draws from all.</summary>
    public IReadOnlyList<KillPoint>? Points { get; init; }

    /// <summary>What survives each death; null draws it.</summary>
    public Survival? Survival { get; init; }

    /// <summary>Stills that each life is sent besides its studies: enough of them make SQLite write its log back into the database.</summary>
    public int Stills { get; init; }

    /// <summary>Negative control: kinds of fsync that are answered and not done, as <c>POWERCUT_IGNORE</c> has them.</summary>
    public string IgnoredSyncs { get; init; } = "";

    /// <summary>Where strace writes every changing call of the product, one file a life (.1, .2 …); null runs without it.</summary>
    public string? Strace { get; init; }

    /// <summary>Negative control: Success is answered before anything is durable.</summary>
    public bool Hasty { get; init; }
}

/// <param name="Reached">False when all was done before the point came: then the idle process was killed.</param>
/// <param name="Violations">What the audits found; empty is what must be.</param>
internal sealed record KillVerdict(int Number, KillPoint Point, Survival Survival, bool Reached, IReadOnlyList<string> Violations);
