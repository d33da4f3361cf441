using EchoClr.Shared.Audit;

namespace EchoClr.Shared.Data;

/// <summary>Analyses of study versions. A worker claims a version, computes, and records; whoever records first has made the analysis.</summary>
public sealed class AnalysisStore(Database database)
{
    private const string InsertIfFirst = """
        INSERT INTO analysis (study_version_id, model_id, view_model_id, state, reason, details, started_at, finished_at, hinted_at, trace_id)
        SELECT @StudyVersionId, @ModelId, @ViewModelId, @State, @Reason, @Details, @StartedAt, @FinishedAt, @FinishedAt, @TraceId
        WHERE NOT EXISTS (SELECT 1 FROM analysis WHERE study_version_id = @StudyVersionId AND model_id = @ModelId)
        """;

    // The current version, or the earlier one that it inherits from.
    private const string Standing = "v.id = (SELECT COALESCE(c.inherits_from_id, c.id) FROM study_version c WHERE c.study_id = v.study_id AND c.state = 'Complete')";

    private const string ListUnreported = """
        SELECT * FROM (
            SELECT id, trace_id, ROW_NUMBER() OVER (ORDER BY finished_at, id) AS place
            FROM analysis WHERE state = @State AND reported_at IS NULL AND (hinted_at IS NULL OR hinted_at <= @HintedBefore)) backlog
        WHERE place <= @Limit ORDER BY place
        """;

    /// <summary>
    /// Takes a version for <paramref name="lease"/>; false when another worker holds it, or when it is parked. The attempt is counted before the work begins,
    /// so that a version which kills its worker is parked after <paramref name="maxAttempts"/> and does not kill workers for ever.
    /// </summary>
    public Task<bool> TryClaimAsync(long studyVersionId, string worker, DateTimeOffset now, TimeSpan lease, int maxAttempts, CancellationToken cancellationToken) => database.WriteAsync(async session =>
    {
        var claim = new { Id = studyVersionId, Worker = worker, Now = now, Until = now + lease, MaxAttempts = maxAttempts };
        const string free = "id = @Id AND analysis_parked_at IS NULL AND (claimed_until IS NULL OR claimed_until <= @Now)";
        await session.ExecuteAsync($"""
            UPDATE study_version SET analysis_parked_at = @Now, analysis_error = COALESCE(analysis_error, 'the worker died at every attempt')
            WHERE {free} AND analysis_attempts >= @MaxAttempts
            """, claim);
        return await session.ExecuteAsync($"""
            UPDATE study_version SET claimed_by = @Worker, claimed_until = @Until, analysis_attempts = analysis_attempts + 1 WHERE {free}
            """, claim) == 1;
    }, cancellationToken);

    /// <summary>Extends a claim; false when it was lost.</summary>
    public Task<bool> RenewClaimAsync(long studyVersionId, string worker, DateTimeOffset now, TimeSpan lease, CancellationToken cancellationToken) => database.WriteAsync(async session =>
        await session.ExecuteAsync("UPDATE study_version SET claimed_until = @Until WHERE id = @Id AND claimed_by = @Worker AND claimed_until > @Now",
            new { Id = studyVersionId, Worker = worker, Now = now, Until = now + lease }) == 1, cancellationToken);

    /// <summary>Gives a claim back after a failure that may pass; the reconciler brings the version again.</summary>
    public Task ReleaseClaimAsync(long studyVersionId, string worker, string? error, CancellationToken cancellationToken) => database.WriteAsync(session =>
        session.ExecuteAsync("UPDATE study_version SET claimed_by = NULL, claimed_until = NULL, analysis_error = @Error WHERE id = @Id AND claimed_by = @Worker",
            new { Id = studyVersionId, Worker = worker, Error = Text.Cut(error, 2000) }), cancellationToken);

    /// <summary>Gives a claim back that a shutdown cut short: it does not count as an attempt, and the version is due at once.</summary>
    public Task ReturnClaimAsync(long studyVersionId, string worker, CancellationToken cancellationToken) => database.WriteAsync(session =>
        session.ExecuteAsync("UPDATE study_version SET claimed_by = NULL, claimed_until = NULL, hinted_at = NULL, analysis_attempts = analysis_attempts - 1 WHERE id = @Id AND claimed_by = @Worker",
            new { Id = studyVersionId, Worker = worker }), cancellationToken);

    /// <summary>Persists an analysis with its views and findings, unless (version, model) has one already: then nothing is written and <see cref="Recorded.First"/> is false.</summary>
    public Task<Recorded> RecordAsync(NewAnalysis analysis, CancellationToken cancellationToken) => database.WriteAsync(async session =>
    {
        var first = await session.ExecuteAsync(InsertIfFirst, new
        {
            analysis.StudyVersionId, analysis.ModelId, analysis.ViewModelId, State = analysis.State.ToString(), Reason = Text.Cut(analysis.Reason, 2000), analysis.Details,
            analysis.StartedAt, analysis.FinishedAt, analysis.TraceId,
        }) == 1;
        var id = await session.ScalarAsync<long>("SELECT id FROM analysis WHERE study_version_id = @StudyVersionId AND model_id = @ModelId", analysis);
        if (first)
            await InsertPartsAsync(session, id, analysis);
        await session.ExecuteAsync("UPDATE study_version SET claimed_by = NULL, claimed_until = NULL, analysis_error = NULL, analysis_parked_at = NULL, reanalysis_requested_at = NULL, reanalysis_requested_by = NULL, analyzed_at = COALESCE(analyzed_at, @FinishedAt) WHERE id = @StudyVersionId", analysis);
        return new Recorded(id, first);
    }, cancellationToken);

