namespace EchoClr.Shared.Data;

/// <summary>The worklist: newest studies first, each with where it stands. Studies that hold only our own objects are not listed.</summary>
public sealed class Worklist(Database database)
{
    /// <summary>One page must stay below SQL Server's 2,100 parameters.</summary>
    public const int MaxPageSize = 500;

    /// <summary>Studies <paramref name="skip"/>+1 … <paramref name="skip"/>+<paramref name="take"/> by time of their newest instance.</summary>
    public Task<IReadOnlyList<WorklistRow>> ListAsync(int skip, int take, CancellationToken cancellationToken) => database.ReadAsync(async session =>
        await FillAsync(session, await session.QueryAsync<StudyRow>($"SELECT {StudyRow.Columns} FROM study s WHERE EXISTS (SELECT 1 FROM study_version v WHERE v.study_id = s.id) ORDER BY s.last_received_at DESC, s.id DESC {database.SomeRows}",
            new { Skip = skip, Take = Math.Min(take, MaxPageSize) })), cancellationToken);

    public Task<WorklistRow?> FindAsync(string studyInstanceUid, CancellationToken cancellationToken) => database.ReadAsync(async session =>
        (await FillAsync(session, await session.QueryAsync<StudyRow>(
            $"SELECT {StudyRow.Columns} FROM study s WHERE s.study_instance_uid = @Uid", new { Uid = studyInstanceUid }))).SingleOrDefault(), cancellationToken);

    internal static async Task<IReadOnlyList<WorklistRow>> FillAsync(Session session, IReadOnlyList<StudyRow> studies)
    {
        var studyIds = new { Ids = studies.Select(study => study.Id) };
        var versions = (await session.QueryAsync<StudyVersionRow>($"{StudyVersionRow.Select} WHERE v.study_id IN @Ids", studyIds)).ToLookup(version => version.StudyId);
        // The newest analysis of each version speaks for it: an older model's stays in the table.
        var analyses = (await session.QueryAsync<AnalysisRow>($"{AnalysisRow.Select} WHERE v.study_id IN @Ids", studyIds)).ToLookup(analysis => analysis.StudyVersionId);
        var newest = analyses.Select(group => group.MaxBy(analysis => analysis.Id)!).ToDictionary(analysis => analysis.StudyVersionId);
        var analysisIds = new { Ids = newest.Values.Select(analysis => analysis.Id) };
        var findings = (await session.QueryAsync<FindingRow>($"{FindingRow.Select} WHERE f.analysis_id IN @Ids AND f.instance_id IS NULL ORDER BY f.id", analysisIds)).ToLookup(finding => finding.AnalysisId);
        var deliveries = (await session.QueryAsync<DeliveryRow>($"{DeliveryRow.Select} WHERE d.analysis_id IN @Ids ORDER BY d.id", analysisIds)).ToLookup(delivery => delivery.AnalysisId);
        var withdrawals = (await session.QueryAsync<WithdrawalRow>($"{WithdrawalStore.Select} WHERE w.analysis_id IN @Ids", analysisIds)).ToDictionary(withdrawal => withdrawal.AnalysisId);

        var rows = new List<WorklistRow>(studies.Count);
        foreach (var study in studies)
        {
            var version = versions[study.Id].MaxBy(candidate => candidate.Version);
            if (version is null)
                continue;
            var analysis = newest.GetValueOrDefault(version.InheritsFromId ?? version.Id);
            var sent = analysis is null ? [] : deliveries[analysis.Id].ToList();
            var effective = versions[study.Id].Single(candidate => candidate.Id == (version.InheritsFromId ?? version.Id));
            var withdrawal = analysis is null ? null : withdrawals.GetValueOrDefault(analysis.Id);
            var (state, reason) = withdrawal is null ? StateOf(version, effective, analysis, sent) : StateOf(version, withdrawal, sent);
            rows.Add(new WorklistRow(study, version, state, reason, analysis, analysis is null || withdrawal is not null ? [] : [.. findings[analysis.Id]], sent, withdrawal));
        }

        return rows;
    }

    /// <summary>Why something that is still tried did not get there yet.</summary>
    private static string? SetbackOf(List<DeliveryRow> deliveries) =>
        deliveries.Find(delivery => delivery is { Reason: not null, State: not DeliveryState.Confirmed }) is { } late ? $"{late.Destination}: {late.Reason}" : null;

    private static (WorklistState State, string? Reason) StateOf(StudyVersionRow version, WithdrawalRow withdrawal, List<DeliveryRow> deliveries)
    {
        if (version.State == StudyVersionState.Open)
            return (WorklistState.Receiving, null);
        var why = $"{withdrawal.Reason} ({withdrawal.WithdrawnBy})";
        if (deliveries.Find(delivery => delivery.State == DeliveryState.Parked) is { } parked)
            return (WorklistState.DeliveryParked, $"withdrawn: {why}; but {parked.Destination} does not know: {parked.Reason}");
        var told = withdrawal.WrittenAt is not null && deliveries.TrueForAll(delivery => delivery.State is DeliveryState.Confirmed or DeliveryState.Dropped);
        return (WorklistState.Withdrawn, told ? why : why + "; the destinations have yet to confirm that they know");
    }

    private static (WorklistState State, string? Reason) StateOf(StudyVersionRow version, StudyVersionRow effective, AnalysisRow? analysis, List<DeliveryRow> deliveries)
    {
        if (version.State == StudyVersionState.Open)
            return (WorklistState.Receiving, null);
        if (analysis is null)
            return effective.AnalysisParkedAt is null ? (WorklistState.WaitingForAnalysis, effective.AnalysisError) : (WorklistState.AnalysisParked, effective.AnalysisError);
        if (deliveries.Find(delivery => delivery.State == DeliveryState.Parked) is { } parked)
            return (WorklistState.DeliveryParked, $"{parked.Destination}: {parked.Reason}");
        if (analysis.State == AnalysisState.NotAnalyzed && deliveries.Count == 0)
            return (WorklistState.NotAnalyzed, analysis.Reason);
        if (deliveries.Count == 0)
            return (WorklistState.WaitingForReport, null);
        var wanted = deliveries.FindAll(delivery => delivery.State != DeliveryState.Dropped);
        if (wanted.Count == 0) // nobody confirmed anything: this must never look like success
            return (WorklistState.DeliveryDropped, $"{deliveries[0].Destination}: {deliveries[0].Reason}");
        if (wanted.TrueForAll(delivery => delivery.State == DeliveryState.Confirmed))
            return (analysis.State == AnalysisState.NotAnalyzed ? WorklistState.NotAnalyzed : WorklistState.Confirmed, analysis.Reason);
        if (wanted.Exists(delivery => delivery.State is DeliveryState.Waiting or DeliveryState.Sending))
            return (WorklistState.Delivering, SetbackOf(wanted));
        return (wanted.Exists(delivery => delivery.State == DeliveryState.Held) ? WorklistState.Held : WorklistState.WaitingForConfirmation, SetbackOf(wanted));
    }
}
