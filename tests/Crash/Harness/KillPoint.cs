namespace EchoClr.Crash.Harness;

/// <summary>Where a life ends: at a system call on a file (libpowercut.so), at the start or stop of a span (the startup hook), or at any moment (SIGKILL by the harness).</summary>
/// <param name="Name">As the log has it.</param>
/// <param name="Call">"CALL PATTERN N WHEN" of powercut.h, or null.</param>
/// <param name="Span">"NAME N start|stop", or null.</param>
/// <param name="After">For a random instant: how long after the sending began.</param>
/// <param name="FromStart">Counts from the process's first step, not from the sending: deaths while starting and while catching up.</param>
internal sealed record KillPoint(string Name, string? Call = null, string? Span = null, TimeSpan? After = null, bool FromStart = false)
{
    /// <summary>Spans, and how many of them a life goes through at least.</summary>
    private static readonly (string Name, int Times)[] Spans =
    [
        ("ingest.receive", 3), ("ingest.keep", 3), ("ingest.commit", 3), ("dimse.respond", 3), ("study.complete", 1), ("bus.publish", 3), ("study.analyze", 1), ("study.record", 1),
        ("report.write", 1), ("report.record", 1), ("delivery.send", 1), ("delivery.record-sent", 1), ("delivery.request-commitment", 1), ("commitment.receive", 1), ("commitment.conclude", 1),
        // MassTransit's own: a message is taken from the bus and acknowledged; in between its consumer runs.
        ("* receive", 3), ("* process", 3),
    ];

    /// <summary>Call, pattern, and how many such calls a life makes at least: the Nth is drawn from these.</summary>
    private static readonly (string Call, string Pattern, int Times)[] Calls =
    [
        ("create", "spool/*", 3), ("write", "spool/*", 3), ("fsync", "objects/*/*/*", 3), ("mkdir", "objects/*", 1), ("mkdir", "objects/*/*", 1),
        ("fsyncdir", "objects", 1), ("fsyncdir", "objects/*", 1), ("rename", "objects/*/*/*", 3), ("fsyncdir", "objects/*/*", 3),
        ("rename", "results/*/*/*", 2), ("fsync", "results/*/*/*", 2), ("mkdir", "results/*", 1), ("fsyncdir", "results", 1), ("fsyncdir", "results/*", 2), ("fsyncdir", "results/*/*", 2),
        ("write", "echoclr.db-wal", 100), ("fsync", "echoclr.db-wal", 25), ("write", "echoclr.db", 5), ("fsync", "echoclr.db", 1), ("send", "network", 30),
    ];

    public static KillPoint AtRandom(TimeSpan after) => new("random instant", After: after);

    /// <summary>One of all points, each kind as likely as the other.</summary>
    public static KillPoint Draw(Random random)
    {
        var choice = random.Next(Calls.Length + Spans.Length + 6);
        if (choice < Calls.Length)
            return OfCall(Calls[choice], random, fromStart: false);
        if ((choice -= Calls.Length) < Spans.Length)
            return OfSpan(Spans[choice], random, fromStart: false);
        return (choice - Spans.Length) switch
        {
            0 => OfCall(("write", "echoclr.db*", 40), random, fromStart: true),
            1 => OfSpan(Spans[random.Next(Spans.Length)], random, fromStart: true),
            _ => AtRandom(TimeSpan.FromMilliseconds(random.Next(1500))),
        };
    }

    private static KillPoint OfCall((string Call, string Pattern, int Times) call, Random random, bool fromStart)
    {
        var when = call.Call == "write" ? random.Next(3) switch { 0 => "before", 1 => "half", _ => "after" } : random.Next(2) == 0 ? "before" : "after";
        return new($"{when} {call.Call} {call.Pattern}{(fromStart ? " from the start" : "")}", Call: $"{call.Call} {call.Pattern} {random.Next(call.Times) + 1} {when}", FromStart: fromStart);
    }

    private static KillPoint OfSpan((string Name, int Times) span, Random random, bool fromStart)
    {
        var when = random.Next(2) == 0 ? "start" : "stop";
        return new($"{when} of {span.Name}{(fromStart ? " from the start" : "")}", Span: $"{span.Name.Replace(' ', '?')} {random.Next(span.Times) + 1} {when}", FromStart: fromStart);
    }
}
