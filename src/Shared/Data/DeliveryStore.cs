namespace EchoClr.Shared.Data;

/// <summary>Result objects and their way to each destination. Every change of state is one statement that asks for the state it leaves, so a late worker changes nothing.</summary>
public sealed class DeliveryStore(Database database)
{
    private const string InsertResultObjectIfNew = """
        INSERT INTO result_object (analysis_id, kind, purpose, sop_class_uid, sop_instance_uid, series_instance_uid, file_key, sha256, length, created_at, trace_id)
        SELECT @AnalysisId, @Kind, @Purpose, @SopClassUid, @SopInstanceUid, @SeriesInstanceUid, @FileKey, @Sha256, @Length, @Now, @TraceId
        WHERE NOT EXISTS (SELECT 1 FROM result_object WHERE sop_instance_uid = @SopInstanceUid)
        """;

    private const string InsertDelivery = """
        INSERT INTO delivery (analysis_id, destination, state, next_attempt_at, reason, created_at, updated_at, hinted_at, trace_id)
        VALUES (@AnalysisId, @Destination, @State, @DueAt, @ParkedBecause, @Now, @Now, @Now, @TraceId)
        """;

    private const string InsertDeliveryObject = """
        INSERT INTO delivery_object (delivery_id, result_object_id, send_order)
        SELECT d.id, o.id, @Order FROM delivery d, result_object o
        WHERE d.analysis_id = @AnalysisId AND d.destination = @Destination AND o.sop_instance_uid = @SopInstanceUid
        """;

    // Waiting, Sent and CommitmentRequested are due at next_attempt_at; Sending when its worker let the claim run out. A later report waits for the earlier one,
    // and one of a rejected object for the version without it.
    private const string IsDue = $"""
        ((state IN ('Sent', 'CommitmentRequested') AND next_attempt_at <= @Now OR state = 'Sending' AND claimed_until <= @Now)
         OR state = 'Waiting' AND next_attempt_at <= @Now AND NOT {ReportSuccession.EarlierIsUnderWay} AND NOT {ReportSuccession.RejectionIsUndecided})
        """;

    internal const string ReleaseHeld =
        "UPDATE delivery SET state = 'Waiting', next_attempt_at = @Now, updated_at = @Now, hinted_at = NULL, row_version = row_version + 1 WHERE destination = @Destination AND state = 'Held'";

    private const string ListDueOfDestination = $"""
        SELECT * FROM (SELECT id, analysis_id, trace_id, ROW_NUMBER() OVER (ORDER BY next_attempt_at, id) AS place FROM delivery WHERE destination = @Destination AND {IsDue}) backlog
        WHERE place <= @Limit ORDER BY place
        """;

    private const string ListDue = $"""
        SELECT * FROM (
            SELECT id, analysis_id, trace_id, ROW_NUMBER() OVER (ORDER BY next_attempt_at, id) AS place
            FROM delivery WHERE {IsDue} AND (hinted_at IS NULL OR hinted_at < next_attempt_at OR hinted_at <= @HintedBefore)) backlog
        WHERE place <= @Limit ORDER BY place
        """;

