namespace EchoClr.Shared.Data;

/// <summary>A rejection note as it came: a Key Object Selection of IHE RAD's Imaging Object Change Management, with the objects that it names.</summary>
/// <param name="Code">One of <see cref="Rejection.Titles"/>.</param>
public sealed record RejectionNote(string Code, IReadOnlyList<RejectedObject> Objects);

public sealed record RejectedObject(string StudyInstanceUid, string SopInstanceUid);

/// <summary>How many objects of a study are here and out of its versions, by the title of the note that rejected them.</summary>
public sealed record RejectedCount
{
    public string Code { get; init; } = "";
    public int Objects { get; init; }
}

/// <summary>A note, and how many objects of one study it names, whether they are here or not.</summary>
public sealed record RejectionNoteRow
{
    public string Code { get; init; } = "";
    public DateTimeOffset ReceivedAt { get; init; }
    public int Objects { get; init; }
}

/// <summary>What PACS reject: the rows of their notes, and what these mean for the instances that they name.</summary>
public static class Rejection
{
    /// <summary>The retention ran out at the PACS: nothing is wrong with the object, so it stays what it is here, until our own retention.</summary>
    public const string RetentionExpired = "113039";

    /// <summary>The document titles that make a Key Object Selection a rejection note (PS3.16 CID 7011), all of coding scheme DCM, with their meanings.</summary>
    public static IReadOnlyDictionary<string, string> Titles { get; } = new Dictionary<string, string>
    {
        ["113001"] = "Rejected for Quality Reasons",
        ["113037"] = "Rejected for Patient Safety Reasons",
        ["113038"] = "Incorrect Modality Worklist Entry",
        [RetentionExpired] = "Data Retention Policy Expired",
    };

    /// <summary>A row of <c>instance i</c> that must be in no version any more. A note counts only for the study that it names.</summary>
    internal const string OfInstance = $"""
        EXISTS (SELECT 1 FROM rejection r JOIN study rs ON rs.study_instance_uid = r.study_instance_uid
                WHERE r.sop_instance_uid = i.sop_instance_uid AND rs.id = i.study_id AND r.code <> '{RetentionExpired}')
        """;

    /// <summary>Each object once, although several notes may name it.</summary>
    internal const string Count = $"""
        SELECT code, COUNT(*) AS objects FROM (
            SELECT i.id, MIN(r.code) AS code FROM instance i JOIN study s ON s.id = i.study_id
            JOIN rejection r ON r.sop_instance_uid = i.sop_instance_uid AND r.study_instance_uid = s.study_instance_uid
            WHERE i.study_id = @StudyId AND i.origin = 'Peer' AND r.code <> '{RetentionExpired}' GROUP BY i.id) rejected
        GROUP BY code ORDER BY code
        """;

    private const string Insert = """
        INSERT INTO rejection (note_instance_id, code, study_instance_uid, sop_instance_uid, received_at, trace_id)
        SELECT @NoteInstanceId, @Code, @StudyInstanceUid, @SopInstanceUid, @ReceivedAt, trace_id FROM instance WHERE id = @NoteInstanceId
        """;

    /// <summary>Writes a note down, whether its objects are here, come later, or never. Returns the other studies that it names and that are known here.</summary>
    internal static async Task<IReadOnlyList<long>> RecordAsync(Session session, long noteInstanceId, NewInstance note)
    {
        foreach (var rejected in note.Rejects!.Objects.Distinct())
            await session.ExecuteAsync(Insert, new { NoteInstanceId = noteInstanceId, note.Rejects.Code, rejected.StudyInstanceUid, rejected.SopInstanceUid, note.ReceivedAt });
        return await session.QueryAsync<long>(
            "SELECT DISTINCT s.id FROM study s JOIN rejection r ON r.study_instance_uid = s.study_instance_uid WHERE r.note_instance_id = @Id AND s.study_instance_uid <> @StudyInstanceUid",
            new { Id = noteInstanceId, note.StudyInstanceUid });
    }

    /// <summary>"2 objects that the PACS rejected (Rejected for Quality Reasons) were not read."; null where there are none.</summary>
    public static string? Sentence(IReadOnlyList<RejectedCount> counts)
    {
        if (counts.Count == 0)
            return null;
        var objects = counts.Sum(count => count.Objects);
        var titles = string.Join(", ", counts.Select(count => Titles.GetValueOrDefault(count.Code, count.Code)));
        return $"{objects} {(objects == 1 ? "object" : "objects")} of the study that the PACS rejected ({titles}) {(objects == 1 ? "was" : "were")} not read.";
    }
}
