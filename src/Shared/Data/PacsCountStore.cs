namespace EchoClr.Shared.Data;

/// <summary>What PACS answered about the number of instances of open study versions.</summary>
public sealed class PacsCountStore(Database database)
{
    private const string ListOpen = """
        SELECT c.study_version_id, c.ae_title, c.asked_at, c.row_version, c.instances, c.missing, c.answer, c.fetches, c.fetched
        FROM pacs_count c JOIN study_version v ON v.id = c.study_version_id WHERE v.state = 'Open'
        """;

    // Our own results are at the PACS, too, once they are sent: it counts them.
    private const string ListHeld = """
        SELECT sop_instance_uid FROM instance WHERE study_id = @StudyId
        UNION
        SELECT o.sop_instance_uid FROM result_object o JOIN analysis a ON a.id = o.analysis_id JOIN study_version v ON v.id = a.study_version_id WHERE v.study_id = @StudyId
        """;

    /// <summary>The last answer about each open version that a PACS was asked about.</summary>
    public Task<IReadOnlyDictionary<long, PacsCountRow>> ListOpenAsync(CancellationToken cancellationToken) => database.ReadAsync(
        async session => (IReadOnlyDictionary<long, PacsCountRow>)(await session.QueryAsync<PacsCountRow>(ListOpen)).ToDictionary(row => row.StudyVersionId), cancellationToken);

    /// <summary>
    /// Notes that the PACS is asked now; false where it was asked since <paramref name="askedBefore"/> and no instance came after that. Until the new answer is here the
    /// last one stays, with the row_version that it was about.
    /// </summary>
    public Task<bool> TryAskAsync(StudyVersionRow open, string aeTitle, DateTimeOffset now, DateTimeOffset askedBefore, CancellationToken cancellationToken) => database.WriteAsync(async session =>
    {
        var row = new { open.Id, AeTitle = aeTitle, Now = now, AskedBefore = askedBefore, open.LastReceivedAt };
        if (await session.ExecuteAsync("""
            INSERT INTO pacs_count (study_version_id, ae_title, asked_at, row_version, answer)
            SELECT @Id, @AeTitle, @Now, -1, 'not answered yet' WHERE NOT EXISTS (SELECT 1 FROM pacs_count WHERE study_version_id = @Id)
            """, row) == 1)
            return true;
        return await session.ExecuteAsync("""
            UPDATE pacs_count SET asked_at = @Now, ae_title = @AeTitle WHERE study_version_id = @Id AND (asked_at <= @AskedBefore OR asked_at <= @LastReceivedAt)
            """, row) == 1;
    }, cancellationToken);

    /// <param name="instances">What the PACS counts, and <paramref name="missing"/> of these; both null where its answer cannot be used.</param>
    /// <param name="answer">The same in words.</param>
    public Task RecordAnswerAsync(long studyVersionId, int rowVersion, int? instances, int? missing, string answer, CancellationToken cancellationToken) => database.WriteAsync(session => session.ExecuteAsync(
        "UPDATE pacs_count SET row_version = @RowVersion, instances = @Instances, missing = @Missing, answer = @Answer WHERE study_version_id = @Id",
        new { Id = studyVersionId, RowVersion = rowVersion, Instances = instances, Missing = missing, Answer = Text.Cut(answer, 2000) }), cancellationToken);

    /// <summary>Counts a C-MOVE before it begins.</summary>
    public Task RecordFetchAsync(long studyVersionId, CancellationToken cancellationToken) => database.WriteAsync(
        session => session.ExecuteAsync("UPDATE pacs_count SET fetches = fetches + 1 WHERE study_version_id = @Id", new { Id = studyVersionId }), cancellationToken);

    /// <summary>Notes how a C-MOVE ended; the next question may follow at once.</summary>
    public Task RecordFetchedAsync(long studyVersionId, string fetched, CancellationToken cancellationToken) => database.WriteAsync(session => session.ExecuteAsync(
        "UPDATE pacs_count SET fetched = @Fetched WHERE study_version_id = @Id", new { Id = studyVersionId, Fetched = Text.Cut(fetched, 2000) }), cancellationToken);

    /// <summary>The SOP Instance UIDs of a study that are here or were made here, and how many of them peers made.</summary>
    public Task<(IReadOnlySet<string> Uids, int FromPeers)> ListHeldAsync(long studyId, CancellationToken cancellationToken) => database.ReadAsync(async session =>
    {
        IReadOnlySet<string> uids = (await session.QueryAsync<string>(ListHeld, new { StudyId = studyId })).ToHashSet(StringComparer.Ordinal);
        return (uids, await session.ScalarAsync<int>("SELECT COUNT(*) FROM instance WHERE study_id = @StudyId AND origin = 'Peer'", new { StudyId = studyId }));
    }, cancellationToken);
}

/// <summary>The last answer of a PACS about an open study version.</summary>
public sealed record PacsCountRow
{
    public long StudyVersionId { get; init; }
    public string AeTitle { get; init; } = "";
    public DateTimeOffset AskedAt { get; init; }

    /// <summary>The version's when it was asked; another one now means that instances came since.</summary>
    public int RowVersion { get; init; }
    public int? Instances { get; init; }

    /// <summary>Of the instances that the PACS counts, those that are not here; null where its answer cannot be used.</summary>
    public int? Missing { get; init; }
    public string Answer { get; init; } = "";

    /// <summary>C-MOVE requests begun.</summary>
    public int Fetches { get; init; }

    /// <summary>How the last one ended.</summary>
    public string? Fetched { get; init; }
}
