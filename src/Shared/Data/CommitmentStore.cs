namespace EchoClr.Shared.Data;

/// <summary>Storage commitment reports (PS3.4 Annex J) to requests of ours, as they came; Inference/Delivery draws the conclusions.</summary>
public sealed class CommitmentStore(Database database)
{
    private const string ListUnhandled = """
        SELECT * FROM (
            SELECT id, transaction_uid, received_at, handled_at, trace_id, ROW_NUMBER() OVER (ORDER BY received_at, id) AS place
            FROM commitment_report WHERE handled_at IS NULL AND (hinted_at IS NULL OR hinted_at <= @HintedBefore)) backlog
        WHERE place <= @Limit ORDER BY place
        """;

    /// <summary>Writes a report down. Null when the transaction UID is none of ours: then nothing is kept, so that a peer cannot fill the table.</summary>
    public Task<CommitmentReportRow?> RecordReportAsync(string transactionUid, IReadOnlyList<ReportedObject> objects, DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(async session =>
    {
        var key = new { TransactionUid = transactionUid, Now = now };
        if (await session.ExecuteAsync("""
            INSERT INTO commitment_report (transaction_uid, received_at, hinted_at, trace_id)
            SELECT r.transaction_uid, @Now, @Now, d.trace_id FROM commitment_request r JOIN delivery d ON d.id = r.delivery_id WHERE r.transaction_uid = @TransactionUid
            """, key) == 0)
            return null;
        var report = await session.ScalarAsync<CommitmentReportRow>(
            "SELECT id, transaction_uid, received_at, handled_at, trace_id FROM commitment_report WHERE id = (SELECT MAX(id) FROM commitment_report WHERE transaction_uid = @TransactionUid)", key);
        foreach (var item in objects.DistinctBy(item => item.SopInstanceUid))
            await session.ExecuteAsync(
                "INSERT INTO commitment_report_object (commitment_report_id, sop_class_uid, sop_instance_uid, failure_reason) VALUES (@Id, @SopClassUid, @SopInstanceUid, @FailureReason)",
                new { report.Id, SopClassUid = Text.Cut(item.SopClassUid, 64), SopInstanceUid = Text.Cut(item.SopInstanceUid, 64), item.FailureReason });
        return report;
    }, cancellationToken);

    /// <summary>The reports to a transaction that nobody has drawn conclusions from yet, oldest first, with what each says.</summary>
    public Task<IReadOnlyList<(CommitmentReportRow Report, IReadOnlyList<ReportedObject> Objects)>> ListUnhandledAsync(string transactionUid, CancellationToken cancellationToken) => database.ReadAsync(async session =>
    {
        var reports = await session.QueryAsync<CommitmentReportRow>(
            "SELECT id, transaction_uid, received_at, handled_at, trace_id FROM commitment_report WHERE transaction_uid = @Uid AND handled_at IS NULL ORDER BY id", new { Uid = transactionUid });
        var found = new List<(CommitmentReportRow, IReadOnlyList<ReportedObject>)>();
        foreach (var report in reports)
            found.Add((report, await session.QueryAsync<ReportedObject>(
                "SELECT sop_class_uid, sop_instance_uid, failure_reason FROM commitment_report_object WHERE commitment_report_id = @Id ORDER BY sop_instance_uid", report)));
        return (IReadOnlyList<(CommitmentReportRow, IReadOnlyList<ReportedObject>)>)found;
    }, cancellationToken);

    /// <summary>The delivery that a transaction UID was requested for, also when a later request has taken its place.</summary>
    public Task<DeliveryRow?> FindDeliveryAsync(string transactionUid, CancellationToken cancellationToken) => database.ReadAsync(session => session.FindAsync<DeliveryRow>(
        $"{DeliveryRow.Select} JOIN commitment_request r ON r.delivery_id = d.id WHERE r.transaction_uid = @Uid", new { Uid = transactionUid }), cancellationToken);

    /// <summary>Notes what a report said of a delivery's objects, and that it is dealt with.</summary>
    public Task MarkHandledAsync(CommitmentReportRow report, DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(async session =>
    {
        var key = new { report.Id, report.TransactionUid, Now = now };
        const string ofReport = """
            FROM commitment_report_object o JOIN result_object x ON x.sop_instance_uid = o.sop_instance_uid
            WHERE o.commitment_report_id = @Id AND x.id = delivery_object.result_object_id
            """;
        const string ofDelivery = "delivery_id = (SELECT delivery_id FROM commitment_request WHERE transaction_uid = @TransactionUid)";
        await session.ExecuteAsync($"UPDATE delivery_object SET confirmed_at = @Now, failure_reason = NULL WHERE {ofDelivery} AND confirmed_at IS NULL AND EXISTS (SELECT 1 {ofReport} AND o.failure_reason IS NULL)", key);
        await session.ExecuteAsync($"UPDATE delivery_object SET failure_reason = (SELECT o.failure_reason {ofReport}) WHERE {ofDelivery} AND EXISTS (SELECT 1 {ofReport} AND o.failure_reason IS NOT NULL)", key);
        await session.ExecuteAsync("UPDATE commitment_report SET handled_at = @Now WHERE id = @Id", key);
    }, cancellationToken);

    /// <summary>Backlog: reports that were recorded and not dealt with, oldest first.</summary>
    public Task<IReadOnlyList<CommitmentReportRow>> ListUnhandledAsync(DateTimeOffset hintedBefore, int limit, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.QueryAsync<CommitmentReportRow>(ListUnhandled, new { HintedBefore = hintedBefore, Limit = limit }), cancellationToken);

    public Task MarkHintedAsync(long reportId, DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(
        session => session.ExecuteAsync("UPDATE commitment_report SET hinted_at = @Now WHERE id = @Id", new { Id = reportId, Now = now }), cancellationToken);
}

public sealed record CommitmentReportRow
{
    public long Id { get; init; }
    public string TransactionUid { get; init; } = "";
    public DateTimeOffset ReceivedAt { get; init; }
    public DateTimeOffset? HandledAt { get; init; }
    public string TraceId { get; init; } = "";
}

/// <summary>One object of a commitment report. FailureReason (0008,1197) is null when the PACS committed to it.</summary>
public sealed record ReportedObject
{
    public string SopClassUid { get; init; } = "";
    public string SopInstanceUid { get; init; } = "";
    public int? FailureReason { get; init; }
}
