namespace EchoClr.Shared.Data;

/// <summary>Studies and their versions: what is open, what is complete and by which evidence, what still waits for its analysis.</summary>
public sealed class StudyStore(Database database)
{
    // Every association that brought an instance of the version is over, or has been silent on it for so long that it is one that never ends.
    private const string ListQuiet = StudyVersionRow.Select + """

        WHERE v.state = 'Open' AND v.last_received_at <= @QuietSince
          AND (v.last_received_at <= @SilentSince
               OR NOT EXISTS (SELECT 1 FROM study_version_instance m JOIN instance i ON i.id = m.instance_id JOIN association a ON a.id = i.association_id
                              WHERE m.study_version_id = v.id AND a.ended_at IS NULL))
        ORDER BY v.last_received_at
        """;

    private const string ListAssociations = """
        SELECT a.id, a.ended_at, a.end_kind, COUNT(*) AS instances
        FROM study_version_instance m JOIN instance i ON i.id = m.instance_id JOIN association a ON a.id = i.association_id
        WHERE m.study_version_id = @Id GROUP BY a.id, a.ended_at, a.end_kind
        """;

    private const string RemoveRejected = $"""
        DELETE FROM study_version_instance WHERE study_version_id = @Id AND instance_id IN (SELECT i.id FROM instance i WHERE i.study_id = @StudyId AND {Rejection.OfInstance})
        """;

    private const string AddInstancesOfPredecessor = $"""
        INSERT INTO study_version_instance (study_version_id, instance_id)
        SELECT @Id, m.instance_id FROM study_version_instance m JOIN study_version p ON p.id = m.study_version_id JOIN instance i ON i.id = m.instance_id
        WHERE p.study_id = @StudyId AND p.state = 'Complete' AND NOT {Rejection.OfInstance}
          AND NOT EXISTS (SELECT 1 FROM study_version_instance own WHERE own.study_version_id = @Id AND own.instance_id = m.instance_id)
        """;

    // The version e that an analysis is owed to: the current one, or the earlier one that it inherits from; a request for another empties analyzed_at. The first line is the condition of ix_study_version_unanalyzed, so that
    // this begins at what waits, and not at the studies of all years.
    internal const string IsOwed = """
        e.analyzed_at IS NULL AND e.inherits_from_id IS NULL AND e.analysis_parked_at IS NULL
        AND EXISTS (SELECT 1 FROM study_version c WHERE c.study_id = e.study_id AND c.state = 'Complete' AND COALESCE(c.inherits_from_id, c.id) = e.id)
        """;

    private const string ListUnanalyzed = $"""
        SELECT * FROM (
            SELECT e.id, e.trace_id, ROW_NUMBER() OVER (ORDER BY e.completed_at, e.id) AS place
            FROM study_version e JOIN study s ON s.id = e.study_id
            WHERE {IsOwed} AND s.urgent = @Urgent
              AND (e.hinted_at IS NULL OR e.hinted_at <= @HintedBefore) AND (e.claimed_until IS NULL OR e.claimed_until <= @Now)) backlog
        WHERE place <= @Limit ORDER BY place
        """;

    // Of the analyses only the last few: more than all workers together finish at a time.
    private const string Reached = """
        SELECT MAX(v.hinted_at) AS hinted_at FROM study_version v JOIN study s ON s.id = v.study_id
        WHERE s.urgent = @Urgent AND v.id IN (
            SELECT id FROM study_version WHERE claimed_until > @Now
            UNION ALL SELECT study_version_id FROM analysis WHERE id > (SELECT MAX(id) FROM analysis) - 200 AND finished_at > @Since)
        """;

    /// <summary>Open versions without an instance since <paramref name="quietSince"/> whose associations are over, or which had no instance since <paramref name="silentSince"/>.</summary>
    public Task<IReadOnlyList<StudyVersionRow>> ListQuietAsync(DateTimeOffset quietSince, DateTimeOffset silentSince, CancellationToken cancellationToken) =>
        database.ReadAsync(session => session.QueryAsync<StudyVersionRow>(ListQuiet, new { QuietSince = quietSince, SilentSince = silentSince }), cancellationToken);

