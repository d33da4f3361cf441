using System.Diagnostics;
using EchoClr.Shared.Audit;

namespace EchoClr.Shared.Data;

/// <summary>What a reader says of a finding.</summary>
public enum LabelValue
{
    Present,
    Absent,

    /// <summary>Neither: it is kept, and learned from or judged by never.</summary>
    Unsure,
}

/// <summary>Readers' words on studies. Nothing is overwritten: the newest word of a reader stands, and what stood before can be told.</summary>
public sealed class LabelStore(Database database)
{
    /// <summary>Of each study and finding the newest word of anybody who had not seen the AI's.</summary>
    private const string NewestBlind = """
        SELECT study_id, study_instance_uid, name, value FROM (
            SELECT l.study_id, s.study_instance_uid, l.name, l.value, ROW_NUMBER() OVER (PARTITION BY l.study_id, l.name ORDER BY l.created_at DESC, l.id DESC) AS place
            FROM label l JOIN study s ON s.id = l.study_id WHERE l.saw_ai = @SawAi) newest
        WHERE place = 1 AND value <> 'Unsure' ORDER BY study_id, name
        """;

    /// <summary>Adds labels, all or none; one that says what its reader's newest already says is left out. Returns how many were added.</summary>
    /// <param name="source">Where they come from: <c>import</c>, <c>portal</c>.</param>
    public Task<int> AddAsync(IReadOnlyList<NewLabel> labels, string source, AuditParticipant who, DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(async session =>
    {
        var added = 0;
        var trace = ActivityTraceId.CreateRandom().ToHexString();
        foreach (var label in labels)
        {
            added += await session.ExecuteAsync("""
                INSERT INTO label (study_id, name, value, reader, source, saw_ai, created_at, trace_id)
                SELECT @StudyId, @Name, @Value, @Reader, @Source, @SawAi, @Now, @TraceId
                WHERE NOT EXISTS (
                    SELECT 1 FROM label WHERE value = @Value AND saw_ai = @SawAi
                    AND id = (SELECT MAX(id) FROM label WHERE study_id = @StudyId AND name = @Name AND reader = @Reader))
                """, new { label.StudyId, Name = Text.Cut(label.Name, 200), Value = label.Value.ToString(), Reader = Text.Cut(label.Reader, 200), Source = source, label.SawAi, Now = now, TraceId = trace });
        }
        if (added > 0)
            await AuditTrail.RecordAsync(session, AuditEvents.LabelsChanged(who, $"{added} labels added ({source})"), now);
        return added;
    }, cancellationToken);

    /// <summary>The studies that a UID names, or that are of a patient; empty where there are none.</summary>
    public Task<IReadOnlyList<long>> FindStudiesAsync(string? studyInstanceUid, string? patientId, CancellationToken cancellationToken) => database.ReadAsync(session => session.QueryAsync<long>(
        "SELECT id FROM study WHERE (@Uid IS NULL OR study_instance_uid = @Uid) AND (@Patient IS NULL OR patient_id = @Patient) AND (@Uid IS NOT NULL OR @Patient IS NOT NULL) ORDER BY id",
        new { Uid = studyInstanceUid, Patient = patientId }), cancellationToken);

    /// <summary>Every label, oldest first.</summary>
    public Task<IReadOnlyList<LabelRow>> ListAsync(CancellationToken cancellationToken) => database.ReadAsync(session => session.QueryAsync<LabelRow>("""
        SELECT l.id, l.study_id, s.study_instance_uid, l.name, l.value, l.reader, l.source, l.saw_ai, l.created_at FROM label l JOIN study s ON s.id = l.study_id ORDER BY l.id
        """), cancellationToken);

    /// <summary>What a model may be judged by: each study's newest label of a finding that was read without seeing the AI, the unsure ones left out.</summary>
    public Task<IReadOnlyList<BlindLabel>> ListBlindAsync(CancellationToken cancellationToken) =>
        database.ReadAsync(session => session.QueryAsync<BlindLabel>(NewestBlind, new { SawAi = false }), cancellationToken);
}

/// <param name="Name">The finding, as models name it: <c>AS</c>.</param>
/// <param name="SawAi">Whether the AI's finding was on the screen when the reader decided.</param>
public sealed record NewLabel(long StudyId, string Name, LabelValue Value, string Reader, bool SawAi);

public sealed record LabelRow
{
    public long Id { get; init; }
    public long StudyId { get; init; }
    public string StudyInstanceUid { get; init; } = "";
    public string Name { get; init; } = "";
    public string Value { get; init; } = "";
    public string Reader { get; init; } = "";
    public string Source { get; init; } = "";
    public bool SawAi { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
}

public sealed record BlindLabel
{
    public long StudyId { get; init; }
    public string StudyInstanceUid { get; init; } = "";
    public string Name { get; init; } = "";

    /// <summary>Present or Absent.</summary>
    public LabelValue Value { get; init; }
}
