using EchoClr.Shared.Audit;

namespace EchoClr.Shared.Data;

/// <summary>Everything that waits for a person: versions whose analysis failed at every attempt, deliveries, signals and reports of storage commitment that were given up.</summary>
public sealed class Parked(Database database)
{
    private const string StudyOfAnalysis = "SELECT s.study_instance_uid FROM study_version v JOIN study s ON s.id = v.study_id WHERE v.id = @Id";

    private const string StudyOfDelivery = """
        SELECT s.study_instance_uid FROM delivery d JOIN analysis a ON a.id = d.analysis_id JOIN study_version v ON v.id = a.study_version_id JOIN study s ON s.id = v.study_id WHERE d.id = @Id
        """;

    private const string StudyOfSignal = "SELECT s.study_instance_uid FROM signal g JOIN study s ON s.id = g.study_id WHERE g.id = @Id";

    // Of several studies one will do; none, where the sender asked for objects that never came.
    private const string StudyOfCommitment = """
        SELECT MIN(s.study_instance_uid) FROM sender_commitment_object o JOIN instance i ON i.sop_instance_uid = o.sop_instance_uid JOIN study s ON s.id = i.study_id
        WHERE o.sender_commitment_id = @Id
        """;

    public Task<IReadOnlyList<ParkedItem>> ListAsync(CancellationToken cancellationToken) => database.ReadAsync(session => session.QueryAsync<ParkedItem>("""
        SELECT 'Analysis' AS kind, v.id, s.study_instance_uid, NULL AS destination, v.analysis_error AS reason, v.analysis_parked_at AS parked_at
        FROM study_version v JOIN study s ON s.id = v.study_id WHERE v.analysis_parked_at IS NOT NULL
          AND EXISTS (SELECT 1 FROM study_version c WHERE c.study_id = v.study_id AND c.state = 'Complete' AND COALESCE(c.inherits_from_id, c.id) = v.id)
        UNION ALL
        SELECT 'Delivery' AS kind, d.id, s.study_instance_uid, d.destination, d.reason, d.updated_at AS parked_at
        FROM delivery d JOIN analysis a ON a.id = d.analysis_id JOIN study_version v ON v.id = a.study_version_id JOIN study s ON s.id = v.study_id WHERE d.state = 'Parked'
        UNION ALL
        SELECT 'Signal' AS kind, g.id, s.study_instance_uid, g.target AS destination, g.reason, g.updated_at AS parked_at FROM signal g JOIN study s ON s.id = g.study_id WHERE g.state = 'Parked'
        UNION ALL
        SELECT 'Commitment' AS kind, m.id, COALESCE((SELECT MIN(s.study_instance_uid) FROM sender_commitment_object o JOIN instance i ON i.sop_instance_uid = o.sop_instance_uid
                                                     JOIN study s ON s.id = i.study_id WHERE o.sender_commitment_id = m.id), '') AS study_instance_uid,
               m.calling_ae_title AS destination, m.reason, m.requested_at AS parked_at
        FROM sender_commitment m WHERE m.state = 'Parked'
        ORDER BY parked_at
        """), cancellationToken);

    /// <summary>Lets an item try again from the beginning; the reconciler picks it up. What a PACS has not vouched for is sent again, and then asked about again. False when it is not parked.</summary>
    /// <param name="who">For the audit trail; who sits at the command line, where nobody is named.</param>
    public Task<bool> RetryAsync(ParkedKind kind, long id, DateTimeOffset now, CancellationToken cancellationToken, AuditParticipant? who = null) => ChangeAsync(kind switch
    {
        ParkedKind.Analysis => "UPDATE study_version SET analysis_parked_at = NULL, analysis_attempts = 0, hinted_at = NULL, row_version = row_version + 1 WHERE id = @Id AND analysis_parked_at IS NOT NULL",
        ParkedKind.Signal => "UPDATE signal SET state = 'Waiting', attempts = 0, next_attempt_at = @Now, updated_at = @Now, row_version = row_version + 1 WHERE id = @Id AND state = 'Parked'",
        ParkedKind.Commitment => "UPDATE sender_commitment SET state = 'Waiting', attempts = 0, next_attempt_at = @Now WHERE id = @Id AND state = 'Parked'",
        _ => """
            UPDATE delivery SET state = 'Waiting', attempts = 0, commitment_attempts = 0, commitment_requested_at = NULL, sent_at = NULL, next_attempt_at = @Now, hinted_at = NULL, updated_at = @Now,
                   row_version = row_version + 1 WHERE id = @Id AND state = 'Parked'
            """,
    }, kind, id, "retry", null, now, who, cancellationToken);

