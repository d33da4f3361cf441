using System.Buffers.Binary;

namespace EchoClr.Shared.Data;

/// <summary>The measures of cines, and the comparisons made of them. A comparison is a row unique on its due time, which one process claims.</summary>
public sealed class DriftStore(Database database)
{
    /// <summary>Statements keep below SQL Server's 2,100 parameters.</summary>
    private const int Batch = 500;

    internal static Task<int> AddMeasureAsync(Session session, long instanceId, long viewModelId, NewCineMeasure measure, DateTimeOffset now) => session.ExecuteAsync("""
        INSERT INTO cine_measure (instance_id, view_model_id, measured_at, view_label, scanner, brightness, contrast, sector_shape, picture_share, frame_ms, embedding)
        SELECT @InstanceId, @ViewModelId, @Now, @View, @Scanner, @Brightness, @Contrast, @SectorShape, @PictureShare, @FrameMs, @Embedding
        WHERE NOT EXISTS (SELECT 1 FROM cine_measure WHERE instance_id = @InstanceId AND view_model_id = @ViewModelId)
        """, new
        {
            InstanceId = instanceId, ViewModelId = viewModelId, Now = now, View = Text.Cut(measure.View, 64), Scanner = Text.Cut(measure.Scanner, 200),
            measure.Brightness, measure.Contrast, measure.SectorShape, measure.PictureShare, measure.FrameMs, Embedding = Halves(measure.Embedding),
        });

    /// <summary>The studies with cines that a view model measured before a time, oldest first.</summary>
    public Task<IReadOnlyList<DriftStudy>> ListMeasuredAsync(long viewModelId, DateTimeOffset before, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.QueryAsync<DriftStudy>("""
            SELECT n.study_id, s.calling_ae_title AS sender, MIN(m.measured_at) AS read_at FROM cine_measure m JOIN instance n ON n.id = m.instance_id JOIN study s ON s.id = n.study_id
            WHERE m.view_model_id = @Id AND m.measured_at < @Before GROUP BY n.study_id, s.calling_ae_title ORDER BY read_at, n.study_id
            """, new { Id = viewModelId, Before = before }), cancellationToken);

    /// <summary>Those of them that have a clip from before a time: what a training that began then could learn from.</summary>
    public Task<IReadOnlyList<long>> ListLearnedFromAsync(DateTimeOffset clipsBefore, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.QueryAsync<long>("SELECT DISTINCT n.study_id FROM clip c JOIN instance n ON n.id = c.instance_id WHERE c.created_at < @Before", new { Before = clipsBefore }), cancellationToken);

    public async Task<IReadOnlyList<CineMeasureRow>> ListMeasuresAsync(long viewModelId, IEnumerable<long> studyIds, CancellationToken cancellationToken)
    {
        var rows = new List<CineMeasureRow>();
        foreach (var ids in studyIds.Chunk(Batch))
            rows.AddRange(await database.ReadAsync(session => session.QueryAsync<CineMeasureRow>("""
                SELECT n.study_id, m.view_label, m.scanner, m.brightness, m.contrast, m.sector_shape, m.picture_share, m.frame_ms, m.embedding
                FROM cine_measure m JOIN instance n ON n.id = m.instance_id WHERE m.view_model_id = @Id AND n.study_id IN @Ids ORDER BY m.instance_id
                """, new { Id = viewModelId, Ids = ids }), cancellationToken));
        return rows;
    }

    /// <summary>The studies that a findings model read before a time, each by its newest analysis, oldest first.</summary>
    public Task<IReadOnlyList<DriftStudy>> ListReadAsync(long modelId, DateTimeOffset before, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.QueryAsync<DriftStudy>("""
            SELECT v.study_id, s.calling_ae_title AS sender, a.finished_at AS read_at, a.id AS analysis_id, a.state
            FROM (SELECT MAX(a.id) AS id FROM analysis a JOIN study_version v ON v.id = a.study_version_id WHERE a.model_id = @Id AND a.finished_at < @Before GROUP BY v.study_id) newest
            JOIN analysis a ON a.id = newest.id JOIN study_version v ON v.id = a.study_version_id JOIN study s ON s.id = v.study_id ORDER BY a.finished_at, v.study_id
            """, new { Id = modelId, Before = before }), cancellationToken);