    /// <summary>
    /// Asks that the model in service reads a study which an earlier model has read; its report then supersedes the one there is. Null when it was asked for, else why not.
    /// </summary>
    public Task<string?> RequestAgainAsync(string studyInstanceUid, AuditParticipant who, string by, DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync<string?>(async session =>
    {
        var standing = await session.FindAsync<StudyVersionRow>($"{StudyVersionRow.Select} WHERE s.study_instance_uid = @Uid AND {Standing}", new { Uid = studyInstanceUid });
        if (standing is null || await session.FindAsync<AnalysisRow>($"{AnalysisRow.Select} WHERE a.id = (SELECT MAX(id) FROM analysis WHERE study_version_id = @Id)", standing) is not { } newest)
            return "it is not analysed yet";
        if (standing.ReanalysisRequestedAt is not null)
            return $"{standing.ReanalysisRequestedBy} asked for it already";
        var serving = await session.FindAsync<ModelRow>($"{ModelRow.Select} WHERE state = 'InService' AND kind = (SELECT kind FROM model WHERE id = @ModelId)", newest);
        if (serving is null || await session.ScalarAsync<int>("SELECT COUNT(*) FROM analysis WHERE study_version_id = @Version AND model_id = @Model", new { Version = standing.Id, Model = serving.Id }) > 0)
            return "the model in service has read it";
        if (await session.ScalarAsync<int>("SELECT COUNT(*) FROM study_version_instance m JOIN instance i ON i.id = m.instance_id WHERE m.study_version_id = @Id AND i.file_key IS NULL", standing) > 0)
            return "pixels of it were given up by policy";
        await session.ExecuteAsync("""
            UPDATE study_version SET reanalysis_requested_at = @Now, reanalysis_requested_by = @By, analyzed_at = NULL, analysis_attempts = 0, hinted_at = NULL, row_version = row_version + 1 WHERE id = @Id
            """, new { standing.Id, Now = now, By = Text.Cut(by, 200) });
        await AuditTrail.RecordAsync(session, AuditEvents.ReanalysisRequested(who with { AlternativeUserId = by }, studyInstanceUid, $"{serving.Name} {serving.Version}"), now);
        return null;
    }, cancellationToken);

    /// <summary>Backlog: analyses whose report step is not done, oldest first.</summary>
    public Task<IReadOnlyList<BacklogRow>> ListUnreportedAsync(AnalysisState state, DateTimeOffset hintedBefore, int limit, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.QueryAsync<BacklogRow>(ListUnreported, new { State = state.ToString(), HintedBefore = hintedBefore, Limit = limit }), cancellationToken);

    public Task MarkHintedAsync(long analysisId, DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(
        session => session.ExecuteAsync("UPDATE analysis SET hinted_at = @Now WHERE id = @Id", new { Id = analysisId, Now = now }), cancellationToken);

    public Task<AnalysisRow?> FindAsync(long analysisId, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.FindAsync<AnalysisRow>($"{AnalysisRow.Select} WHERE a.id = @Id", new { Id = analysisId }), cancellationToken);

    /// <summary>The analyses of a version, oldest first: one a model.</summary>
    public Task<IReadOnlyList<AnalysisRow>> ListOfVersionAsync(long studyVersionId, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.QueryAsync<AnalysisRow>($"{AnalysisRow.Select} WHERE a.study_version_id = @Id ORDER BY a.id", new { Id = studyVersionId }), cancellationToken);

    public Task<IReadOnlyList<VideoViewRow>> ListViewsAsync(long analysisId, CancellationToken cancellationToken) => database.ReadAsync(session => session.QueryAsync<VideoViewRow>("""
        SELECT w.id, w.analysis_id, w.instance_id, i.sop_instance_uid, w.view_label, w.probability, w.used, w.reason
        FROM video_view w JOIN instance i ON i.id = w.instance_id WHERE w.analysis_id = @Id ORDER BY w.id
        """, new { Id = analysisId }), cancellationToken);

    /// <summary>All findings of an analysis: the study's (InstanceId null) and each cine's.</summary>
    public Task<IReadOnlyList<FindingRow>> ListFindingsAsync(long analysisId, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.QueryAsync<FindingRow>($"{FindingRow.Select} WHERE f.analysis_id = @Id ORDER BY f.id", new { Id = analysisId }), cancellationToken);

    private static async Task InsertPartsAsync(Session session, long analysisId, NewAnalysis analysis)
    {
        foreach (var view in analysis.Views)
        {
            await session.ExecuteAsync(
                "INSERT INTO video_view (analysis_id, instance_id, view_label, probability, used, reason) VALUES (@AnalysisId, @InstanceId, @View, @Probability, @Used, @Reason)",
                new { AnalysisId = analysisId, view.InstanceId, view.View, view.Probability, view.Used, Reason = Text.Cut(view.Reason, 2000) });
            if (view.Measure is { } measure)
                await DriftStore.AddMeasureAsync(session, view.InstanceId, analysis.ViewModelId, measure, analysis.FinishedAt);
        }
        foreach (var finding in analysis.Findings)
            await session.ExecuteAsync(
                "INSERT INTO finding (analysis_id, instance_id, name, probability, threshold, outcome) VALUES (@AnalysisId, @InstanceId, @Name, @Probability, @Threshold, @Outcome)",
                new { AnalysisId = analysisId, finding.InstanceId, finding.Name, finding.Probability, finding.Threshold, Outcome = finding.Outcome.ToString() });
    }
}

/// <param name="First">False when another computation of the same (version, model) was persisted before: this one is discarded.</param>
public sealed record Recorded(long AnalysisId, bool First);
