using EchoClr.Shared.Audit;

namespace EchoClr.Shared.Data;

/// <summary>Destinations that a person holds: studies are analysed, nothing is sent. Effective at once for every process on this database.</summary>
public sealed class DestinationHoldStore(Database database)
{
    private const string Select = "SELECT destination, held_at, held_by, reason FROM destination_hold WHERE released_at IS NULL";

    /// <summary>Holds a destination, with what still waits for it. False when it is held already.</summary>
    /// <param name="who">For the audit trail; who sits at the command line, where nobody is named.</param>
    public Task<bool> HoldAsync(string destination, string by, string reason, DateTimeOffset now, CancellationToken cancellationToken, AuditParticipant? who = null) => database.WriteAsync(async session =>
    {
        var row = new { Destination = destination, Now = now, By = Text.Cut(by, 200), Reason = Text.Cut(reason, 2000) };
        if (await session.ExecuteAsync("""
            INSERT INTO destination_hold (destination, held_at, held_by, reason)
            SELECT @Destination, @Now, @By, @Reason WHERE NOT EXISTS (SELECT 1 FROM destination_hold WHERE destination = @Destination AND released_at IS NULL)
            """, row) == 0)
            return false;
        // What is being sent or asked about is held at its next step.
        await session.ExecuteAsync("UPDATE delivery SET state = 'Held', next_attempt_at = NULL, updated_at = @Now, row_version = row_version + 1 WHERE destination = @Destination AND state = 'Waiting'", row);
        await AuditTrail.RecordAsync(session, AuditEvents.DestinationHeld(who ?? AuditParticipant.Operator() with { AlternativeUserId = by }, destination, held: true), now);
        return true;
    }, cancellationToken);

    /// <summary>Releases a destination, and what waited for it. The number of results that go out now, or null when it is not held.</summary>
    /// <param name="who">As in <see cref="HoldAsync"/>.</param>
    public Task<int?> ReleaseAsync(string destination, string by, DateTimeOffset now, CancellationToken cancellationToken, AuditParticipant? who = null) => database.WriteAsync<int?>(async session =>
    {
        var row = new { Destination = destination, Now = now, By = Text.Cut(by, 200) };
        if (await session.ExecuteAsync("UPDATE destination_hold SET released_at = @Now, released_by = @By WHERE destination = @Destination AND released_at IS NULL", row) == 0)
            return null;
        var released = await session.ExecuteAsync(DeliveryStore.ReleaseHeld, row);
        await AuditTrail.RecordAsync(session, AuditEvents.DestinationHeld(who ?? AuditParticipant.Operator() with { AlternativeUserId = by }, destination, held: false), now);
        return released;
    }, cancellationToken);

    /// <summary>Every destination that is held now.</summary>
    public Task<IReadOnlyList<DestinationHold>> ListAsync(CancellationToken cancellationToken) => database.ReadAsync(session => session.QueryAsync<DestinationHold>($"{Select} ORDER BY destination"), cancellationToken);

    public Task<DestinationHold?> FindAsync(string destination, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.FindAsync<DestinationHold>($"{Select} AND destination = @Destination", new { Destination = destination }), cancellationToken);

    /// <summary>How many deliveries to each destination are in which state.</summary>
    public Task<IReadOnlyList<DeliveryCount>> CountAsync(CancellationToken cancellationToken) => database.ReadAsync(session => session.QueryAsync<DeliveryCount>(
        "SELECT destination, state, COUNT(*) AS deliveries FROM delivery GROUP BY destination, state"), cancellationToken);
}

/// <summary>Who holds a destination, since when and why.</summary>
public sealed record DestinationHold
{
    public string Destination { get; init; } = "";
    public DateTimeOffset HeldAt { get; init; }
    public string HeldBy { get; init; } = "";
    public string Reason { get; init; } = "";
}

public sealed record DeliveryCount
{
    public string Destination { get; init; } = "";
    public DeliveryState State { get; init; }
    public int Deliveries { get; init; }
}
