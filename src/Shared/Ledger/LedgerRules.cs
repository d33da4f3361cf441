using EchoClr.Shared.Data;

namespace EchoClr.Shared.Ledger;

/// <summary>One thing that must hold in the tables: a single statement, so that it sees one moment of a system at work, which selects the ids of rows that break it.</summary>
/// <param name="Row">What the id is of: a table, in words.</param>
/// <param name="Break">What is wrong with such a row.</param>
internal sealed record LedgerRule(string Row, string Break, string Sql);

/// <summary>The rules of the ledger that the tables alone can tell (design §5.2 to §5.5). The schema's own constraints are not repeated here.</summary>
internal static class LedgerRules
{
    private const string NotDone = "('Held', 'Waiting', 'Sending', 'Sent', 'CommitmentRequested')";

    /// <summary>In no current version because its PACS rejected it: an end of its own.</summary>
    private const string IsRejected = $"""
        (NOT EXISTS (SELECT 1 FROM study_version_instance m JOIN study_version v ON v.id = m.study_version_id WHERE m.instance_id = i.id AND v.state IN ('Open', 'Complete'))
         AND {Rejection.OfInstance})
        """;

    public static IReadOnlyList<LedgerRule> All { get; } =
    [
        new("instance", "is not in exactly one current study version", $"""
            SELECT i.id FROM instance i WHERE i.origin = 'Peer' AND 1 <> (
                SELECT COUNT(*) FROM study_version_instance m JOIN study_version v ON v.id = m.study_version_id WHERE m.instance_id = i.id AND v.state IN ('Open', 'Complete'))
            AND NOT {IsRejected}
            """),
        new("instance", "is an object of ours and yet in a study version", """
            SELECT i.id FROM instance i WHERE i.origin = 'Own' AND EXISTS (SELECT 1 FROM study_version_instance m WHERE m.instance_id = i.id)
            """),
        new("instance", "is in a version of another study", """
            SELECT i.id FROM instance i JOIN study_version_instance m ON m.instance_id = i.id JOIN study_version v ON v.id = m.study_version_id WHERE v.study_id <> i.study_id
            """),
        new("instance", "names a file that a conflict names too", "SELECT i.id FROM instance i JOIN instance_conflict c ON c.file_key = i.file_key"),
        new("study", "has versions that are not numbered 1, 2, 3 …", "SELECT study_id FROM study_version GROUP BY study_id HAVING MIN(version) <> 1 OR MAX(version) <> COUNT(*)"),
        new("study version", "is superseded by nothing", """
            SELECT v.id FROM study_version v WHERE v.state = 'Superseded'
            AND NOT EXISTS (SELECT 1 FROM study_version n WHERE n.study_id = v.study_id AND n.state = 'Complete' AND n.version > v.version)
            """),
        new("study version", "is open before its complete predecessor", """
            SELECT v.id FROM study_version v JOIN study_version n ON n.study_id = v.study_id WHERE v.state = 'Open' AND n.version > v.version
            """),
        new("study version", "is complete without evidence", """
            SELECT v.id FROM study_version v WHERE v.state <> 'Open' AND (v.evidence IS NULL OR v.completed_at IS NULL OR v.instance_count IS NULL OR v.cine_set_sha256 IS NULL)
            """),
        new("study version", "does not hold the instances that it counted", """
            SELECT v.id FROM study_version v WHERE v.state <> 'Open'
            AND v.instance_count <> (SELECT COUNT(*) FROM study_version_instance m WHERE m.study_version_id = v.id)
            """),
        new("study version", "inherits from a version that does not stand for it", """
            SELECT v.id FROM study_version v JOIN study_version p ON p.id = v.inherits_from_id
            WHERE p.study_id <> v.study_id OR p.version >= v.version OR p.inherits_from_id IS NOT NULL OR p.cine_set_sha256 <> v.cine_set_sha256
            """),
        new("study version", "is parked without a reason", "SELECT v.id FROM study_version v WHERE v.analysis_parked_at IS NOT NULL AND v.analysis_error IS NULL"),
        new("study version", "is parked although it is analysed", """
            SELECT v.id FROM study_version v WHERE v.analysis_parked_at IS NOT NULL AND v.reanalysis_requested_at IS NULL AND EXISTS (SELECT 1 FROM analysis a WHERE a.study_version_id = v.id)
            """),
        new("study version", "is half claimed", """
            SELECT v.id FROM study_version v WHERE v.claimed_by IS NULL AND v.claimed_until IS NOT NULL OR v.claimed_by IS NOT NULL AND v.claimed_until IS NULL
            """),
        new("analysis", "has findings, and no word of how they came about", """
            SELECT a.id FROM analysis a WHERE a.state = 'Analyzed' AND (a.details IS NULL OR NOT EXISTS (SELECT 1 FROM finding f WHERE f.analysis_id = a.id))
            """),
        new("analysis", "is reported without a report", """
            SELECT a.id FROM analysis a WHERE a.state = 'Analyzed' AND a.reported_at IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM result_object o WHERE o.analysis_id = a.id AND o.kind = 'StructuredReport')
            AND EXISTS (SELECT 1 FROM study_version c JOIN study_version v ON v.study_id = c.study_id
                        WHERE v.id = a.study_version_id AND c.state = 'Complete' AND COALESCE(c.inherits_from_id, c.id) = v.id)
            """),
        new("analysis", "has results before its report step is done", """
            SELECT a.id FROM analysis a WHERE a.reported_at IS NULL
            AND (EXISTS (SELECT 1 FROM result_object o WHERE o.analysis_id = a.id) OR EXISTS (SELECT 1 FROM delivery d WHERE d.analysis_id = a.id))
            """),
        new("delivery", "carries nothing", "SELECT d.id FROM delivery d WHERE NOT EXISTS (SELECT 1 FROM delivery_object x WHERE x.delivery_id = d.id)"),
        new("delivery", "carries another analysis's object", """
            SELECT d.id FROM delivery d JOIN delivery_object x ON x.delivery_id = d.id JOIN result_object o ON o.id = x.result_object_id WHERE o.analysis_id <> d.analysis_id
            """),
        new("delivery", "carries two reports of one analysis to one destination", """
            SELECT d.id FROM delivery d JOIN delivery_object x ON x.delivery_id = d.id JOIN result_object o ON o.id = x.result_object_id
            WHERE o.kind <> 'SaliencyCine' AND (o.purpose IS NULL OR o.purpose <> 'RejectionNote') AND x.superseded_at IS NULL GROUP BY d.id HAVING COUNT(*) > 1
            """),
        new("delivery", "has come to an end, or rests with a person, and is still due or claimed", """
            SELECT d.id FROM delivery d WHERE d.state IN ('Held', 'Confirmed', 'Parked', 'Dropped') AND (d.next_attempt_at IS NOT NULL OR d.claimed_by IS NOT NULL OR d.claimed_until IS NOT NULL)
            """),
        new("delivery", "waits for no time", "SELECT d.id FROM delivery d WHERE d.state IN ('Waiting', 'Sent', 'CommitmentRequested') AND d.next_attempt_at IS NULL"),
        new("delivery", "is in nobody's hands", "SELECT d.id FROM delivery d WHERE d.state = 'Sending' AND (d.claimed_by IS NULL OR d.claimed_until IS NULL)"),
        new("delivery", "is given up without a reason", "SELECT d.id FROM delivery d WHERE d.state IN ('Parked', 'Dropped') AND d.reason IS NULL"),
        new("delivery", "is sent, and an object of it is not", """
            SELECT d.id FROM delivery d WHERE d.state IN ('Sent', 'CommitmentRequested')
            AND (d.sent_at IS NULL OR EXISTS (SELECT 1 FROM delivery_object x WHERE x.delivery_id = d.id AND x.sent_at IS NULL AND x.superseded_at IS NULL))
            """),
        new("delivery", "awaits a commitment that was never requested", """
            SELECT d.id FROM delivery d WHERE d.state = 'CommitmentRequested'
            AND NOT EXISTS (SELECT 1 FROM commitment_request r WHERE r.transaction_uid = d.commitment_transaction_uid AND r.delivery_id = d.id)
            """),
        new("delivery", "is confirmed, and an object of it is not", """
            SELECT d.id FROM delivery d WHERE d.state = 'Confirmed'
            AND (d.confirmed_at IS NULL OR d.confirmed_by IS NULL OR EXISTS (SELECT 1 FROM delivery_object x WHERE x.delivery_id = d.id AND x.confirmed_at IS NULL AND x.superseded_at IS NULL))
            """),
        new("delivery", "is of a withdrawn report, and does not say so", """
            SELECT d.id FROM delivery d JOIN withdrawal w ON w.analysis_id = d.analysis_id WHERE w.written_at IS NOT NULL AND d.state <> 'Dropped'
            AND NOT EXISTS (SELECT 1 FROM delivery_object x JOIN result_object o ON o.id = x.result_object_id WHERE x.delivery_id = d.id AND x.superseded_at IS NULL AND o.purpose = 'Withdrawal')
            """),
    ];

