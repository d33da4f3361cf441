using EchoClr.Shared.Audit;

namespace EchoClr.Shared.Data;

/// <summary>Which studies have come to an end, and giving up their pixels: rows, hashes and reasons stay.</summary>
public sealed class RetentionStore(Database database)
{
    // IN, not EXISTS: it begins at the instances that are kept, of a month, and not at the studies of all years.
    // The current version's analysis is reported and every delivery of the study is over; nothing of it is open, waiting, held or parked.
    // A result that no destination wanted stays: nobody has confirmed it. Studies of our own objects alone have no version and end with their age.
    private const string IsFinished = """
        COALESCE(s.last_arrival_at, s.last_received_at) < @Before
        AND s.id IN (SELECT i.study_id FROM instance i WHERE i.file_key IS NOT NULL)
        AND NOT EXISTS (SELECT 1 FROM study_version v WHERE v.study_id = s.id AND v.state = 'Open')
        AND NOT EXISTS (
            SELECT 1 FROM study_version v JOIN study_version e ON e.id = COALESCE(v.inherits_from_id, v.id) WHERE v.study_id = s.id AND v.state = 'Complete'
            AND (NOT EXISTS (SELECT 1 FROM analysis a WHERE a.study_version_id = e.id)
                 OR EXISTS (SELECT 1 FROM analysis a WHERE a.study_version_id = e.id
                            AND (a.reported_at IS NULL OR (a.state = 'Analyzed' AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.analysis_id = a.id))))))
        AND NOT EXISTS (SELECT 1 FROM study_version v JOIN analysis a ON a.study_version_id = v.id JOIN delivery d ON d.analysis_id = a.id
                        WHERE v.study_id = s.id AND d.state NOT IN ('Confirmed', 'Dropped'))
        """;

    private const string ListExpirable = $"""
        SELECT id FROM (SELECT s.id, ROW_NUMBER() OVER (ORDER BY s.last_received_at, s.id) AS place FROM study s WHERE {IsFinished}) finished WHERE place <= @Limit ORDER BY place
        """;

    private const string ListSaliency = """
        SELECT o.file_key, o.length FROM result_object o JOIN analysis a ON a.id = o.analysis_id JOIN study_version v ON v.id = a.study_version_id
        WHERE v.study_id = @Id AND o.kind = 'SaliencyCine' AND o.expired_at IS NULL
        """;

    private const string ExpireSaliency = """
        UPDATE result_object SET expired_at = @Now WHERE kind = 'SaliencyCine' AND expired_at IS NULL
        AND analysis_id IN (SELECT a.id FROM analysis a JOIN study_version v ON v.id = a.study_version_id WHERE v.study_id = @Id)
        """;

    /// <summary>Finished studies whose last arrival was before a time, oldest first.</summary>
    public Task<IReadOnlyList<long>> ListAsync(DateTimeOffset before, int limit, CancellationToken cancellationToken) =>
        database.ReadAsync(session => session.QueryAsync<long>(ListExpirable, new { Before = before, Limit = limit }), cancellationToken);

    /// <summary>
    /// Says in the rows that a study's pixels are gone, and gives the files, which are the caller's to delete. Null when something has come or begun since it was listed:
    /// the question is asked once more inside the transaction.
    /// </summary>
    public Task<ExpiredStudy?> ExpireAsync(long studyId, DateTimeOffset before, string why, DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(async session =>
    {
        var key = new { Id = studyId, Before = before, Now = now };
        if (await session.FindAsync<string>($"SELECT s.study_instance_uid FROM study s WHERE s.id = @Id AND {IsFinished}", key) is not { } uid)
            return null;
        var objects = await session.QueryAsync<FileRow>("SELECT file_key, sop_class_uid, dataset_offset + dataset_length AS length FROM instance WHERE study_id = @Id AND file_key IS NOT NULL", key);
        var cines = await session.QueryAsync<FileRow>(ListSaliency, key);
        await session.ExecuteAsync("UPDATE instance SET file_key = NULL, expired_at = @Now WHERE study_id = @Id AND file_key IS NOT NULL", key);
        await session.ExecuteAsync(ExpireSaliency, key);
        var counts = objects.GroupBy(item => item.SopClassUid).Select(group => new AuditedInstances { SopClassUid = group.Key, Count = group.Count() });
        await AuditTrail.RecordAsync(session, AuditEvents.Expired(new AuditedStudy(uid, [.. counts]), why), now);
        return new ExpiredStudy([.. objects.Concat(cines).Select(item => item.FileKey)], objects.Concat(cines).Sum(item => item.Length));
    }, cancellationToken);

    /// <summary>Files of results that a death left behind after their rows had said that they are gone.</summary>
    public Task<IReadOnlyList<string>> ListExpiredResultsAsync(CancellationToken cancellationToken) =>
        database.ReadAsync(session => session.QueryAsync<string>("SELECT file_key FROM result_object WHERE expired_at IS NOT NULL"), cancellationToken);

    /// <summary>Forgets associations that are over and brought nothing at all (C-ECHO, a PACS's commitment reports): a monitor that calls every ten seconds must not fill the table.</summary>
    public Task<int> ForgetEmptyAssociationsAsync(DateTimeOffset before, CancellationToken cancellationToken) => database.WriteAsync(session => session.ExecuteAsync("""
        DELETE FROM association WHERE started_at < @Before AND ended_at IS NOT NULL AND COALESCE(instances_stored, 0) = 0
        AND NOT EXISTS (SELECT 1 FROM instance i WHERE i.association_id = association.id)
        AND NOT EXISTS (SELECT 1 FROM instance_conflict c WHERE c.association_id = association.id)
        AND NOT EXISTS (SELECT 1 FROM refusal r WHERE r.association_id = association.id)
        """, new { Before = before }), cancellationToken);

    private sealed record FileRow
    {
        public string FileKey { get; init; } = "";
        public string SopClassUid { get; init; } = "";
        public long Length { get; init; }
    }
}

/// <param name="FileKeys">Received objects and saliency cines whose rows now say that they are gone.</param>
public sealed record ExpiredStudy(IReadOnlyList<string> FileKeys, long Bytes);
