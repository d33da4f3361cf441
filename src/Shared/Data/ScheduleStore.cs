using System.Diagnostics;
using EchoClr.Shared.Audit;
using EchoClr.Shared.Scheduling;

namespace EchoClr.Shared.Data;

/// <summary>
/// Schedules of training. Their table is the truth: a firing is a row of <c>training_run</c>, unique on schedule and due time, written in the transaction that moves
/// <c>decided_until</c>, so that two processes, a restart or a clock that jumps back never fire twice. A firing that is not run is a row too, cancelled, with its reason.
/// </summary>
public sealed class ScheduleStore(Database database)
{
    /// <summary>Makes a schedule or changes it; times before now are no concern of the new settings. A paused one stays paused.</summary>
    /// <exception cref="FormatException">The settings cannot work.</exception>
    public Task<ScheduleRow> SetAsync(string name, ScheduleSettings settings, AuditParticipant who, string by, DateTimeOffset now, CancellationToken cancellationToken)
    {
        settings = settings.Checked(now);
        return database.WriteAsync(async session =>
        {
            var row = new
            {
                Name = Text.Cut(name, 200), settings.Cron, settings.TimeZone, settings.TrainingPlan, Misfire = settings.Misfire.ToString(), settings.MinNewCines, settings.Quiet, Now = now, By = Text.Cut(by, 200),
            };
            var changed = await session.ExecuteAsync("""
                UPDATE schedule SET cron = @Cron, time_zone = @TimeZone, training_plan = @TrainingPlan, misfire = @Misfire, min_new_cines = @MinNewCines, quiet = @Quiet,
                                    decided_until = @Now, changed_at = @Now, changed_by = @By, row_version = row_version + 1 WHERE name = @Name
                """, row);
            if (changed == 0)
                await session.ExecuteAsync("""
                    INSERT INTO schedule (name, cron, time_zone, enabled, training_plan, misfire, min_new_cines, quiet, decided_until, changed_at, changed_by)
                    VALUES (@Name, @Cron, @TimeZone, 1, @TrainingPlan, @Misfire, @MinNewCines, @Quiet, @Now, @Now, @By)
                    """, row);
            await AuditAsync(session, who, by, name, $"set to {settings.Cron} in {settings.TimeZone}", now);
            return await session.ScalarAsync<ScheduleRow>($"{ScheduleRow.Select} WHERE name = @Name", row);
        }, cancellationToken);
    }

