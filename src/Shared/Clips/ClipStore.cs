using EchoClr.Shared.Audit;
using EchoClr.Shared.Data;

namespace EchoClr.Shared.Clips;

/// <summary>
/// Clips for learning. A row outlives its file: it then says Refused and why, so that the cine is not kept a second time when its study is read again.
/// A row says so before the file goes: a death in between leaves a file without a row, which is swept.
/// </summary>
public sealed class ClipStore(Database database)
{
    // A PACS may take an object back (wrong patient, poor quality): then nothing is learned from it either.
    private const string IsLearnable = $"""
        c.state = 'Ready' AND NOT EXISTS (SELECT 1 FROM clip_opt_out o WHERE o.patient_key = c.patient_key)
        AND NOT EXISTS (SELECT 1 FROM instance i WHERE i.id = c.instance_id AND {Rejection.OfInstance})
        """;

    private const string Insert = """
        INSERT INTO clip (instance_id, pipeline, state, file_key, sha256, length, frames, height, width, duration_ms, patient_key, study_key, timing, view_label, view_probability,
                          view_scores, view_model_sha256, created_at, trace_id)
        SELECT @InstanceId, @Pipeline, 'Ready', @FileKey, @Sha256, @Length, @Frames, @Height, @Width, @DurationMs, @PatientKey, @StudyKey, @Timing, @ViewLabel, @ViewProbability,
               @ViewScores, @ViewModelSha256, @CreatedAt, @TraceId
        WHERE NOT EXISTS (SELECT 1 FROM clip WHERE instance_id = @InstanceId AND pipeline = @Pipeline) AND NOT EXISTS (SELECT 1 FROM clip_opt_out WHERE patient_key = @PatientKey)
        """;

    /// <summary>Statements keep below SQL Server's 2,100 parameters.</summary>
    private const int Batch = 500;

    /// <summary>False where the cine has its clip already, or its patient is left out: the file is then the caller's to delete.</summary>
    public Task<bool> AddAsync(NewClip clip, CancellationToken cancellationToken) => database.WriteAsync(async session => await session.ExecuteAsync(Insert, clip) == 1, cancellationToken);

    /// <summary>The instances of a study that have a clip of this pipeline, or had one.</summary>
    public async Task<IReadOnlySet<long>> ListKnownAsync(string pipeline, IReadOnlyCollection<long> instanceIds, CancellationToken cancellationToken)
    {
        var known = new HashSet<long>();
        foreach (var ids in instanceIds.Chunk(Batch))
            known.UnionWith(await database.ReadAsync(
                session => session.QueryAsync<long>("SELECT instance_id FROM clip WHERE pipeline = @Pipeline AND instance_id IN @Ids", new { Pipeline = pipeline, Ids = ids }), cancellationToken));
        return known;
    }

    public Task<bool> IsOptedOutAsync(string patientKey, CancellationToken cancellationToken) => database.ReadAsync(
        async session => await session.ScalarAsync<int>("SELECT COUNT(*) FROM clip_opt_out WHERE patient_key = @Key", new { Key = patientKey }) > 0, cancellationToken);

    /// <summary>What a cohort may hold, in the order of ids.</summary>
    /// <param name="view">Null for every view.</param>
    public Task<IReadOnlyList<ClipRow>> ListLearnableAsync(string pipeline, string? view, double minViewProbability, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.QueryAsync<ClipRow>($"""
            SELECT {ClipRow.Columns} FROM clip c WHERE {IsLearnable} AND c.pipeline = @Pipeline AND (@View IS NULL OR (c.view_label = @View AND c.view_probability >= @Min)) ORDER BY c.id
            """, new { Pipeline = pipeline, View = view, Min = minViewProbability }), cancellationToken);

    /// <summary>The clips of one study, in the order of ids: what a model is judged by reads these and no DICOM.</summary>
    public Task<IReadOnlyList<ClipRow>> ListLearnableOfStudyAsync(string pipeline, long studyId, string view, double minViewProbability, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.QueryAsync<ClipRow>($"""
            SELECT {ClipRow.Columns} FROM clip c JOIN instance n ON n.id = c.instance_id
            WHERE n.study_id = @StudyId AND {IsLearnable} AND c.pipeline = @Pipeline AND c.view_label = @View AND c.view_probability >= @Min ORDER BY c.id
            """, new { StudyId = studyId, Pipeline = pipeline, View = view, Min = minViewProbability }), cancellationToken);

    public Task<IReadOnlyList<ClipCount>> CountAsync(CancellationToken cancellationToken) => database.ReadAsync(
        session => session.QueryAsync<ClipCount>($"""
            SELECT c.view_label, COUNT(*) AS clips, COUNT(DISTINCT c.patient_key) AS patients, SUM(c.length) AS bytes FROM clip c WHERE {IsLearnable} GROUP BY c.view_label ORDER BY c.view_label
            """), cancellationToken);

