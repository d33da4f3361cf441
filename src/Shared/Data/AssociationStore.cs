using EchoClr.Shared.Audit;

namespace EchoClr.Shared.Data;

/// <summary>Associations that peers opened with our listener. Every row of a study carries the trace id of the association that began it.</summary>
public sealed class AssociationStore(Database database)
{
    private const string InsertIfNew = """
        INSERT INTO association (id, listener, calling_ae_title, called_ae_title, remote_address, trace_id, started_at)
        SELECT @Id, @Listener, @CallingAeTitle, @CalledAeTitle, @RemoteAddress, @TraceId, @StartedAt
        WHERE NOT EXISTS (SELECT 1 FROM association WHERE id = @Id)
        """;

    // What was kept for the first time; a duplicate brought nothing.
    private const string ListBrought = """
        SELECT study_instance_uid, sop_class_uid, COUNT(*) AS instances FROM (
            SELECT s.study_instance_uid, i.sop_class_uid FROM instance i JOIN study s ON s.id = i.study_id WHERE i.association_id = @Id
            UNION ALL
            SELECT c.study_instance_uid, i.sop_class_uid FROM instance_conflict c JOIN instance i ON i.id = c.instance_id WHERE c.association_id = @Id) brought
        GROUP BY study_instance_uid, sop_class_uid ORDER BY study_instance_uid, sop_class_uid
        """;

    private const string ListArrivals = """
        SELECT started_at AS at FROM association WHERE calling_ae_title = @AeTitle AND started_at >= @Since AND instances_stored > 0
        UNION SELECT ended_at FROM association WHERE calling_ae_title = @AeTitle AND started_at >= @Since AND instances_stored > 0
        UNION SELECT MAX(i.received_at) FROM association a JOIN instance i ON i.association_id = a.id WHERE a.calling_ae_title = @AeTitle AND a.ended_at IS NULL GROUP BY a.id
        ORDER BY at
        """;

    private const string Released = "Released";

    private const string Restarted = "the listener was restarted";

    /// <summary>Writes the row at the first instance, or at the end when there was none; later calls change nothing.</summary>
    public static Task RecordStartedAsync(Session session, NewAssociation association) => session.ExecuteAsync(InsertIfNew, association);

    public static async Task RecordEndedAsync(Session session, NewAssociation association, string kind, string reason, int instancesStored, DateTimeOffset endedAt)
    {
        await RecordStartedAsync(session, association);
        if (await session.ExecuteAsync(
            "UPDATE association SET ended_at = @EndedAt, end_kind = @Kind, end_reason = @Reason, instances_stored = @InstancesStored WHERE id = @Id AND ended_at IS NULL",
            new { association.Id, EndedAt = endedAt, Kind = kind, Reason = Text.Cut(reason, 400), InstancesStored = instancesStored }) == 1)
            await AuditAsync(session, association, kind == Released, reason, endedAt);
    }

    /// <summary>Closes what an earlier life of this listener left open, so that no study waits for an association that nobody holds. Returns how many.</summary>
    public Task<int> EndAllAsync(string listener, DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(async session =>
    {
        var open = await session.QueryAsync<OpenRow>(
            "SELECT id, calling_ae_title, called_ae_title, remote_address FROM association WHERE listener = @Listener AND ended_at IS NULL", new { Listener = listener });
        await session.ExecuteAsync(
            "UPDATE association SET ended_at = @Now, end_kind = 'ConnectionLost', end_reason = @Reason WHERE listener = @Listener AND ended_at IS NULL",
            new { Listener = listener, Now = now, Reason = Restarted });
        foreach (var row in open)
            await AuditAsync(session, new NewAssociation(row.Id, listener, row.CallingAeTitle, row.CalledAeTitle, row.RemoteAddress, "", now), whole: false, Restarted, now);
        return open.Count;
    }, cancellationToken);

    /// <summary>When a sender sent: the beginnings and ends of its associations that brought objects, and what came on those that are still open. In order of time.</summary>
    public Task<IReadOnlyList<DateTimeOffset>> ListArrivalsAsync(string callingAeTitle, DateTimeOffset since, CancellationToken cancellationToken) => database.ReadAsync(async session =>
        (IReadOnlyList<DateTimeOffset>)[.. (await session.QueryAsync<ArrivalRow>(ListArrivals, new { AeTitle = callingAeTitle, Since = since })).Select(row => row.At)], cancellationToken);

    /// <summary>What the association brought, a message a study: the audit trail learns of received data in the transaction that ends the association.</summary>
    private static async Task AuditAsync(Session session, NewAssociation association, bool whole, string howItEnded, DateTimeOffset now)
    {
        var brought = await session.QueryAsync<BroughtRow>(ListBrought, new { association.Id });
        foreach (var study in brought.GroupBy(row => row.StudyInstanceUid))
        {
            var instances = study.Select(row => new AuditedInstances { SopClassUid = row.SopClassUid, Count = row.Instances });
            await AuditTrail.RecordAsync(session, AuditEvents.Received(
                association.CallingAeTitle, association.RemoteAddress, association.CalledAeTitle, new AuditedStudy(study.Key, [.. instances]), whole, howItEnded), now);
        }
    }

    private sealed record ArrivalRow
    {
        public DateTimeOffset At { get; init; }
    }

    private sealed record OpenRow
    {
        public string Id { get; init; } = "";
        public string CallingAeTitle { get; init; } = "";
        public string CalledAeTitle { get; init; } = "";
        public string RemoteAddress { get; init; } = "";
    }

    private sealed record BroughtRow
    {
        public string StudyInstanceUid { get; init; } = "";
        public string SopClassUid { get; init; } = "";
        public int Instances { get; init; }
    }
}

/// <param name="Id">The listener's association id, as 32 hex digits.</param>
/// <param name="Listener">AE title, address and port of ours that was called, and the machine it is on.</param>
public sealed record NewAssociation(string Id, string Listener, string CallingAeTitle, string CalledAeTitle, string RemoteAddress, string TraceId, DateTimeOffset StartedAt)
{
    /// <summary>Whatever comes on it belongs to urgent studies.</summary>
    public bool IsUrgent { get; init; }
}