    /// <summary>
    /// Where each instance that we answered Success for stands, by the current version that holds it: the terms of the equation. An analysis whose
    /// deliveries are all over is reported; one with a parked delivery is parked; anything that will still go on by itself is waiting.
    /// </summary>
    public const string CountEnds = $"""
        SELECT place AS name, COUNT(*) AS instances FROM (
            SELECT CASE
                WHEN i.expired_at IS NOT NULL THEN 'expired'
                WHEN v.state = 'Open' THEN 'waiting'
                WHEN a.id IS NULL AND e.analysis_parked_at IS NOT NULL THEN 'parked'
                WHEN a.id IS NULL OR a.reported_at IS NULL THEN 'waiting'
                WHEN EXISTS (SELECT 1 FROM delivery d WHERE d.analysis_id = a.id AND d.state = 'Parked') THEN 'parked'
                WHEN EXISTS (SELECT 1 FROM delivery d WHERE d.analysis_id = a.id AND d.state IN {NotDone}) THEN 'waiting'
                WHEN v.inherits_from_id IS NOT NULL THEN 'inherited'
                WHEN a.state = 'NotAnalyzed' THEN 'refused'
                ELSE 'reported' END AS place
            FROM instance i
            JOIN study_version_instance m ON m.instance_id = i.id
            JOIN study_version v ON v.id = m.study_version_id AND v.state IN ('Open', 'Complete')
            JOIN study_version e ON e.id = COALESCE(v.inherits_from_id, v.id)
            LEFT JOIN analysis a ON a.id = (SELECT MAX(n.id) FROM analysis n WHERE n.study_version_id = e.id)
            WHERE i.origin = 'Peer'
            UNION ALL
            SELECT CASE WHEN i.expired_at IS NOT NULL THEN 'expired' ELSE 'rejected' END AS place FROM instance i WHERE i.origin = 'Peer' AND {IsRejected}) ends
        GROUP BY place
        """;
}
