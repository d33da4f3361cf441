namespace EchoClr.Shared.Data;

/// <summary>
/// What systems outside are to hear of studies. A signal is raised in the transaction that makes it true (a confirmation, a withdrawal), so that no death comes between the two.
/// Of one study a target hears the newest word only, and never an older one after a newer.
/// </summary>
public sealed class SignalStore(Database database)
{
    private const string Overtaken = "a later word on the study took its place";
    private const string Withdrawn = "the report was withdrawn before it was sent";

    // One of the same kind was raised before, or one of a later analysis: two PACS may confirm in any order.
    private const string RaiseIfNew = """
        INSERT INTO signal (study_id, analysis_id, result_object_id, target, kind, state, next_attempt_at, created_at, updated_at, trace_id)
        SELECT v.study_id, a.id, @ResultObjectId, @Target, @Kind, 'Waiting', @Now, @Now, @Now, a.trace_id
        FROM analysis a JOIN study_version v ON v.id = a.study_version_id
        WHERE a.id = @AnalysisId
          AND NOT EXISTS (SELECT 1 FROM signal x WHERE x.analysis_id = a.id AND x.target = @Target AND x.kind = @Kind)
          AND NOT EXISTS (SELECT 1 FROM signal x WHERE x.study_id = v.study_id AND x.target = @Target AND x.analysis_id > a.id)
        """;

    private const string RaiseIfTold = $"""
        {RaiseIfNew}
          AND EXISTS (SELECT 1 FROM signal t WHERE t.study_id = v.study_id AND t.target = @Target AND t.tried_at IS NOT NULL)
        """;

    private const string DropOvertaken = """
        UPDATE signal SET state = 'Dropped', reason = @Reason, next_attempt_at = NULL, updated_at = @Now, row_version = row_version + 1
        WHERE target = @Target AND study_id = (SELECT v.study_id FROM analysis a JOIN study_version v ON v.id = a.study_version_id WHERE a.id = @AnalysisId) AND state IN ('Waiting', 'Parked')
          AND EXISTS (SELECT 1 FROM signal l WHERE l.study_id = signal.study_id AND l.target = signal.target AND l.id > signal.id)
        """;

    // What is in a worker's hands comes to rest before a later word goes out.
    private const string IsDue = """
        (state = 'Waiting' AND next_attempt_at <= @Now OR state = 'Sending' AND claimed_until <= @Now)
        AND NOT EXISTS (SELECT 1 FROM signal e WHERE e.study_id = signal.study_id AND e.target = signal.target AND e.id < signal.id AND e.state IN ('Waiting', 'Sending'))
        """;

    private const string ListDueOfTarget = $"""
        SELECT id FROM (SELECT id, ROW_NUMBER() OVER (ORDER BY next_attempt_at, id) AS place FROM signal WHERE target = @Target AND {IsDue}) backlog WHERE place <= @Limit ORDER BY place
        """;

    /// <summary>The targets that a signal is due for.</summary>
    public Task<IReadOnlyList<string>> ListDueTargetsAsync(DateTimeOffset now, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.QueryAsync<string>($"SELECT DISTINCT target FROM signal WHERE {IsDue}", new { Now = now }), cancellationToken);

    /// <summary>Signals to one target whose time has come, most overdue first, by their ids.</summary>
    public Task<IReadOnlyList<long>> ListDueAsync(string target, DateTimeOffset now, int limit, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.QueryAsync<long>(ListDueOfTarget, new { Target = target, Now = now, Limit = limit }), cancellationToken);

    /// <summary>Takes a due signal and counts the attempt; null when it is not due or another worker holds it. From here on the receiver may know.</summary>
    public Task<SignalRow?> TryClaimAsync(long id, string worker, DateTimeOffset now, TimeSpan lease, CancellationToken cancellationToken) => database.WriteAsync(async session =>
    {
        var key = new { Id = id, Worker = worker, Now = now, Until = now + lease };
        return await session.ExecuteAsync($"""
            UPDATE signal SET state = 'Sending', attempts = attempts + 1, tried_at = COALESCE(tried_at, @Now), claimed_by = @Worker, claimed_until = @Until, updated_at = @Now, row_version = row_version + 1
            WHERE id = @Id AND {IsDue}
            """, key) == 1
            ? await session.FindAsync<SignalRow>($"{SignalRow.Select} WHERE g.id = @Id", key)
            : null;
    }, cancellationToken);

