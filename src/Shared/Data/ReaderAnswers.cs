namespace EchoClr.Shared.Data;

/// <summary>
/// Answers that readers give in the portal; they become labels. An answer never changes: a later one of the same reader stands in its place and leaves it on record. What of the
/// AI a reader has had on the screen is a row too, written before it is shown, so that no answer counts as blind that was not.
/// </summary>
public sealed class ReaderAnswers(Database database)
{
    /// <summary>As <c>label.source</c>.</summary>
    public const string Source = "portal";

    /// <summary>Records an answer; whether the reader had the AI's on the screen is read here, in the same transaction.</summary>
    public Task RecordAsync(long userId, string reader, StudyVersionRow version, string name, LabelValue value, DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(session => session.ExecuteAsync("""
        INSERT INTO label (study_id, study_version_id, name, value, reader, source, saw_ai, created_at, trace_id)
        SELECT @StudyId, @Id, @Name, @Value, @Reader, @Source, CASE WHEN EXISTS (
            SELECT 1 FROM ai_seen x JOIN analysis a ON a.id = x.analysis_id JOIN study_version v ON v.id = a.study_version_id WHERE x.user_id = @UserId AND v.study_id = @StudyId) THEN 1 ELSE 0 END, @Now, @TraceId
        """, new { version.StudyId, version.Id, version.TraceId, Name = name, Value = value.ToString(), Reader = Text.Cut(reader, 200), Source, UserId = userId, Now = now }), cancellationToken);

    /// <summary>All answers on a study, oldest first.</summary>
    public Task<IReadOnlyList<LabelRow>> ListAsync(long studyId, CancellationToken cancellationToken) => database.ReadAsync(session => session.QueryAsync<LabelRow>(
        "SELECT id, study_id, name, value, reader, source, saw_ai, created_at FROM label WHERE study_id = @Id AND source = @Source ORDER BY id", new { Id = studyId, Source }), cancellationToken);

    /// <summary>Writes down that these analyses are about to be on a reader's screen.</summary>
    public async Task RecordSeenAsync(long userId, IReadOnlyCollection<long> analysisIds, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (analysisIds.Count == 0)
            return;
        var key = new { UserId = userId, Ids = analysisIds, Now = now };
        // Asked first, since nearly always all were seen before, and a page must not write for nothing.
        const string unseen = "FROM analysis a WHERE a.id IN @Ids AND NOT EXISTS (SELECT 1 FROM ai_seen x WHERE x.user_id = @UserId AND x.analysis_id = a.id)";
        if (await database.ReadAsync(session => session.ScalarAsync<int>($"SELECT COUNT(*) {unseen}", key), cancellationToken) > 0)
            await database.WriteAsync(session => session.ExecuteAsync($"INSERT INTO ai_seen (user_id, analysis_id, seen_at) SELECT @UserId, a.id, @Now {unseen}", key), cancellationToken);
    }
}