    /// <summary>
    /// Ends an analysis's report step: writes its result objects and one delivery a destination, in one transaction. False when the step was done before; then nothing
    /// is written. False also when a later version with other cines has taken the place of this one: then it ends without objects. Both lists may be empty, where no
    /// destination wants anything.
    /// </summary>
    /// <param name="wishes">Who hears of a study that was not analysed where no PACS is told.</param>
    public Task<bool> RecordReportAsync(
        AnalysisRow analysis, IReadOnlyList<NewResultObject> objects, IReadOnlyList<NewDelivery> deliveries, DateTimeOffset now, CancellationToken cancellationToken,
        IReadOnlyList<SignalWish>? wishes = null) => database.WriteAsync(async session =>
    {
        if (await session.ExecuteAsync("UPDATE analysis SET reported_at = @Now WHERE id = @Id AND reported_at IS NULL", new { analysis.Id, Now = now }) == 0)
            return false;
        if (await session.ScalarAsync<int>(ReportSuccession.Stands, analysis) == 0)
            return false;
        foreach (var result in objects)
            await InsertAsync(session, result, analysis.Id, analysis.TraceId, now);
        foreach (var delivery in deliveries)
        {
            var state = delivery.ParkedBecause is not null ? DeliveryState.Parked : delivery.Held ? DeliveryState.Held : DeliveryState.Waiting;
            await session.ExecuteAsync(InsertDelivery, new
            {
                AnalysisId = analysis.Id, delivery.Destination, State = state.ToString(), DueAt = state == DeliveryState.Waiting ? now : (DateTimeOffset?)null, delivery.ParkedBecause, Now = now, analysis.TraceId,
            });
            for (var order = 0; order < delivery.SopInstanceUids.Count; order++)
            {
                if (await session.ExecuteAsync(InsertDeliveryObject, new { Order = order, AnalysisId = analysis.Id, delivery.Destination, SopInstanceUid = delivery.SopInstanceUids[order] }) != 1)
                    throw new InvalidOperationException($"delivery to {delivery.Destination} names an object that was never recorded");
            }
        }

        if (analysis.State == AnalysisState.NotAnalyzed && deliveries.Count == 0)
            await SignalStore.RaiseNotAnalyzedAsync(session, analysis.Id, wishes ?? [], now);
        return true;
    }, cancellationToken);

    /// <summary>Takes a due delivery for <paramref name="lease"/>; null when it is not due or another worker holds it. The state it was in says what is to be done: send, or ask for commitment.</summary>
    public Task<ClaimedDelivery?> TryClaimAsync(long deliveryId, string worker, DateTimeOffset now, TimeSpan lease, CancellationToken cancellationToken) => database.WriteAsync(async session =>
    {
        var before = await session.FindAsync<DeliveryRow>($"{DeliveryRow.Select} WHERE d.id = @Id", new { Id = deliveryId });
        if (before is null || await session.ExecuteAsync($"""
            UPDATE delivery SET state = 'Sending', claimed_by = @Worker, claimed_until = @Until, updated_at = @Now, row_version = row_version + 1
            WHERE id = @Id AND row_version = @RowVersion AND {IsDue}
            """, new { Id = deliveryId, Worker = worker, Until = now + lease, Now = now, before.RowVersion }) == 0)
            return null;
        var after = await session.FindAsync<DeliveryRow>($"{DeliveryRow.Select} WHERE d.id = @Id", new { Id = deliveryId });
        // A worker that died while Sending may have died after the C-STORE or after the N-ACTION: the columns tell how far it came.
        return new ClaimedDelivery(after!, await ListObjectsAsync(session, deliveryId));
    }, cancellationToken);

    /// <summary>Extends a worker's hold on a delivery that it is still busy with.</summary>
    public Task RenewClaimAsync(long deliveryId, string worker, DateTimeOffset now, TimeSpan lease, CancellationToken cancellationToken) => database.WriteAsync(session => session.ExecuteAsync(
        "UPDATE delivery SET claimed_until = @Until WHERE id = @Id AND state = 'Sending' AND claimed_by = @Worker", new { Id = deliveryId, Worker = worker, Until = now + lease }), cancellationToken);

