namespace EchoClr.Shared.Data;

/// <summary>Storage commitment that senders asked us for (PS3.4 Annex J): every request is a row until its sender has taken the report, so that a restart forgets none.</summary>
public sealed class SenderCommitmentStore(Database database)
{
    private const string Columns = "id, calling_ae_title, transaction_uid, state, attempts, requested_at, next_attempt_at, reported_at, committed, failed, reason, trace_id";

    private const string InsertIfNew = """
        INSERT INTO sender_commitment (calling_ae_title, transaction_uid, state, attempts, requested_at, next_attempt_at, trace_id)
        SELECT @CallingAeTitle, @TransactionUid, 'Waiting', 0, @Now, @DueAt, @TraceId
        WHERE NOT EXISTS (SELECT 1 FROM sender_commitment WHERE calling_ae_title = @CallingAeTitle AND transaction_uid = @TransactionUid)
        """;

    /// <summary>
    /// Writes a request down. Its report becomes due at <paramref name="dueAt"/>. The same transaction again is the same request, to be reported once more; null when
    /// it names other objects than before (PS3.3 C.14.1.1: duplicate transaction UID).
    /// </summary>
    public Task<SenderCommitmentRow?> RecordAsync(string callingAeTitle, string transactionUid, IReadOnlyList<ReportedObject> objects, string traceId, DateTimeOffset now, DateTimeOffset dueAt, CancellationToken cancellationToken) => database.WriteAsync(async session =>
    {
        var key = new { CallingAeTitle = callingAeTitle, TransactionUid = transactionUid, Now = now, DueAt = dueAt, TraceId = traceId };
        var isNew = await session.ExecuteAsync(InsertIfNew, key) == 1;
        var row = await session.ScalarAsync<SenderCommitmentRow>($"SELECT {Columns} FROM sender_commitment WHERE calling_ae_title = @CallingAeTitle AND transaction_uid = @TransactionUid", key);
        if (!isNew)
        {
            var known = await ListObjectsAsync(session, row.Id);
            if (!known.Select(item => (item.SopClassUid, item.SopInstanceUid)).ToHashSet().SetEquals(objects.Select(item => (item.SopClassUid, item.SopInstanceUid))))
                return null;
            // Looked at afresh: the sender may have sent meanwhile what was missing.
            await session.ExecuteAsync("UPDATE sender_commitment SET state = 'Waiting', attempts = 0, next_attempt_at = @DueAt, committed = NULL, failed = NULL, reason = NULL WHERE id = @Id", new { row.Id, DueAt = dueAt });
            await session.ExecuteAsync("UPDATE sender_commitment_object SET failure_reason = NULL WHERE sender_commitment_id = @Id", new { row.Id });
            return row with { State = SenderCommitmentState.Waiting, Attempts = 0, NextAttemptAt = dueAt, Committed = null, Failed = null };
        }
        foreach (var item in objects)
            await session.ExecuteAsync(
                "INSERT INTO sender_commitment_object (sender_commitment_id, sop_instance_uid, sop_class_uid) VALUES (@Id, @SopInstanceUid, @SopClassUid)",
                new { row.Id, item.SopInstanceUid, item.SopClassUid });
        return row;
    }, cancellationToken);

    /// <summary>Requests of one sender whose report it has not taken.</summary>
    public Task<int> CountWaitingAsync(string callingAeTitle, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.ScalarAsync<int>("SELECT COUNT(*) FROM sender_commitment WHERE calling_ae_title = @CallingAeTitle AND state = 'Waiting'", new { CallingAeTitle = callingAeTitle }), cancellationToken);