    /// <summary>Gives a parked delivery up for good; the reason stays, with a note behind it. Analyses cannot be dropped: the study would end without a word.</summary>
    /// <param name="note">Why, for whoever looks later; null where nothing is said.</param>
    /// <param name="who">As in <see cref="RetryAsync"/>.</param>
    public Task<bool> DropDeliveryAsync(long deliveryId, DateTimeOffset now, CancellationToken cancellationToken, string? note = null, AuditParticipant? who = null) => ChangeAsync(
        "UPDATE delivery SET state = 'Dropped', updated_at = @Now, row_version = row_version + 1 WHERE id = @Id AND state = 'Parked'", ParkedKind.Delivery, deliveryId, "drop", note, now, who, cancellationToken);

    /// <summary>Gives a parked signal up for good; the reason stays, with a note behind it.</summary>
    public Task<bool> DropSignalAsync(long signalId, DateTimeOffset now, CancellationToken cancellationToken, string? note = null, AuditParticipant? who = null) => ChangeAsync(
        "UPDATE signal SET state = 'Dropped', updated_at = @Now, row_version = row_version + 1 WHERE id = @Id AND state = 'Parked'", ParkedKind.Signal, signalId, "drop", note, now, who, cancellationToken);

    /// <summary>Gives up for good what can be dropped.</summary>
    public Task<bool> DropAsync(ParkedItem item, DateTimeOffset now, CancellationToken cancellationToken, string? note = null, AuditParticipant? who = null) => item.Kind == ParkedKind.Signal
        ? DropSignalAsync(item.Id, now, cancellationToken, note, who)
        : DropDeliveryAsync(item.Id, now, cancellationToken, note, who);

    /// <summary>The audit trail learns of a decision in the same transaction.</summary>
    private Task<bool> ChangeAsync(string sql, ParkedKind kind, long id, string decision, string? note, DateTimeOffset now, AuditParticipant? who, CancellationToken cancellationToken) => database.WriteAsync(async session =>
    {
        var key = new { Id = id, Now = now };
        if (await session.ExecuteAsync(sql, key) == 0)
            return false;
        if (note is not null)
            await NoteAsync(session, kind, id, note);
        if (kind == ParkedKind.Delivery && decision == "retry")
            await session.ExecuteAsync("UPDATE delivery_object SET sent_at = NULL WHERE delivery_id = @Id AND confirmed_at IS NULL AND superseded_at IS NULL", key);
        var study = await session.ScalarAsync<string?>(kind switch
        {
            ParkedKind.Analysis => StudyOfAnalysis,
            ParkedKind.Commitment => StudyOfCommitment,
            ParkedKind.Signal => StudyOfSignal,
            _ => StudyOfDelivery,
        }, key);
        var decided = AuditEvents.ParkedDecided(who ?? AuditParticipant.Operator(), note is null ? decision : $"{decision}: {note}", $"{kind} {id}", study ?? "");
        await AuditTrail.RecordAsync(session, study is null ? decided with { Studies = [] } : decided, now);
        return true;
    }, cancellationToken);

    private static async Task NoteAsync(Session session, ParkedKind kind, long id, string note)
    {
        var signal = kind == ParkedKind.Signal;
        var reason = await session.ScalarAsync<string?>(signal ? "SELECT reason FROM signal WHERE id = @Id" : "SELECT reason FROM delivery WHERE id = @Id", new { Id = id });
        var noted = new { Id = id, Reason = Text.Cut(reason is null ? note : $"{reason}; given up: {note}", 2000) };
        await session.ExecuteAsync(signal ? "UPDATE signal SET reason = @Reason WHERE id = @Id" : "UPDATE delivery SET reason = @Reason WHERE id = @Id", noted);
    }
}

public enum ParkedKind
{
    Analysis,
    Delivery,

    /// <summary>A word about a study to a system outside.</summary>
    Signal,

    /// <summary>The report of storage commitment to a sender, which may also ask again by itself.</summary>
    Commitment,
}

/// <summary>Something that waits for a person; Id is of the study version, the delivery, the signal or the sender's request.</summary>
public sealed record ParkedItem
{
    public ParkedKind Kind { get; init; }
    public long Id { get; init; }
    public string StudyInstanceUid { get; init; } = "";
    public string? Destination { get; init; }
    public string? Reason { get; init; }
    public DateTimeOffset ParkedAt { get; init; }

    /// <summary>What commands and addresses call it: delivery-7.</summary>
    public string Name => $"{Kind.ToString().ToLowerInvariant()}-{Id}";

    /// <summary>Deliveries and signals only: an analysis would end without a word, and a report of commitment is forgotten after 30 days by itself.</summary>
    public bool CanBeDropped => Kind is ParkedKind.Delivery or ParkedKind.Signal;
}
