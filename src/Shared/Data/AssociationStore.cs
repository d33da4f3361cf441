namespace EchoClr.Shared.Data;

/// <summary>Associations that peers opened with our listener. Every row of a study carries the trace id of the association that began it.</summary>
public sealed class AssociationStore(Database database)
{
    private const string InsertIfNew = """
        INSERT INTO association (id, listener, calling_ae_title, called_ae_title, remote_address, trace_id, started_at)
        SELECT @Id, @Listener, @CallingAeTitle, @CalledAeTitle, @RemoteAddress, @TraceId, @StartedAt
        WHERE NOT EXISTS (SELECT 1 FROM association WHERE id = @Id)
        """;

    /// <summary>Writes the row at the first instance, or at the end when there was none; later calls change nothing.</summary>
    public static Task RecordStartedAsync(Session session, NewAssociation association) => session.ExecuteAsync(InsertIfNew, association);

    public static async Task RecordEndedAsync(Session session, NewAssociation association, string kind, string reason, int instancesStored, DateTimeOffset endedAt)
    {
        await RecordStartedAsync(session, association);
        await session.ExecuteAsync(
            "UPDATE association SET ended_at = @EndedAt, end_kind = @Kind, end_reason = @Reason, instances_stored = @InstancesStored WHERE id = @Id AND ended_at IS NULL",
            new { association.Id, EndedAt = endedAt, Kind = kind, Reason = Text.Cut(reason, 400), InstancesStored = instancesStored });
    }

    /// <summary>Closes what an earlier life of this listener left open, so that no study waits for an association that nobody holds. Returns how many.</summary>
    public Task<int> EndAllAsync(string listener, DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(session => session.ExecuteAsync(
        "UPDATE association SET ended_at = @Now, end_kind = 'ConnectionLost', end_reason = 'the listener was restarted' WHERE listener = @Listener AND ended_at IS NULL",
        new { Listener = listener, Now = now }), cancellationToken);
}

/// <param name="Id">The listener's association id, as 32 hex digits.</param>
/// <param name="Listener">AE title, address and port of ours that was called, and the machine it is on.</param>
public sealed record NewAssociation(string Id, string Listener, string CallingAeTitle, string CalledAeTitle, string RemoteAddress, string TraceId, DateTimeOffset StartedAt);
