using EchoClr.Shared.Audit;

namespace EchoClr.Shared.Data;

/// <summary>Reports that an administrator withdraws: who and why is a row first; the superseding report is written and delivered by whoever runs inference.</summary>
public sealed class WithdrawalStore(Database database)
{
    private const string NothingSent = "withdrawn before anything was sent";

    internal const string Select = "SELECT w.analysis_id, w.withdrawn_at, w.withdrawn_by, w.reason, w.rejection_code, w.written_at FROM withdrawal w";

    // Nothing of it has left this machine: no object was answered, and no sending is under way or was begun.
    private const string NeverSent = """
        state IN ('Held', 'Waiting', 'Parked') AND attempts = 0
        AND NOT EXISTS (SELECT 1 FROM delivery_object x WHERE x.delivery_id = delivery.id AND x.status IS NOT NULL)
        """;

    private const string DropUnsent = $"""
        UPDATE delivery SET state = 'Dropped', reason = @Reason, next_attempt_at = NULL, claimed_by = NULL, claimed_until = NULL, updated_at = @Now, row_version = row_version + 1
        WHERE analysis_id = @AnalysisId AND {NeverSent}
        """;

    /// <summary>Withdraws the report of an analysis. What has not begun to be sent is not sent any more. False when it was withdrawn before.</summary>
    /// <param name="who">For the audit trail; who sits at the command line, where nobody is named.</param>
    public Task<bool> WithdrawAsync(AnalysisRow analysis, string by, string reason, string? rejectionCode, string reportSopClassUid, DateTimeOffset now, CancellationToken cancellationToken, AuditParticipant? who = null) => database.WriteAsync(async session =>
    {
        var row = new { AnalysisId = analysis.Id, Now = now, By = Text.Cut(by, 200), Reason = Text.Cut(reason, 2000), Code = rejectionCode };
        if (await session.ExecuteAsync("""
            INSERT INTO withdrawal (analysis_id, withdrawn_at, withdrawn_by, reason, rejection_code)
            SELECT @AnalysisId, @Now, @By, @Reason, @Code WHERE NOT EXISTS (SELECT 1 FROM withdrawal WHERE analysis_id = @AnalysisId)
            """, row) == 0)
            return false;
        await session.ExecuteAsync(DropUnsent, new { AnalysisId = analysis.Id, Now = now, Reason = NothingSent });
        await SignalStore.RaiseWithdrawalAsync(session, analysis.Id, now);
        await AuditTrail.RecordAsync(session, AuditEvents.ReportWithdrawn(who ?? AuditParticipant.Operator() with { AlternativeUserId = by }, analysis.StudyInstanceUid, reportSopClassUid, reason), now);
        return true;
    }, cancellationToken);

    /// <summary>The withdrawal of an analysis's report; null while the report stands.</summary>
    public Task<WithdrawalRow?> FindAsync(long analysisId, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.FindAsync<WithdrawalRow>($"{Select} WHERE w.analysis_id = @Id", new { Id = analysisId }), cancellationToken);

    /// <summary>Backlog: withdrawals whose superseding report is not written, oldest first.</summary>
    public Task<IReadOnlyList<WithdrawalRow>> ListUnwrittenAsync(CancellationToken cancellationToken) => database.ReadAsync(
        session => session.QueryAsync<WithdrawalRow>($"{Select} WHERE w.written_at IS NULL ORDER BY w.withdrawn_at, w.analysis_id"), cancellationToken);

    /// <summary>
    /// Ends a withdrawal: the superseding objects take the place of the withdrawn ones in each delivery, which begins anew; what was never sent is dropped. False when a delivery
    /// moved since it was read: then nothing is written, and the caller tries again.
    /// </summary>
    public async Task<bool> RecordWrittenAsync(AnalysisRow analysis, IReadOnlyList<WithdrawnDelivery> deliveries, DateTimeOffset now, CancellationToken cancellationToken)
    {
        try
        {
            await database.WriteAsync(async session =>
            {
                await session.ExecuteAsync(DropUnsent, new { AnalysisId = analysis.Id, Now = now, Reason = NothingSent });
                foreach (var delivery in deliveries)
                    await ReplaceAsync(session, analysis, delivery, now);
                await session.ExecuteAsync("UPDATE withdrawal SET written_at = @Now WHERE analysis_id = @Id AND written_at IS NULL", new { analysis.Id, Now = now });
            }, cancellationToken);
            return true;
        }
        catch (MovedException)
        {
            return false;
        }
    }

    private static async Task ReplaceAsync(Session session, AnalysisRow analysis, WithdrawnDelivery withdrawn, DateTimeOffset now)
    {
        var key = new { withdrawn.Delivery.Id, withdrawn.Delivery.RowVersion, Now = now };
        if (await session.ExecuteAsync("""
            UPDATE delivery SET state = 'Waiting', attempts = 0, commitment_attempts = 0, next_attempt_at = @Now, sent_at = NULL, commitment_requested_at = NULL, confirmed_at = NULL,
                   confirmed_by = NULL, reason = NULL, hinted_at = NULL, updated_at = @Now, row_version = row_version + 1 WHERE id = @Id AND row_version = @RowVersion AND state <> 'Sending'
            """, key) == 0)
            throw new MovedException();
        await session.ExecuteAsync("UPDATE delivery_object SET superseded_at = @Now WHERE delivery_id = @Id AND superseded_at IS NULL", key);
        var order = await session.ScalarAsync<int>("SELECT MAX(send_order) + 1 FROM delivery_object WHERE delivery_id = @Id", key);
        foreach (var item in withdrawn.Objects)
        {
            await DeliveryStore.InsertAsync(session, item, analysis.Id, analysis.TraceId, now);
            await session.ExecuteAsync("INSERT INTO delivery_object (delivery_id, result_object_id, send_order) SELECT @Id, o.id, @Order FROM result_object o WHERE o.sop_instance_uid = @SopInstanceUid",
                new { withdrawn.Delivery.Id, Order = order++, item.SopInstanceUid });
        }
    }

    /// <summary>Rolls the transaction back.</summary>
    private sealed class MovedException : Exception;
}

/// <summary>A delivery that sent a report which is now withdrawn, with the objects that say so, in the order of sending.</summary>
public sealed record WithdrawnDelivery(DeliveryRow Delivery, IReadOnlyList<NewResultObject> Objects);

/// <summary>Who withdrew a report, when and why.</summary>
public sealed record WithdrawalRow
{
    public long AnalysisId { get; init; }
    public DateTimeOffset WithdrawnAt { get; init; }
    public string WithdrawnBy { get; init; } = "";
    public string Reason { get; init; } = "";

    /// <summary>The document title of the rejection note, 113001 or 113037 of DCM; null where none was asked for.</summary>
    public string? RejectionCode { get; init; }

    /// <summary>When the superseding report was written; null before.</summary>
    public DateTimeOffset? WrittenAt { get; init; }
}
