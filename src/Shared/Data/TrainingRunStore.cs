using EchoClr.Shared.Audit;

namespace EchoClr.Shared.Data;

/// <summary>
/// Training runs, each held by one worker through a lease with a fencing token (a run of hours is no message in flight). Whatever a holder writes asks for its token
/// and that the run is still running: a worker that slept through its lease, and one whose run was cancelled, write nothing.
/// </summary>
public sealed class TrainingRunStore(Database database)
{
    private const string Held = "id = @RunId AND fencing_token = @FencingToken AND state = 'Running'";

    private const string Free = "(state = 'Waiting' OR (state = 'Running' AND lease_until <= @Now))";

    /// <summary>The run's id; null where the schedule's firing has its run already.</summary>
    public Task<long?> CreateAsync(NewTrainingRun run, CancellationToken cancellationToken) => database.WriteAsync(session => InsertAsync(session, run), cancellationToken);

    internal static async Task<long?> InsertAsync(Session session, NewTrainingRun run)
    {
        var inserted = await session.ExecuteAsync("""
            INSERT INTO training_run (schedule_id, due_at, state, training_plan, trace_id)
            SELECT @ScheduleId, @DueAt, 'Waiting', @TrainingPlan, @TraceId
            WHERE @ScheduleId IS NULL OR NOT EXISTS (SELECT 1 FROM training_run WHERE schedule_id = @ScheduleId AND due_at = @DueAt)
            """, run);
        return inserted == 0 ? null : await session.ScalarAsync<long>("SELECT MAX(id) FROM training_run WHERE trace_id = @TraceId AND due_at = @DueAt", run);
    }

    /// <summary>Takes a run that waits, or whose holder let its lease run out; null where another holds it or it is over.</summary>
    public Task<TrainingLease?> TryTakeAsync(long runId, string owner, DateTimeOffset now, TimeSpan lease, CancellationToken cancellationToken) => database.WriteAsync(async session =>
    {
        var taking = new { Id = runId, Owner = Text.Cut(owner, 200), Now = now, Until = now + lease };
        if (await session.ExecuteAsync($"""
            UPDATE training_run SET state = 'Running', lease_owner = @Owner, lease_until = @Until, fencing_token = fencing_token + 1, started_at = COALESCE(started_at, @Now),
                                    row_version = row_version + 1
            WHERE id = @Id AND {Free}
            """, taking) == 0)
            return null;
        return new TrainingLease(runId, await session.ScalarAsync<long>("SELECT fencing_token FROM training_run WHERE id = @Id", taking), owner);
    }, cancellationToken);

    /// <summary>Extends the lease and tells how far the run is; false when it was lost or the run was cancelled, and then the holder must stop writing.</summary>
    /// <param name="progress">0 to 1; null leaves it as it is.</param>
    /// <param name="metrics">JSON; null leaves it as it is.</param>
    public Task<bool> RenewAsync(TrainingLease lease, DateTimeOffset now, TimeSpan duration, double? progress, string? metrics, CancellationToken cancellationToken) => database.WriteAsync(async session =>
    {
        var told = new { lease.RunId, lease.FencingToken, Now = now, Until = now + duration, Progress = progress, Metrics = metrics };
        if (await session.ExecuteAsync($"UPDATE training_run SET lease_until = @Until, progress = COALESCE(@Progress, progress), metrics = COALESCE(@Metrics, metrics) WHERE {Held} AND lease_until > @Now", told) == 0)
            return false;
        if (progress is not null && metrics is not null)
            await session.ExecuteAsync("""
                INSERT INTO training_figure (training_run_id, progress, told_at, figures)
                SELECT @RunId, @Progress, @Now, @Metrics WHERE NOT EXISTS (SELECT 1 FROM training_figure WHERE training_run_id = @RunId AND progress >= @Progress)
                """, told);
        return true;
    }, cancellationToken);

    /// <summary>What a run told of itself, from its beginning on.</summary>
    public Task<IReadOnlyList<TrainingFigureRow>> ListFiguresAsync(long runId, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.QueryAsync<TrainingFigureRow>("SELECT progress, told_at, figures FROM training_figure WHERE training_run_id = @Id ORDER BY progress", new { Id = runId }), cancellationToken);

    /// <summary>
    /// Makes a checkpoint the one to go on from; the caller has written its file under a name that nobody else uses. False when the lease is another's by now: the file is then the caller's to delete.
    /// </summary>
    public Task<bool> RecordCheckpointAsync(TrainingLease lease, string checkpointKey, double progress, CancellationToken cancellationToken) => database.WriteAsync(async session =>
        await session.ExecuteAsync($"UPDATE training_run SET checkpoint_key = @Key, progress = @Progress WHERE {Held}",
            new { lease.RunId, lease.FencingToken, Key = checkpointKey, Progress = progress }) == 1, cancellationToken);