    /// <summary>The receiver has acknowledged it; true only for the call that made it so. Counts also when the claim had run out.</summary>
    public Task<bool> RecordSentAsync(SignalRow claimed, DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(async session => await session.ExecuteAsync("""
        UPDATE signal SET state = 'Sent', sent_at = @Now, reason = NULL, next_attempt_at = NULL, claimed_by = NULL, claimed_until = NULL, updated_at = @Now, row_version = row_version + 1
        WHERE id = @Id AND state <> 'Sent'
        """, new { claimed.Id, Now = now }) == 1, cancellationToken);

    /// <summary>Tries again at <paramref name="dueAt"/>, unless a later word has come meanwhile.</summary>
    public Task<bool> RecordRetryAsync(SignalRow claimed, string worker, string reason, DateTimeOffset now, DateTimeOffset dueAt, CancellationToken cancellationToken) =>
        SettleAsync(claimed, "state = 'Waiting', next_attempt_at = @DueAt, reason = @Reason", new { claimed.Id, Worker = worker, Reason = Text.Cut(reason, 2000), Now = now, DueAt = dueAt }, now, cancellationToken);

    /// <summary>Gives up until a person decides.</summary>
    public Task<bool> ParkAsync(SignalRow claimed, string worker, string reason, DateTimeOffset now, CancellationToken cancellationToken) =>
        SettleAsync(claimed, "state = 'Parked', next_attempt_at = NULL, reason = @Reason", new { claimed.Id, Worker = worker, Reason = Text.Cut(reason, 2000), Now = now }, now, cancellationToken);

    /// <summary>Gives back what a shutdown cut short: due at once, and not counted as an attempt.</summary>
    public Task ReturnClaimAsync(SignalRow claimed, string worker, DateTimeOffset now, CancellationToken cancellationToken) =>
        SettleAsync(claimed, "state = 'Waiting', attempts = attempts - 1, next_attempt_at = @Now", new { claimed.Id, Worker = worker, Now = now }, now, cancellationToken);

    /// <summary>The receiver wants to be left alone until then: nothing of its goes out before.</summary>
    public Task RestAsync(string target, DateTimeOffset until, CancellationToken cancellationToken) => database.WriteAsync(session => session.ExecuteAsync(
        "UPDATE signal SET next_attempt_at = @Until WHERE target = @Target AND state = 'Waiting' AND next_attempt_at < @Until", new { Target = target, Until = until }), cancellationToken);

    public Task<SignalRow?> FindAsync(long id, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.FindAsync<SignalRow>($"{SignalRow.Select} WHERE g.id = @Id", new { Id = id }), cancellationToken);

    /// <summary>All signals of a study, oldest first.</summary>
    public Task<IReadOnlyList<SignalRow>> ListOfStudyAsync(string studyInstanceUid, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.QueryAsync<SignalRow>($"{SignalRow.Select} WHERE s.study_instance_uid = @Uid ORDER BY g.id", new { Uid = studyInstanceUid }), cancellationToken);

    /// <summary>A PACS holds what a delivery carried: who wishes to hears of it. What it carried says which word it is.</summary>
    internal static async Task RaiseConfirmedAsync(Session session, DeliveryRow delivery, IReadOnlyList<SignalWish> wishes, DateTimeOffset now)
    {
        if (wishes.Count == 0)
            return;
        var kind = Enum.Parse<SignalKind>(await session.ScalarAsync<string>("""
            SELECT CASE WHEN EXISTS (SELECT 1 FROM withdrawal w WHERE w.analysis_id = a.id) THEN 'Withdrawal' WHEN a.state = 'Analyzed' THEN 'Findings' ELSE 'NotAnalyzed' END
            FROM analysis a WHERE a.id = @AnalysisId
            """, delivery));
        var report = await session.ScalarAsync<long?>("""
            SELECT MAX(o.id) FROM delivery_object x JOIN result_object o ON o.id = x.result_object_id WHERE x.delivery_id = @Id AND o.kind <> 'SaliencyCine' AND o.purpose IS NULL
            """, delivery);
        foreach (var wish in wishes)
            await RaiseAsync(session, delivery.AnalysisId, report, wish, kind, now);
    }

    /// <summary>A study was not analysed and no PACS is told: there is nothing to wait for.</summary>
    internal static async Task RaiseNotAnalyzedAsync(Session session, long analysisId, IReadOnlyList<SignalWish> wishes, DateTimeOffset now)
    {
        foreach (var wish in wishes)
            await RaiseAsync(session, analysisId, await ReportAsync(session, analysisId), wish, SignalKind.NotAnalyzed, now);
    }

    /// <summary>A report is withdrawn: at once, and before any PACS confirms it, whoever may know of the study hears so; whoever does not, hears nothing.</summary>
    internal static async Task RaiseWithdrawalAsync(Session session, long analysisId, DateTimeOffset now)
    {
        var key = new { AnalysisId = analysisId, Now = now, Reason = Withdrawn };
        var targets = await session.QueryAsync<string>("""
            SELECT DISTINCT g.target FROM signal g JOIN study_version v ON v.study_id = g.study_id JOIN analysis a ON a.study_version_id = v.id WHERE a.id = @AnalysisId
            """, key);
        foreach (var target in targets)
            await RaiseAsync(session, analysisId, await ReportAsync(session, analysisId), new SignalWish(target, NotAnalyzed: false), SignalKind.Withdrawal, now);
        await session.ExecuteAsync("""
            UPDATE signal SET state = 'Dropped', reason = @Reason, next_attempt_at = NULL, updated_at = @Now, row_version = row_version + 1
            WHERE analysis_id = @AnalysisId AND kind <> 'Withdrawal' AND state IN ('Waiting', 'Parked')
            """, key);
    }

    private static async Task RaiseAsync(Session session, long analysisId, long? report, SignalWish wish, SignalKind kind, DateTimeOffset now)
    {
        if (report is null)
            return;
        var unasked = kind == SignalKind.Withdrawal || kind == SignalKind.NotAnalyzed && !wish.NotAnalyzed;
        var signal = new { AnalysisId = analysisId, ResultObjectId = report, Target = wish.Name, Kind = kind.ToString(), Now = now, Reason = Overtaken };
        if (await session.ExecuteAsync(unasked ? RaiseIfTold : RaiseIfNew, signal) == 1)
            await session.ExecuteAsync(DropOvertaken, signal);
    }

    /// <summary>The report of an analysis: the one that was signalled, else the first.</summary>
    private static Task<long?> ReportAsync(Session session, long analysisId) => session.ScalarAsync<long?>("""
        SELECT COALESCE((SELECT MAX(g.result_object_id) FROM signal g WHERE g.analysis_id = @AnalysisId),
                        (SELECT MIN(o.id) FROM result_object o WHERE o.analysis_id = @AnalysisId AND o.kind <> 'SaliencyCine' AND o.purpose IS NULL))
        """, new { AnalysisId = analysisId });

    // set is a literal of this class.
    private Task<bool> SettleAsync(SignalRow claimed, string set, object parameters, DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(async session =>
    {
        var settled = await session.ExecuteAsync(
            $"UPDATE signal SET {set}, claimed_by = NULL, claimed_until = NULL, updated_at = @Now, row_version = row_version + 1 WHERE id = @Id AND state = 'Sending' AND claimed_by = @Worker", parameters) == 1;
        await session.ExecuteAsync(DropOvertaken, new { claimed.AnalysisId, claimed.Target, Now = now, Reason = Overtaken });
        return settled;
    }, cancellationToken);
}