    /// <summary>The associations that brought a version's instances: part of the evidence of completeness.</summary>
    public Task<IReadOnlyList<ContributingAssociation>> ListAssociationsAsync(long studyVersionId, CancellationToken cancellationToken) =>
        database.ReadAsync(session => session.QueryAsync<ContributingAssociation>(ListAssociations, new { Id = studyVersionId }), cancellationToken);

    /// <summary>
    /// Closes an open version: it takes over its predecessor's instances but for those that the PACS rejected, and its analysis where the cines are the same. What
    /// was to be sent of the predecessor, and rests on a rejected cine, is dropped unless it is stored. Returns the version that an analysis is now owed to, or null when an instance came in since <paramref name="version"/> was read, or another process was first.
    /// </summary>
    public Task<StudyVersionRow?> CompleteAsync(StudyVersionRow version, string evidence, DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(async session =>
    {
        if (await session.ExecuteAsync(
            "UPDATE study_version SET row_version = row_version + 1 WHERE id = @Id AND state = 'Open' AND row_version = @RowVersion", version) == 0)
            return null;

        var predecessor = await session.FindAsync<StudyVersionRow>($"{StudyVersionRow.Select} WHERE v.study_id = @StudyId AND v.state = 'Complete'", version);
        await session.ExecuteAsync(RemoveRejected, version);
        await session.ExecuteAsync(AddInstancesOfPredecessor, version);
        var members = await session.QueryAsync<CineSet.Member>(CineSet.SelectMembers, version);
        var cineSet = CineSet.Sha256(members);
        var inherits = predecessor is not null && predecessor.CineSetSha256 == cineSet ? predecessor.InheritsFromId ?? predecessor.Id : (long?)null;

        if (predecessor is not null && inherits is null)
            await ReportSuccession.DropRejectedAsync(session, predecessor, now);
        await session.ExecuteAsync("UPDATE study_version SET state = 'Superseded' WHERE study_id = @StudyId AND state = 'Complete'", version);
        await session.ExecuteAsync("""
            UPDATE study_version SET state = 'Complete', completed_at = @Now, hinted_at = @Now, evidence = @Evidence, instance_count = @InstanceCount,
                   cine_set_sha256 = @CineSet, inherits_from_id = @Inherits WHERE id = @Id
            """, new { version.Id, Now = now, Evidence = evidence, InstanceCount = members.Count, CineSet = cineSet, Inherits = inherits });
        return await session.FindAsync<StudyVersionRow>($"{StudyVersionRow.Select} WHERE v.id = @Id", version);
    }, cancellationToken);

    /// <summary>Backlog of a lane: complete versions without any analysis, or with a request for another, oldest first, that were not hinted at since <paramref name="hintedBefore"/>, nor are in a worker's hands.</summary>
    public Task<IReadOnlyList<BacklogRow>> ListUnanalyzedAsync(bool urgent, DateTimeOffset hintedBefore, DateTimeOffset now, int limit, CancellationToken cancellationToken) =>
        database.ReadAsync(session => session.QueryAsync<BacklogRow>(ListUnanalyzed, new { Urgent = urgent, HintedBefore = hintedBefore, Now = now, Limit = limit }), cancellationToken);

    /// <summary>How far workers have come in a lane's queue: the newest hint among the versions that they hold, or whose analysis they finished since <paramref name="since"/>; null where nothing moves.</summary>
    public Task<DateTimeOffset?> FindReachedAsync(bool urgent, DateTimeOffset since, DateTimeOffset now, CancellationToken cancellationToken) =>
        database.ReadAsync(async session => (await session.FindAsync<ReachedRow>(Reached, new { Urgent = urgent, Since = since, Now = now }))?.HintedAt, cancellationToken);

    /// <summary>Notes that a message about the version was just published.</summary>
    public Task MarkHintedAsync(long studyVersionId, DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(
        session => session.ExecuteAsync("UPDATE study_version SET hinted_at = @Now WHERE id = @Id", new { Id = studyVersionId, Now = now }), cancellationToken);

    /// <summary>Whether the version is the current one of its study, or the one that the current version inherits from: only such a version is reported.</summary>
    public Task<bool> StandsAsync(long studyVersionId, CancellationToken cancellationToken) => database.ReadAsync(
        async session => await session.ScalarAsync<int>(ReportSuccession.Stands, new { StudyVersionId = studyVersionId }) == 1, cancellationToken);

    public Task<StudyVersionRow?> FindVersionAsync(long studyVersionId, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.FindAsync<StudyVersionRow>($"{StudyVersionRow.Select} WHERE v.id = @Id", new { Id = studyVersionId }), cancellationToken);

    public Task<IReadOnlyList<StudyVersionRow>> ListVersionsAsync(string studyInstanceUid, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.QueryAsync<StudyVersionRow>($"{StudyVersionRow.Select} WHERE s.study_instance_uid = @Uid ORDER BY v.version", new { Uid = studyInstanceUid }), cancellationToken);

    /// <summary>A version's objects, by series and instance number.</summary>
    public Task<IReadOnlyList<InstanceRow>> ListInstancesAsync(long studyVersionId, CancellationToken cancellationToken) => database.ReadAsync(session => session.QueryAsync<InstanceRow>(
        $"{InstanceRow.Select} JOIN study_version_instance m ON m.instance_id = i.id WHERE m.study_version_id = @Id ORDER BY i.series_number, i.instance_number, i.id",
        new { Id = studyVersionId }), cancellationToken);

    /// <summary>The calling AE titles that sent objects of a study, the earliest first.</summary>
    public Task<IReadOnlyList<string>> ListSendersAsync(long studyId, CancellationToken cancellationToken) => database.ReadAsync(session => session.QueryAsync<string>("""
        SELECT a.calling_ae_title FROM instance i JOIN association a ON a.id = i.association_id
        WHERE i.study_id = @StudyId AND i.origin = 'Peer' GROUP BY a.calling_ae_title ORDER BY MIN(i.id)
        """, new { StudyId = studyId }), cancellationToken);

    /// <summary>The rejection notes that name objects of a study, in the order of their arrival.</summary>
    public Task<IReadOnlyList<RejectionNoteRow>> ListRejectionNotesAsync(string studyInstanceUid, CancellationToken cancellationToken) => database.ReadAsync(session => session.QueryAsync<RejectionNoteRow>("""
        SELECT code, received_at, COUNT(*) AS objects FROM rejection WHERE study_instance_uid = @Uid GROUP BY note_instance_id, code, received_at ORDER BY note_instance_id
        """, new { Uid = studyInstanceUid }), cancellationToken);

    /// <summary>The objects of a study that are here and that its PACS rejected.</summary>
    public Task<IReadOnlyList<RejectedCount>> CountRejectedAsync(long studyId, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.QueryAsync<RejectedCount>(Rejection.Count, new { StudyId = studyId }), cancellationToken);

    public Task<StudyRow?> FindAsync(string studyInstanceUid, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.FindAsync<StudyRow>($"SELECT {StudyRow.Columns} FROM study s WHERE s.study_instance_uid = @Uid", new { Uid = studyInstanceUid }), cancellationToken);
}

// A row, since a lone value that is null does not come through a type handler of Dapper's.
internal sealed record ReachedRow
{
    public DateTimeOffset? HintedAt { get; init; }
}

/// <summary>An association that brought instances of a study version.</summary>
public sealed record ContributingAssociation
{
    public string Id { get; init; } = "";
    public DateTimeOffset? EndedAt { get; init; }
    public string? EndKind { get; init; }
    public int Instances { get; init; }
}