    /// <summary>The studies' findings of these analyses, not those of single cines.</summary>
    public async Task<IReadOnlyList<FindingRow>> ListFindingsAsync(IEnumerable<long> analysisIds, CancellationToken cancellationToken)
    {
        var rows = new List<FindingRow>();
        foreach (var ids in analysisIds.Chunk(Batch))
            rows.AddRange(await database.ReadAsync(
                session => session.QueryAsync<FindingRow>($"{FindingRow.Select} WHERE f.instance_id IS NULL AND f.analysis_id IN @Ids ORDER BY f.id", new { Ids = ids }), cancellationToken));
        return rows;
    }

    /// <summary>Takes the comparison that is due; null where it is finished, or in another process's hands.</summary>
    public Task<long?> TryClaimAsync(DateTimeOffset due, string worker, DateTimeOffset now, TimeSpan lease, CancellationToken cancellationToken) => database.WriteAsync<long?>(async session =>
    {
        var claim = new { Due = due, Worker = Text.Cut(worker, 200), Now = now, Until = now + lease };
        if (await session.ExecuteAsync("UPDATE drift_check SET claimed_by = @Worker, claimed_until = @Until WHERE due_at = @Due AND finished_at IS NULL AND claimed_until <= @Now", claim) == 0
            && await session.ExecuteAsync("""
                INSERT INTO drift_check (due_at, claimed_by, claimed_until) SELECT @Due, @Worker, @Until WHERE NOT EXISTS (SELECT 1 FROM drift_check WHERE due_at = @Due)
                """, claim) == 0)
            return null;
        return await session.ScalarAsync<long>("SELECT id FROM drift_check WHERE due_at = @Due", claim);
    }, cancellationToken);

    /// <summary>Writes what a comparison found; false where the claim is another's by now, and then nothing is written.</summary>
    public Task<bool> FinishAsync(long checkId, string worker, IReadOnlyList<DriftResult> results, DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(async session =>
    {
        if (await session.ExecuteAsync("UPDATE drift_check SET finished_at = @Now WHERE id = @Id AND claimed_by = @Worker AND finished_at IS NULL",
            new { Id = checkId, Worker = Text.Cut(worker, 200), Now = now }) == 0)
            return false;
        foreach (var result in results)
            await session.ExecuteAsync("""
                INSERT INTO drift_result (check_id, sender, measure, reference_studies, current_studies, effect, p_value, changed, detail)
                VALUES (@CheckId, @Sender, @Measure, @ReferenceStudies, @CurrentStudies, @Effect, @PValue, @Changed, @Detail)
                """, new
                {
                    CheckId = checkId, result.Sender, Measure = Text.Cut(result.Measure, 200), result.ReferenceStudies, result.CurrentStudies, result.Effect, result.PValue, result.Changed,
                    Detail = Text.Cut(result.Detail, 1000),
                });
        return true;
    }, cancellationToken);

    /// <summary>The newest comparison that is finished, what changed first; null before the first.</summary>
    public Task<DriftCheck?> FindLatestAsync(CancellationToken cancellationToken) => database.ReadAsync(async session =>
    {
        var check = await session.FindAsync<DriftCheck>("""
            SELECT id, due_at, finished_at FROM drift_check WHERE due_at = (SELECT MAX(due_at) FROM drift_check WHERE finished_at IS NOT NULL)
            """);
        return check is null ? null : check with
        {
            Results = await session.QueryAsync<DriftResult>("""
                SELECT sender, measure, reference_studies, current_studies, effect, p_value, changed, detail FROM drift_result WHERE check_id = @Id ORDER BY changed DESC, sender, measure
                """, new { check.Id }),
        };
    }, cancellationToken);

    private static byte[] Halves(IReadOnlyList<float> values)
    {
        var bytes = new byte[2 * values.Count];
        for (var i = 0; i < values.Count; i++)
            BinaryPrimitives.WriteHalfLittleEndian(bytes.AsSpan(2 * i), (Half)(float.IsNaN(values[i]) ? 0 : Math.Clamp(values[i], (float)Half.MinValue, (float)Half.MaxValue)));
        return bytes;
    }
}