    /// <summary>Gives back what a shutdown cut short: due at once, and not counted as an attempt.</summary>
    public Task ReturnClaimAsync(DeliveryRow claimed, string worker, DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(session => session.ExecuteAsync("""
        UPDATE delivery SET state = 'Waiting', attempts = @Attempts, next_attempt_at = @Now, claimed_by = NULL, claimed_until = NULL, hinted_at = NULL, updated_at = @Now, row_version = row_version + 1
        WHERE id = @Id AND state = 'Sending' AND claimed_by = @Worker
        """, new { claimed.Id, claimed.Attempts, Worker = worker, Now = now }), cancellationToken);

    /// <summary>Notes the answer to one C-STORE of a claimed delivery.</summary>
    public Task RecordObjectStatusAsync(long deliveryId, long resultObjectId, int status, bool stored, DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(session => session.ExecuteAsync(
        "UPDATE delivery_object SET status = @Status, sent_at = @SentAt WHERE delivery_id = @DeliveryId AND result_object_id = @ResultObjectId",
        new { DeliveryId = deliveryId, ResultObjectId = resultObjectId, Status = status, SentAt = stored ? now : (DateTimeOffset?)null }), cancellationToken);

    /// <summary>The SOP class of the report that a destination took last; null before the first.</summary>
    public Task<string?> FindAcceptedReportClassAsync(string destination, CancellationToken cancellationToken) => database.ReadAsync(session => session.FindAsync<string>("""
        SELECT sop_class_uid FROM (
            SELECT o.sop_class_uid, ROW_NUMBER() OVER (ORDER BY x.sent_at DESC, o.id DESC) AS place
            FROM delivery d JOIN delivery_object x ON x.delivery_id = d.id JOIN result_object o ON o.id = x.result_object_id
            WHERE d.destination = @Destination AND o.kind = 'StructuredReport' AND x.sent_at IS NOT NULL) taken
        WHERE place = 1
        """, new { Destination = destination }), cancellationToken);

    /// <summary>Puts another rendering of the same report in the place of one that the destination does not take.</summary>
    public Task ReplaceObjectAsync(DeliveryRow claimed, long resultObjectId, NewResultObject replacement, DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(async session =>
    {
        await InsertAsync(session, replacement, claimed.AnalysisId, claimed.TraceId, now);
        await session.ExecuteAsync("""
            UPDATE delivery_object SET status = NULL, sent_at = NULL, result_object_id = (SELECT id FROM result_object WHERE sop_instance_uid = @SopInstanceUid)
            WHERE delivery_id = @DeliveryId AND result_object_id = @ResultObjectId
            """, new { replacement.SopInstanceUid, DeliveryId = claimed.Id, ResultObjectId = resultObjectId });
    }, cancellationToken);

    /// <summary>Puts another rendering of the whole result in the place of one that the destination does not take, in the order of sending.</summary>
    public Task ReplaceObjectsAsync(DeliveryRow claimed, IReadOnlyList<NewResultObject> replacement, DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(async session =>
    {
        await session.ExecuteAsync("DELETE FROM delivery_object WHERE delivery_id = @Id", claimed);
        for (var order = 0; order < replacement.Count; order++)
        {
            var item = replacement[order];
            await InsertAsync(session, item, claimed.AnalysisId, claimed.TraceId, now);
            await session.ExecuteAsync(InsertDeliveryObject, new { Order = order, claimed.AnalysisId, claimed.Destination, item.SopInstanceUid });
        }
    }, cancellationToken);

    /// <summary>The request was refused or not heard: the PACS will be asked by C-FIND at <paramref name="dueAt"/> instead of at the end of the long wait.</summary>
    public Task<bool> RecordQueryDueAsync(DeliveryRow delivery, string reason, DateTimeOffset now, DateTimeOffset dueAt, CancellationToken cancellationToken) =>
        ChangeAsync(delivery, "next_attempt_at = @Until, reason = @Reason", "'CommitmentRequested'", now, reason, cancellationToken, dueAt);

    /// <summary>The query failed as well: commitment is requested anew at <paramref name="dueAt"/>.</summary>
    public Task<bool> RecordCommitmentDueAsync(DeliveryRow delivery, string reason, DateTimeOffset now, DateTimeOffset dueAt, CancellationToken cancellationToken) => ChangeAsync(
        delivery, "state = 'Sent', commitment_requested_at = NULL, next_attempt_at = @Until, claimed_by = NULL, claimed_until = NULL, reason = @Reason", "'Sending', 'CommitmentRequested'",
        now, reason, cancellationToken, dueAt);

    /// <summary>Keeps back what is not yet confirmed, because the destination was put on hold or taken off.</summary>
    public Task<bool> HoldAsync(DeliveryRow delivery, DateTimeOffset now, CancellationToken cancellationToken) =>
        ChangeAsync(delivery, "state = 'Held', next_attempt_at = NULL, claimed_by = NULL, claimed_until = NULL", "'Waiting', 'Sending', 'Sent', 'CommitmentRequested'", now, null, cancellationToken);

    /// <summary>Counts a sending before it begins.</summary>
    public Task RecordAttemptAsync(DeliveryRow claimed, DateTimeOffset now, CancellationToken cancellationToken) =>
        ChangeAsync(claimed, "attempts = attempts + 1", "'Sending'", now, null, cancellationToken);

    /// <summary>Every object was stored; commitment is due at once.</summary>
    public Task<bool> RecordSentAsync(DeliveryRow claimed, DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(async session =>
    {
        if (!await ChangeAsync(session, claimed, "state = 'Sent', sent_at = @Now, next_attempt_at = @Now, claimed_by = NULL, claimed_until = NULL, reason = NULL", "'Sending'", now, null, null))
            return false;
        await ReportSuccession.DropOvertakenAsync(session, claimed.Id, now);
        return true;
    }, cancellationToken);

    /// <summary>Must be called before the N-ACTION goes out: the report may come before its response. The report is awaited until <paramref name="awaitedUntil"/>.</summary>
    public Task<bool> RecordCommitmentRequestedAsync(DeliveryRow delivery, string transactionUid, DateTimeOffset now, DateTimeOffset awaitedUntil, CancellationToken cancellationToken) => database.WriteAsync(async session =>
    {
        if (await session.ExecuteAsync("""
            UPDATE delivery SET state = 'CommitmentRequested', commitment_transaction_uid = @TransactionUid, commitment_attempts = commitment_attempts + 1, commitment_requested_at = @Now,
                   next_attempt_at = @AwaitedUntil, claimed_by = NULL, claimed_until = NULL, hinted_at = @Now, updated_at = @Now, row_version = row_version + 1
            WHERE id = @Id AND state IN ('Sending', 'Sent', 'CommitmentRequested')
            """, new { delivery.Id, TransactionUid = transactionUid, Now = now, AwaitedUntil = awaitedUntil }) == 0)
            return false;
        await session.ExecuteAsync("INSERT INTO commitment_request (transaction_uid, delivery_id, requested_at) VALUES (@TransactionUid, @Id, @Now)", new { delivery.Id, TransactionUid = transactionUid, Now = now });
        return true;
    }, cancellationToken);

    /// <summary>The PACS holds every object. True only for the call that made it so.</summary>
    /// <param name="wishes">Who hears of it.</param>
    public Task<bool> RecordConfirmedAsync(
        DeliveryRow delivery, string confirmedBy, DateTimeOffset now, CancellationToken cancellationToken, IReadOnlyList<SignalWish>? wishes = null) => database.WriteAsync(async session =>
    {
        await session.ExecuteAsync("UPDATE delivery_object SET confirmed_at = @Now, failure_reason = NULL WHERE delivery_id = @Id AND confirmed_at IS NULL AND superseded_at IS NULL", new { delivery.Id, Now = now });
        if (await session.ExecuteAsync("""
            UPDATE delivery SET state = 'Confirmed', confirmed_at = @Now, confirmed_by = @By, reason = NULL, next_attempt_at = NULL, claimed_by = NULL, claimed_until = NULL,
                   updated_at = @Now, row_version = row_version + 1 WHERE id = @Id AND state NOT IN ('Confirmed', 'Dropped')
            """, new { delivery.Id, Now = now, By = confirmedBy }) == 0)
            return false;
        await SignalStore.RaiseConfirmedAsync(session, delivery, wishes ?? [], now);
        return true;
    }, cancellationToken);

    /// <summary>Tries again at <paramref name="nextAttemptAt"/>: from the sending when <paramref name="resend"/>, else from the commitment request.</summary>
    public Task<bool> RecordRetryAsync(DeliveryRow delivery, bool resend, string reason, DateTimeOffset now, DateTimeOffset nextAttemptAt, CancellationToken cancellationToken) =>
        ChangeAsync(delivery, $"state = '{(resend ? DeliveryState.Waiting : DeliveryState.Sent)}', next_attempt_at = @Until, claimed_by = NULL, claimed_until = NULL, reason = @Reason",
            "'Waiting', 'Sending', 'Sent', 'CommitmentRequested'", now, reason, cancellationToken, nextAttemptAt);

    /// <summary>Gives up until a person decides. True only for the call that made it so.</summary>
    public Task<bool> ParkAsync(DeliveryRow delivery, string reason, DateTimeOffset now, CancellationToken cancellationToken) =>
        ChangeAsync(delivery, "state = 'Parked', next_attempt_at = NULL, claimed_by = NULL, claimed_until = NULL, reason = @Reason", "'Waiting', 'Sending', 'Sent', 'CommitmentRequested'", now, reason, cancellationToken);

    /// <summary>Lets everything go that was held for a destination. Returns how many.</summary>
    public Task<int> ReleaseHeldAsync(string destination, DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(session => session.ExecuteAsync(
        ReleaseHeld, new { Destination = destination, Now = now }), cancellationToken);

    /// <summary>Backlog: deliveries whose time has come, most overdue first. Id is the delivery's.</summary>
    public Task<IReadOnlyList<DueDelivery>> ListDueAsync(DateTimeOffset hintedBefore, DateTimeOffset now, int limit, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.QueryAsync<DueDelivery>(ListDue, new { HintedBefore = hintedBefore, Now = now, Limit = limit }), cancellationToken);

    /// <summary>The destinations that a delivery is due for.</summary>
    public Task<IReadOnlyList<string>> ListDueDestinationsAsync(DateTimeOffset now, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.QueryAsync<string>($"SELECT DISTINCT destination FROM delivery WHERE {IsDue}", new { Now = now }), cancellationToken);

    /// <summary>Deliveries to one destination whose time has come, most overdue first, whether or not a message about them is under way.</summary>
    public Task<IReadOnlyList<DueDelivery>> ListDueAsync(string destination, DateTimeOffset now, int limit, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.QueryAsync<DueDelivery>(ListDueOfDestination, new { Destination = destination, Now = now, Limit = limit }), cancellationToken);

    public Task MarkHintedAsync(long deliveryId, DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(
        session => session.ExecuteAsync("UPDATE delivery SET hinted_at = @Now WHERE id = @Id", new { Id = deliveryId, Now = now }), cancellationToken);

    public Task<DeliveryRow?> FindAsync(long deliveryId, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.FindAsync<DeliveryRow>($"{DeliveryRow.Select} WHERE d.id = @Id", new { Id = deliveryId }), cancellationToken);

    public Task<IReadOnlyList<DeliveryRow>> ListOfAnalysisAsync(long analysisId, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.QueryAsync<DeliveryRow>($"{DeliveryRow.Select} WHERE d.analysis_id = @Id ORDER BY d.id", new { Id = analysisId }), cancellationToken);

    public Task<IReadOnlyList<DeliveryObjectRow>> ListObjectsAsync(long deliveryId, CancellationToken cancellationToken) => database.ReadAsync(
        session => ListObjectsAsync(session, deliveryId), cancellationToken);

    public Task<IReadOnlyList<ResultObjectRow>> ListResultObjectsAsync(long analysisId, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.QueryAsync<ResultObjectRow>($"SELECT {ResultObjectRow.Columns} FROM result_object o WHERE o.analysis_id = @Id ORDER BY o.id", new { Id = analysisId }), cancellationToken);

    /// <summary>The result object of a SOP Instance UID; null where it is none of ours.</summary>
    public Task<ResultObjectRow?> FindResultAsync(string sopInstanceUid, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.FindAsync<ResultObjectRow>($"SELECT {ResultObjectRow.Columns} FROM result_object o WHERE o.sop_instance_uid = @Uid", new { Uid = sopInstanceUid }), cancellationToken);

    /// <summary>The reports of earlier analyses of the same study, newest first: what a new report supersedes (PredecessorDocumentsSequence).</summary>
    public Task<IReadOnlyList<EarlierReport>> ListEarlierReportsAsync(AnalysisRow analysis, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.QueryAsync<EarlierReport>(ReportSuccession.ListEarlierReports, analysis), cancellationToken);

    /// <summary>The destinations that hold an earlier report of the study or will get it: they must hear when its findings no longer stand.</summary>
    public Task<IReadOnlyList<string>> ListEarlierDestinationsAsync(AnalysisRow analysis, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.QueryAsync<string>(ReportSuccession.ListEarlierDestinations, analysis), cancellationToken);

    internal static Task<int> InsertAsync(Session session, NewResultObject item, long analysisId, string traceId, DateTimeOffset now)
    {
        var withdraws = item.Kind is ResultKind.Withdrawal or ResultKind.RejectionNote;
        return session.ExecuteAsync(InsertResultObjectIfNew, new
        {
            AnalysisId = analysisId, Kind = (withdraws ? ResultKind.TextReport : item.Kind).ToString(), Purpose = withdraws ? item.Kind.ToString() : null,
            item.SopClassUid, item.SopInstanceUid, item.SeriesInstanceUid, item.FileKey, item.Sha256, item.Length, Now = now, TraceId = traceId,
        });
    }

    /// <summary>What a delivery carried before a withdrawal took its place: that it was sent and confirmed stays known.</summary>
    public Task<IReadOnlyList<DeliveryObjectRow>> ListWithdrawnObjectsAsync(long deliveryId, CancellationToken cancellationToken) => database.ReadAsync(session =>
        session.QueryAsync<DeliveryObjectRow>($"{DeliveryObjectRow.Select} WHERE x.delivery_id = @Id AND x.superseded_at IS NOT NULL ORDER BY x.send_order", new { Id = deliveryId }), cancellationToken);

    /// <summary>What a delivery carries now; what a withdrawal has taken the place of is left out.</summary>
    internal static Task<IReadOnlyList<DeliveryObjectRow>> ListObjectsAsync(Session session, long deliveryId) =>
        session.QueryAsync<DeliveryObjectRow>($"{DeliveryObjectRow.Select} WHERE x.delivery_id = @Id AND x.superseded_at IS NULL ORDER BY x.send_order", new { Id = deliveryId });

    // set and states are literals of this class.
    private Task<bool> ChangeAsync(DeliveryRow delivery, string set, string states, DateTimeOffset now, string? reason, CancellationToken cancellationToken, DateTimeOffset? until = null) =>
        database.WriteAsync(session => ChangeAsync(session, delivery, set, states, now, reason, until), cancellationToken);

    private static async Task<bool> ChangeAsync(Session session, DeliveryRow delivery, string set, string states, DateTimeOffset now, string? reason, DateTimeOffset? until) =>
        await session.ExecuteAsync($"UPDATE delivery SET {set}, updated_at = @Now, row_version = row_version + 1 WHERE id = @Id AND state IN ({states})",
            new { delivery.Id, Now = now, Reason = Text.Cut(reason, 2000), Until = until }) == 1;
}

/// <summary>A delivery in a worker's hands. SentAt and CommitmentTransactionUid tell how far an earlier worker came.</summary>
public sealed record ClaimedDelivery(DeliveryRow Delivery, IReadOnlyList<DeliveryObjectRow> Objects);

/// <summary>A delivery whose time has come.</summary>
public sealed record DueDelivery
{
    public long Id { get; init; }
    public long AnalysisId { get; init; }
    public string TraceId { get; init; } = "";
}