    /// <summary>Requests whose report is due, oldest first.</summary>
    public Task<IReadOnlyList<SenderCommitmentRow>> ListDueAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken) => database.ReadAsync(session => session.QueryAsync<SenderCommitmentRow>($"""
        SELECT * FROM (SELECT {Columns}, ROW_NUMBER() OVER (ORDER BY next_attempt_at, id) AS place FROM sender_commitment WHERE state = 'Waiting' AND next_attempt_at <= @Now) due
        WHERE place <= @Limit ORDER BY place
        """, new { Now = now, Limit = limit }), cancellationToken);

    public Task<IReadOnlyList<ReportedObject>> ListObjectsAsync(long id, CancellationToken cancellationToken) => database.ReadAsync(session => ListObjectsAsync(session, id), cancellationToken);

    /// <summary>Counts an attempt before it is made, and keeps others from making it before <paramref name="until"/>. False when another process was first.</summary>
    public Task<bool> TryClaimAsync(SenderCommitmentRow row, DateTimeOffset until, CancellationToken cancellationToken) => database.WriteAsync(async session =>
        await session.ExecuteAsync("UPDATE sender_commitment SET attempts = attempts + 1, next_attempt_at = @Until WHERE id = @Id AND state = 'Waiting' AND attempts = @Attempts",
            new { row.Id, row.Attempts, Until = until }) == 1, cancellationToken);

    /// <summary>Gives a claimed request back that a shutdown cut short: it is due at once, and no attempt was made.</summary>
    public Task ReturnClaimAsync(SenderCommitmentRow row, DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(session => session.ExecuteAsync(
        "UPDATE sender_commitment SET attempts = @Attempts, next_attempt_at = @Now WHERE id = @Id AND state = 'Waiting' AND attempts = @Attempts + 1", new { row.Id, row.Attempts, Now = now }), cancellationToken);

    /// <summary>Keeps what was found, so that a later attempt need not read every file again.</summary>
    public Task RecordOutcomeAsync(long id, IReadOnlyList<ReportedObject> outcome, CancellationToken cancellationToken) => database.WriteAsync(async session =>
    {
        foreach (var item in outcome.Where(item => item.FailureReason is not null))
            await session.ExecuteAsync("UPDATE sender_commitment_object SET failure_reason = @FailureReason WHERE sender_commitment_id = @Id AND sop_instance_uid = @SopInstanceUid",
                new { Id = id, item.SopInstanceUid, item.FailureReason });
        var failed = outcome.Count(item => item.FailureReason is not null);
        await session.ExecuteAsync("UPDATE sender_commitment SET committed = @Committed, failed = @Failed WHERE id = @Id", new { Id = id, Committed = outcome.Count - failed, Failed = failed });
    }, cancellationToken);

    /// <summary>The sender answered the report with Success.</summary>
    public Task RecordReportedAsync(string callingAeTitle, string transactionUid, int committed, int failed, DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(session => session.ExecuteAsync("""
        UPDATE sender_commitment SET state = 'Reported', reported_at = @Now, committed = @Committed, failed = @Failed, next_attempt_at = NULL, reason = NULL
        WHERE calling_ae_title = @CallingAeTitle AND transaction_uid = @TransactionUid AND state <> 'Reported'
        """, new { CallingAeTitle = callingAeTitle, TransactionUid = transactionUid, Committed = committed, Failed = failed, Now = now }), cancellationToken);

    public Task RecordRetryAsync(long id, string reason, DateTimeOffset nextAttemptAt, CancellationToken cancellationToken) => database.WriteAsync(session => session.ExecuteAsync(
        "UPDATE sender_commitment SET next_attempt_at = @Next, reason = @Reason WHERE id = @Id AND state = 'Waiting'", new { Id = id, Next = nextAttemptAt, Reason = Text.Cut(reason, 2000) }), cancellationToken);

    /// <summary>Gives up until a person, or the sender by asking again, decides otherwise.</summary>
    public Task ParkAsync(long id, string reason, CancellationToken cancellationToken) => database.WriteAsync(session => session.ExecuteAsync(
        "UPDATE sender_commitment SET state = 'Parked', next_attempt_at = NULL, reason = @Reason WHERE id = @Id AND state = 'Waiting'", new { Id = id, Reason = Text.Cut(reason, 2000) }), cancellationToken);

    /// <summary>Forgets requests that were reported before a time, or given up and asked for before it. Returns how many.</summary>
    public Task<int> ForgetAsync(DateTimeOffset before, CancellationToken cancellationToken) => database.WriteAsync(async session =>
    {
        const string old = "FROM sender_commitment WHERE state = 'Reported' AND reported_at < @Before OR state = 'Parked' AND requested_at < @Before";
        await session.ExecuteAsync($"DELETE FROM sender_commitment_object WHERE sender_commitment_id IN (SELECT id {old})", new { Before = before });
        return await session.ExecuteAsync($"DELETE {old}", new { Before = before });
    }, cancellationToken);

    private static Task<IReadOnlyList<ReportedObject>> ListObjectsAsync(Session session, long id) => session.QueryAsync<ReportedObject>(
        "SELECT sop_class_uid, sop_instance_uid, failure_reason FROM sender_commitment_object WHERE sender_commitment_id = @Id ORDER BY sop_instance_uid", new { Id = id });
}

public enum SenderCommitmentState
{
    /// <summary>The report is due at NextAttemptAt.</summary>
    Waiting,

    /// <summary>The sender has taken the report. An end.</summary>
    Reported,

    /// <summary>The report could not be brought; the sender may ask again.</summary>
    Parked,
}

/// <summary>One request of a sender; its transaction UID is its own.</summary>
public sealed record SenderCommitmentRow
{
    public long Id { get; init; }
    public string CallingAeTitle { get; init; } = "";
    public string TransactionUid { get; init; } = "";
    public SenderCommitmentState State { get; init; }

    /// <summary>Reports begun on associations of ours.</summary>
    public int Attempts { get; init; }
    public DateTimeOffset RequestedAt { get; init; }
    public DateTimeOffset? NextAttemptAt { get; init; }
    public DateTimeOffset? ReportedAt { get; init; }

    /// <summary>Null until the objects were looked at.</summary>
    public int? Committed { get; init; }
    public int? Failed { get; init; }
    public string? Reason { get; init; }
    public string TraceId { get; init; } = "";
}
