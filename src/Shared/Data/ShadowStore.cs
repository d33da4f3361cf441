namespace EchoClr.Shared.Data;

/// <summary>What models in their shadow period say of live studies. Nothing here is ever reported, and no row of a study is touched.</summary>
public sealed class ShadowStore(Database database)
{
    /// <summary>Then the study is given up for this model: one that kills its reader must not do so for ever.</summary>
    public const int MaxAttempts = 3;

    // The model in service has read the study since the shadow period began, and had something to say or to abstain from.
    private const string ListWaiting = """
        SELECT * FROM (
            SELECT m.id AS model_id, a.id AS analysis_id, a.study_version_id, ROW_NUMBER() OVER (ORDER BY a.finished_at, a.id, m.id) AS place
            FROM model m JOIN model s ON s.kind = m.kind AND s.state = 'InService' JOIN analysis a ON a.model_id = s.id AND a.finished_at >= m.shadow_since
            LEFT JOIN shadow_study x ON x.model_id = m.id AND x.analysis_id = a.id
            WHERE m.state = 'Imported' AND m.shadow_since IS NOT NULL AND EXISTS (SELECT 1 FROM finding f WHERE f.analysis_id = a.id AND f.instance_id IS NULL)
              AND (x.model_id IS NULL OR (x.state IS NULL AND x.attempts < @MaxAttempts AND x.read_at <= @RetryBefore))) waiting
        WHERE place <= @Limit ORDER BY place
        """;

    private const string Compare = """
        SELECT f.name, COUNT(*) AS studies, SUM(CASE WHEN x.outcome = 'Abstained' THEN 1 ELSE 0 END) AS abstained, SUM(CASE WHEN f.outcome = 'Abstained' THEN 1 ELSE 0 END) AS serving_abstained,
               SUM(CASE WHEN x.outcome <> 'Abstained' AND f.outcome <> 'Abstained' AND x.outcome <> f.outcome THEN 1 ELSE 0 END) AS differing
        FROM finding f JOIN shadow_score x ON x.analysis_id = f.analysis_id AND x.name = f.name
        WHERE x.model_id = @Id AND f.instance_id IS NULL GROUP BY f.name ORDER BY f.name
        """;

    /// <summary>Studies that a model in its shadow period has not read, the oldest first.</summary>
    /// <param name="retryBefore">What was tried later than this is left alone: another worker may be at it.</param>
    public Task<IReadOnlyList<ShadowWork>> ListWaitingAsync(DateTimeOffset retryBefore, int limit, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.QueryAsync<ShadowWork>(ListWaiting, new { MaxAttempts, RetryBefore = retryBefore, Limit = limit }), cancellationToken);

    /// <summary>Counts an attempt before it begins; false where another worker was first.</summary>
    public Task<bool> TryBeginAsync(ShadowWork work, DateTimeOffset now, DateTimeOffset retryBefore, CancellationToken cancellationToken) => database.WriteAsync(async session =>
    {
        var attempt = new { work.ModelId, work.AnalysisId, Now = now, RetryBefore = retryBefore, MaxAttempts };
        return await session.ExecuteAsync("""
            INSERT INTO shadow_study (model_id, analysis_id, attempts, read_at)
            SELECT @ModelId, @AnalysisId, 1, @Now WHERE NOT EXISTS (SELECT 1 FROM shadow_study WHERE model_id = @ModelId AND analysis_id = @AnalysisId)
            """, attempt) == 1 || await session.ExecuteAsync("""
            UPDATE shadow_study SET attempts = attempts + 1, read_at = @Now
            WHERE model_id = @ModelId AND analysis_id = @AnalysisId AND state IS NULL AND attempts < @MaxAttempts AND read_at <= @RetryBefore
            """, attempt) == 1;
    }, cancellationToken);

    /// <summary>Keeps what the model said; nothing where the shadow period began anew meanwhile.</summary>
    public Task RecordAsync(ShadowWork work, AnalysisState state, IEnumerable<NewFinding> findings, DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(async session =>
    {
        if (await session.ExecuteAsync("UPDATE shadow_study SET state = @State, error = NULL, read_at = @Now WHERE model_id = @ModelId AND analysis_id = @AnalysisId AND state IS NULL",
            new { work.ModelId, work.AnalysisId, State = state.ToString(), Now = now }) == 0)
            return;
        foreach (var finding in findings.Where(finding => finding.InstanceId is null))
            await session.ExecuteAsync("INSERT INTO shadow_score (model_id, analysis_id, name, probability, threshold, outcome) VALUES (@ModelId, @AnalysisId, @Name, @Probability, @Threshold, @Outcome)",
                new { work.ModelId, work.AnalysisId, finding.Name, finding.Probability, finding.Threshold, Outcome = finding.Outcome.ToString() });
    }, cancellationToken);

    public Task FailAsync(ShadowWork work, string error, CancellationToken cancellationToken) => database.WriteAsync(session => session.ExecuteAsync(
        "UPDATE shadow_study SET error = @Error WHERE model_id = @ModelId AND analysis_id = @AnalysisId AND state IS NULL", new { work.ModelId, work.AnalysisId, Error = Text.Cut(error, 2000) }), cancellationToken);

    /// <summary>Gives an attempt back that made way for a live study: it counts for nothing, and is due at once.</summary>
    public Task GiveBackAsync(ShadowWork work, CancellationToken cancellationToken) => database.WriteAsync(session => session.ExecuteAsync(
        "UPDATE shadow_study SET attempts = attempts - 1, read_at = @Ever WHERE model_id = @ModelId AND analysis_id = @AnalysisId AND state IS NULL",
        new { work.ModelId, work.AnalysisId, Ever = DateTimeOffset.UnixEpoch }), cancellationToken);

    /// <summary>How a shadow period stands.</summary>
    public Task<ShadowSummary> SummarizeAsync(long modelId, CancellationToken cancellationToken) => database.ReadAsync(async session => new ShadowSummary(
        await session.ScalarAsync<int>("SELECT COUNT(*) FROM shadow_study WHERE model_id = @Id AND state IS NOT NULL", new { Id = modelId }),
        await session.ScalarAsync<int>("SELECT COUNT(*) FROM shadow_study WHERE model_id = @Id AND state IS NULL AND attempts >= @MaxAttempts", new { Id = modelId, MaxAttempts }),
        await session.QueryAsync<ShadowHead>(Compare, new { Id = modelId })), cancellationToken);
}

/// <summary>A study for a model in its shadow period.</summary>
public sealed record ShadowWork
{
    public long ModelId { get; init; }
    public long AnalysisId { get; init; }
    public long StudyVersionId { get; init; }
}

/// <param name="Read">Studies that the model has read.</param>
/// <param name="Failed">Studies that it was given up for.</param>
public sealed record ShadowSummary(int Read, int Failed, IReadOnlyList<ShadowHead> Heads);

/// <summary>One finding of studies that both models read.</summary>
public sealed record ShadowHead
{
    public string Name { get; init; } = "";
    public int Studies { get; init; }

    /// <summary>Without an answer of the model in its shadow period, of the model in service.</summary>
    public int Abstained { get; init; }
    public int ServingAbstained { get; init; }

    /// <summary>One says present, the other absent.</summary>
    public int Differing { get; init; }
}