    /// <summary>Pauses or resumes; false where it is so already. What fell due during a pause is not made up for.</summary>
    public Task<bool> EnableAsync(string name, bool enabled, AuditParticipant who, string by, DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(async session =>
    {
        if (await session.ExecuteAsync("""
            UPDATE schedule SET enabled = @Enabled, decided_until = @Now, changed_at = @Now, changed_by = @By, row_version = row_version + 1 WHERE name = @Name AND enabled <> @Enabled
            """, new { Name = name, Enabled = enabled, Now = now, By = Text.Cut(by, 200) }) == 0)
            return false;
        await AuditAsync(session, who, by, name, enabled ? "resumed" : "paused", now);
        return true;
    }, cancellationToken);

    /// <summary>A run now, whatever the cron, the quiet hours and the number of new cines say; refused only while another is under way.</summary>
    public Task<Firing?> RunNowAsync(string name, AuditParticipant who, string by, DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(async session =>
    {
        if (await session.FindAsync<ScheduleRow>($"{ScheduleRow.Select} WHERE name = @Name", new { Name = name }) is not { } schedule)
            return null;
        await LockAsync(session, schedule.Id);
        if (await UnderWayAsync(session) is { } underWay)
            return new Firing(underWay, now, Busy(underWay));
        await AuditAsync(session, who, by, name, "run by hand", now);
        return await WriteAsync(session, schedule, now, null, now);
    }, cancellationToken);

    /// <summary>
    /// Decides every time up to <paramref name="dueAt"/>, by one row for the last of them. Null where another process was first, or the schedule was changed meanwhile.
    /// </summary>
    /// <param name="refusal">Why it shall not be run; otherwise the store looks for a run under way and for new cines.</param>
    public Task<Firing?> DecideAsync(ScheduleRow seen, DateTimeOffset dueAt, string? refusal, DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(async session =>
    {
        await LockAsync(session, seen.Id);
        if (await session.ExecuteAsync("UPDATE schedule SET decided_until = @DueAt WHERE id = @Id AND row_version = @Next AND enabled = @Enabled",
            new { seen.Id, DueAt = dueAt, Next = seen.RowVersion + 1, Enabled = true }) == 0)
            return null;
        var reason = refusal;
        if (reason is null && await UnderWayAsync(session) is { } underWay)
            reason = Busy(underWay);
        if (reason is null && seen.MinNewCines > 0 && await CountNewCinesAsync(session, seen.Id) is var cines && cines < seen.MinNewCines)
            reason = $"not run: {cines} new cines, {seen.MinNewCines} are asked for";
        return await WriteAsync(session, seen, dueAt, reason, now);
    }, cancellationToken);

    /// <summary>Takes <c>decided_until</c> back to now: it was written while the clock was far ahead.</summary>
    public Task<bool> TakeBackAsync(ScheduleRow seen, DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(async session => await session.ExecuteAsync(
        "UPDATE schedule SET decided_until = @Now, row_version = row_version + 1 WHERE id = @Id AND row_version = @RowVersion", new { seen.Id, seen.RowVersion, Now = now }) == 1, cancellationToken);

    public Task<IReadOnlyList<ScheduleRow>> ListAsync(CancellationToken cancellationToken) => database.ReadAsync(
        session => session.QueryAsync<ScheduleRow>($"{ScheduleRow.Select} ORDER BY name"), cancellationToken);

    public Task<ScheduleRow?> FindAsync(string name, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.FindAsync<ScheduleRow>($"{ScheduleRow.Select} WHERE name = @Name", new { Name = name }), cancellationToken);

    /// <summary>A schedule's newest firings, the newest first.</summary>
    public Task<IReadOnlyList<TrainingRunRow>> ListFiringsAsync(long scheduleId, int limit, CancellationToken cancellationToken) => database.ReadAsync(session => session.QueryAsync<TrainingRunRow>($"""
        SELECT * FROM (SELECT runs.*, ROW_NUMBER() OVER (ORDER BY due_at DESC) AS place FROM ({TrainingRunRow.Select}) runs WHERE schedule_id = @Id) newest WHERE place <= @Limit ORDER BY place
        """, new { Id = scheduleId, Limit = limit }), cancellationToken);

    /// <summary>All schedules' rows are written to, so that two firings never look past one another for a run under way.</summary>
    private static Task<int> LockAsync(Session session, long id) => session.ExecuteAsync("UPDATE schedule SET row_version = row_version + CASE WHEN id = @Id THEN 1 ELSE 0 END", new { Id = id });

    private static Task<long?> UnderWayAsync(Session session) => session.ScalarAsync<long?>("SELECT MIN(id) FROM training_run WHERE state IN ('Waiting', 'Running')");

    private static string Busy(long underWay) => $"not run: training run {underWay} is under way, and there are never two at once";

    private static Task<int> CountNewCinesAsync(Session session, long scheduleId) => session.ScalarAsync<int>("""
        SELECT COUNT(*) FROM clip WHERE state = 'Ready'
            AND created_at > COALESCE((SELECT MAX(started_at) FROM training_run WHERE schedule_id = @Id AND state = 'Succeeded'), @Ever)
        """, new { Id = scheduleId, Ever = DateTimeOffset.UnixEpoch });

    private static async Task<Firing?> WriteAsync(Session session, ScheduleRow schedule, DateTimeOffset dueAt, string? refusal, DateTimeOffset now)
    {
        var inserted = await session.ExecuteAsync("""
            INSERT INTO training_run (schedule_id, due_at, state, training_plan, error, finished_at, trace_id)
            SELECT @Id, @DueAt, @State, @TrainingPlan, @Error, @FinishedAt, @TraceId
            WHERE NOT EXISTS (SELECT 1 FROM training_run WHERE schedule_id = @Id AND due_at = @DueAt)
            """, new
        {
            schedule.Id, DueAt = dueAt, State = refusal is null ? "Waiting" : "Cancelled", schedule.TrainingPlan, Error = refusal, FinishedAt = refusal is null ? (DateTimeOffset?)null : now,
            TraceId = ActivityTraceId.CreateRandom().ToHexString(),
        });
        if (inserted == 0)
            return null; // fired before the clock went back
        return new Firing(await session.ScalarAsync<long>("SELECT id FROM training_run WHERE schedule_id = @Id AND due_at = @DueAt", new { schedule.Id, DueAt = dueAt }), dueAt, refusal);
    }

    private static Task AuditAsync(Session session, AuditParticipant who, string by, string name, string decision, DateTimeOffset now) =>
        AuditTrail.RecordAsync(session, AuditEvents.ScheduleChanged(who with { AlternativeUserId = by }, decision, name), now);
}