    public Task<int> CountOptedOutAsync(CancellationToken cancellationToken) => database.ReadAsync(session => session.ScalarAsync<int>("SELECT COUNT(*) FROM clip_opt_out"), cancellationToken);

    /// <summary>Patient and issuer as the studies here name them, each once: for an opt-out by what a person knows.</summary>
    public Task<IReadOnlyList<StudyPatient>> ListPatientsAsync(string? patientId, string? studyInstanceUid, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.QueryAsync<StudyPatient>("""
            SELECT DISTINCT patient_id, issuer_of_patient_id, CASE WHEN patient_id IS NULL OR patient_id = '' THEN study_instance_uid ELSE '' END AS study_instance_uid FROM study
            WHERE (@PatientId IS NOT NULL AND patient_id = @PatientId) OR study_instance_uid = @StudyInstanceUid
            """, new { PatientId = patientId, StudyInstanceUid = studyInstanceUid }), cancellationToken);

    /// <summary>Leaves a patient out from now on, and gives the files of the clips there were, which are the caller's to delete.</summary>
    public Task<IReadOnlyList<string>> OptOutAsync(string patientKey, string by, DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(async session =>
    {
        var who = new { Key = patientKey, By = by, Now = now };
        if (await session.ExecuteAsync("INSERT INTO clip_opt_out (patient_key, opted_at, opted_by) SELECT @Key, @Now, @By WHERE NOT EXISTS (SELECT 1 FROM clip_opt_out WHERE patient_key = @Key)", who) == 1)
            await AuditTrail.RecordAsync(session, AuditEvents.LearningOptOut(AuditParticipant.Operator() with { AlternativeUserId = by }, patientKey, optedOut: true), now);
        return await RemoveAsync(session, "patient_key = @Key", new { Key = patientKey, Reason = "the patient opted out" });
    }, cancellationToken);

    /// <summary>Takes an opt-out back: studies from now on are kept; what was deleted stays deleted. False where there was none.</summary>
    public Task<bool> UndoOptOutAsync(string patientKey, string by, DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(async session =>
    {
        if (await session.ExecuteAsync("DELETE FROM clip_opt_out WHERE patient_key = @Key", new { Key = patientKey }) == 0)
            return false;
        await AuditTrail.RecordAsync(session, AuditEvents.LearningOptOut(AuditParticipant.Operator() with { AlternativeUserId = by }, patientKey, optedOut: false), now);
        return true;
    }, cancellationToken);

    /// <summary>Deletes one clip for good; its file is the caller's to delete. Null where there is none.</summary>
    public async Task<string?> DeleteAsync(long clipId, string reason, CancellationToken cancellationToken) => (await database.WriteAsync(
        session => RemoveAsync(session, "id = @Id", new { Id = clipId, Reason = Text.Cut(reason, 2000) }), cancellationToken)).SingleOrDefault();

    /// <summary>Gives up clips made before a time, and the oldest of what is beyond the quota; the files are the caller's to delete.</summary>
    public Task<IReadOnlyList<string>> ExpireAsync(DateTimeOffset before, long quotaBytes, CancellationToken cancellationToken) => database.WriteAsync(async session =>
    {
        var old = await RemoveAsync(session, "created_at < @Before", new { Before = before, Reason = "older than Clips:Retention" });
        var beyond = await RemoveAsync(session, """
            id IN (SELECT id FROM (SELECT id, SUM(length) OVER (ORDER BY id DESC ROWS UNBOUNDED PRECEDING) AS younger FROM clip WHERE state = 'Ready') kept WHERE younger > @Quota)
            """, new { Quota = quotaBytes, Reason = "beyond Clips:QuotaBytes" });
        return (IReadOnlyList<string>)[.. old, .. beyond];
    }, cancellationToken);

    private static async Task<IReadOnlyList<string>> RemoveAsync(Session session, string which, object parameters)
    {
        // which is a literal of this class.
        var files = await session.QueryAsync<string>($"SELECT file_key FROM clip WHERE state = 'Ready' AND {which}", parameters);
        await session.ExecuteAsync($"UPDATE clip SET state = 'Refused', reason = @Reason, file_key = NULL WHERE state = 'Ready' AND {which}", parameters);
        return files;
    }
}

/// <summary>Who a study is of, as its header says; the study's UID only where the header names nobody.</summary>
public sealed record StudyPatient
{
    public string? PatientId { get; init; }
    public string? IssuerOfPatientId { get; init; }
    public string StudyInstanceUid { get; init; } = "";
}