    /// <summary>Registers a model that the run made, as <see cref="ModelStore.ImportAsync"/>; null when the lease is another's by now, or the run was cancelled.</summary>
    public Task<ModelRow?> RegisterAsync(TrainingLease lease, NewModel model, DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(async session =>
        await session.ScalarAsync<int>($"SELECT COUNT(*) FROM training_run WHERE {Held}", lease) == 1 ? await ModelStore.ImportAsync(session, model, AuditParticipant.Self(), now) : null, cancellationToken);

    /// <summary>Ends a run, well or with its reason; false when the lease is another's by now, or the run was cancelled.</summary>
    public Task<bool> FinishAsync(TrainingLease lease, TrainingRunState state, string? metrics, string? error, DateTimeOffset now, CancellationToken cancellationToken) =>
        state is TrainingRunState.Succeeded or TrainingRunState.Failed
            ? database.WriteAsync(async session => await session.ExecuteAsync($"""
                UPDATE training_run SET state = @State, metrics = COALESCE(@Metrics, metrics), error = @Error, finished_at = @Now, progress = CASE WHEN @State = 'Succeeded' THEN 1 ELSE progress END,
                                        lease_owner = NULL, lease_until = NULL, row_version = row_version + 1 WHERE {Held}
                """, new { lease.RunId, lease.FencingToken, State = state.ToString(), Metrics = metrics, Error = Text.Cut(error, 2000), Now = now }) == 1, cancellationToken)
            : throw new ArgumentException($"a holder does not end a run as {state}", nameof(state));

    /// <summary>Gives a run back that a shutdown cut short: it waits, and goes on from its last checkpoint.</summary>
    public Task GiveBackAsync(TrainingLease lease, CancellationToken cancellationToken) => database.WriteAsync(session => session.ExecuteAsync(
        $"UPDATE training_run SET state = 'Waiting', lease_owner = NULL, lease_until = NULL, row_version = row_version + 1 WHERE {Held}", lease), cancellationToken);

    /// <summary>Ends a run that waits or runs; its holder hears of it when it renews. False where it is over already.</summary>
    /// <param name="who">For the audit trail; who sits at the command line, where nobody is named.</param>
    public Task<bool> CancelAsync(long runId, string by, DateTimeOffset now, CancellationToken cancellationToken, AuditParticipant? who = null) => database.WriteAsync(async session =>
    {
        if (await session.ExecuteAsync("""
            UPDATE training_run SET state = 'Cancelled', error = @Error, finished_at = @Now, lease_owner = NULL, lease_until = NULL, row_version = row_version + 1
            WHERE id = @Id AND state IN ('Waiting', 'Running')
            """, new { Id = runId, Error = Text.Cut($"cancelled by {by}", 2000), Now = now }) == 0)
            return false;
        await AuditTrail.RecordAsync(session, AuditEvents.TrainingDecided((who ?? AuditParticipant.Operator()) with { AlternativeUserId = by }, "cancelled", runId), now);
        return true;
    }, cancellationToken);

    /// <summary>Lets a run that failed or was cancelled try again, from its last checkpoint. False where it is not over, or succeeded.</summary>
    public Task<bool> RetryAsync(long runId, CancellationToken cancellationToken) => database.WriteAsync(async session => await session.ExecuteAsync(
        "UPDATE training_run SET state = 'Waiting', error = NULL, finished_at = NULL, row_version = row_version + 1 WHERE id = @Id AND state IN ('Failed', 'Cancelled')",
        new { Id = runId }) == 1, cancellationToken);

    /// <summary>Runs that a worker may take now, the longest due first.</summary>
    public Task<IReadOnlyList<TrainingRunRow>> ListFreeAsync(DateTimeOffset now, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.QueryAsync<TrainingRunRow>($"{TrainingRunRow.Select} WHERE {Free} ORDER BY due_at, id", new { Now = now }), cancellationToken);

    /// <summary>All runs, the newest first.</summary>
    public Task<IReadOnlyList<TrainingRunRow>> ListAsync(CancellationToken cancellationToken) => database.ReadAsync(
        session => session.QueryAsync<TrainingRunRow>($"{TrainingRunRow.Select} ORDER BY id DESC"), cancellationToken);

    public Task<TrainingRunRow?> FindAsync(long runId, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.FindAsync<TrainingRunRow>($"{TrainingRunRow.Select} WHERE id = @Id", new { Id = runId }), cancellationToken);
}
