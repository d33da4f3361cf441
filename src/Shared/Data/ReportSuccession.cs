namespace EchoClr.Shared.Data;

/// <summary>
/// How the reports of one study follow one another at a destination: only the version that stands is reported, in the order of the versions, and what a later
/// report has overtaken unsent is not sent any more.
/// </summary>
internal static class ReportSuccession
{
    /// <summary>1 while @StudyVersionId is the current version of its study, or the one that the current version inherits from.</summary>
    internal const string Stands = """
        SELECT CASE WHEN EXISTS (
            SELECT 1 FROM study_version v JOIN study_version c ON c.study_id = v.study_id
            WHERE v.id = @StudyVersionId AND c.state = 'Complete' AND COALESCE(c.inherits_from_id, c.id) = v.id) THEN 1 ELSE 0 END
        """;

    // Deliveries of a study to one destination; ids grow with the versions, because only a version that stands is reported.
    private const string EarlierOfStudy = """
        analysis own JOIN study_version ov ON ov.id = own.study_version_id
        JOIN study_version ev ON ev.study_id = ov.study_id JOIN analysis ea ON ea.study_version_id = ev.id JOIN delivery e ON e.analysis_id = ea.id
        """;

    private const string ListRejected = $"""
        SELECT d.id, d.reason FROM delivery d JOIN analysis a ON a.id = d.analysis_id JOIN study_version v ON v.id = a.study_version_id
        WHERE v.id = @VersionId AND d.state IN ('Waiting', 'Held', 'Parked')
          AND NOT EXISTS (SELECT 1 FROM delivery_object x WHERE x.delivery_id = d.id AND x.sent_at IS NOT NULL)
          AND EXISTS (SELECT 1 FROM study_version_instance m JOIN instance i ON i.id = m.instance_id WHERE m.study_version_id = v.id AND {Rejection.OfInstance})
        """;

    private const string ListOvertaken = $"""
        SELECT e.id, e.reason FROM {EarlierOfStudy} JOIN delivery d ON d.analysis_id = own.id AND d.destination = e.destination AND e.id < d.id
        WHERE d.id = @Id AND e.state IN ('Parked', 'Held')
          AND NOT EXISTS (SELECT 1 FROM delivery_object x JOIN result_object o ON o.id = x.result_object_id
                          WHERE x.delivery_id = e.id AND o.kind <> 'SaliencyCine' AND x.sent_at IS NOT NULL)
        """;

    /// <summary>A row of <c>delivery</c> whose study has an earlier report that is not stored there yet: the destination must never hold the later one first.</summary>
    internal const string EarlierIsUnderWay = $"""
        EXISTS (SELECT 1 FROM {EarlierOfStudy}
                WHERE own.id = delivery.analysis_id AND e.destination = delivery.destination AND e.id < delivery.id AND e.state IN ('Waiting', 'Sending'))
        """;

    /// <summary>A row of <c>delivery</c> of which the PACS has rejected an object, and whose study's next version, which leaves it out, is still open.</summary>
    internal const string RejectionIsUndecided = $"""
        EXISTS (SELECT 1 FROM analysis own JOIN study_version ov ON ov.id = own.study_version_id
                JOIN study_version n ON n.study_id = ov.study_id AND n.state = 'Open'
                JOIN study_version_instance m ON m.study_version_id = ov.id JOIN instance i ON i.id = m.instance_id
                WHERE own.id = delivery.analysis_id AND {Rejection.OfInstance})
        """;

    /// <summary>
    /// The reports of earlier analyses of the same study, newest first. One is under way where a destination holds it or will get it; of one that was given up
    /// unsent, a later report must not speak.
    /// </summary>
    internal const string ListEarlierReports = """
        SELECT o.id, o.analysis_id, COALESCE(o.purpose, o.kind) AS kind, o.sop_class_uid, o.sop_instance_uid, o.series_instance_uid, o.file_key,
               CASE WHEN EXISTS (
                   SELECT 1 FROM delivery_object x JOIN delivery d ON d.id = x.delivery_id
                   WHERE x.result_object_id = o.id AND (x.sent_at IS NOT NULL OR d.state NOT IN ('Parked', 'Dropped'))) THEN 1 ELSE 0 END AS under_way
        FROM result_object o JOIN analysis a ON a.id = o.analysis_id JOIN study_version v ON v.id = a.study_version_id
        JOIN study_version own ON own.study_id = v.study_id
        WHERE own.id = @StudyVersionId AND (v.version < own.version OR v.id = own.id AND a.id < @Id) AND o.kind IN ('StructuredReport', 'TextReport') AND (o.purpose IS NULL OR o.purpose <> 'RejectionNote')
        ORDER BY v.version DESC, o.id DESC
        """;

    /// <summary>The destinations that hold an earlier report of the study, or will get it.</summary>
    internal const string ListEarlierDestinations = """
        SELECT DISTINCT d.destination FROM delivery d JOIN analysis a ON a.id = d.analysis_id JOIN study_version v ON v.id = a.study_version_id
        JOIN study_version own ON own.study_id = v.study_id
        WHERE own.id = @StudyVersionId AND (v.version < own.version OR v.id = own.id AND a.id < @Id)
          AND (d.state NOT IN ('Parked', 'Dropped')
               OR EXISTS (SELECT 1 FROM delivery_object x JOIN result_object o ON o.id = x.result_object_id
                          WHERE x.delivery_id = d.id AND o.kind <> 'SaliencyCine' AND x.sent_at IS NOT NULL))
        """;

    /// <summary>Drops what a report that is now stored has overtaken: parked or held, and never stored itself. Sent later it would look like the newest word.</summary>
    internal static async Task DropOvertakenAsync(Session session, long deliveryId, DateTimeOffset now)
    {
        var overtaken = await session.QueryAsync<Unsent>(ListOvertaken, new { Id = deliveryId });
        await DropAsync(session, overtaken, "a later report of the study was sent in its place", now);
    }

    /// <summary>Drops what waits to be sent of a version that another is about to supersede because the PACS rejected some of its objects.</summary>
    internal static async Task DropRejectedAsync(Session session, StudyVersionRow version, DateTimeOffset now)
    {
        var rejected = await session.QueryAsync<Unsent>(ListRejected, new { VersionId = version.InheritsFromId ?? version.Id });
        await DropAsync(session, rejected, "the PACS rejected an object that it rests on", now);
    }

    private static async Task DropAsync(Session session, IReadOnlyList<Unsent> deliveries, string reason, DateTimeOffset now)
    {
        foreach (var delivery in deliveries)
            await session.ExecuteAsync("""
                UPDATE delivery SET state = 'Dropped', reason = @Reason, next_attempt_at = NULL, updated_at = @Now, row_version = row_version + 1
                WHERE id = @Id AND state IN ('Waiting', 'Held', 'Parked')
                """, new { delivery.Id, Now = now, Reason = Text.Cut(delivery.Reason is null ? reason : $"{reason}; before that: {delivery.Reason}", 2000) });
    }

    private sealed record Unsent
    {
        public long Id { get; init; }
        public string? Reason { get; init; }
    }
}
