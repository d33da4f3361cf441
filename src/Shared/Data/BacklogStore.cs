namespace EchoClr.Shared.Data;

/// <summary>How much waits at each stage, and since when its oldest: for operators, by indexes of the unfinished.</summary>
public sealed class BacklogStore(Database database)
{
    // The condition of ix_delivery_unfinished.
    private const string Unfinished = "state IN ('Waiting', 'Sending', 'Sent', 'CommitmentRequested')";

    private const string Measure = $"""
        SELECT 'receiving' AS stage, COUNT(*) AS waiting, MIN(opened_at) AS oldest FROM study_version WHERE state = 'Open'
        UNION ALL
        SELECT 'analysis', COUNT(*), MIN(COALESCE(e.reanalysis_requested_at, e.completed_at)) FROM study_version e WHERE {StudyStore.IsOwed}
        UNION ALL
        SELECT 'report', COUNT(*), MIN(finished_at) FROM analysis WHERE reported_at IS NULL
        UNION ALL
        SELECT 'delivery', COUNT(*), MIN(created_at) FROM delivery WHERE {Unfinished} AND state IN ('Waiting', 'Sending')
        UNION ALL
        SELECT 'confirmation', COUNT(*), MIN(created_at) FROM delivery WHERE {Unfinished} AND state IN ('Sent', 'CommitmentRequested')
        UNION ALL
        SELECT 'parked-analysis', COUNT(*), MIN(analysis_parked_at) FROM study_version WHERE analysis_parked_at IS NOT NULL
        UNION ALL
        SELECT 'parked-delivery', COUNT(*), MIN(updated_at) FROM delivery WHERE state = 'Parked'
        """;

    /// <summary>Every stage, also those where nothing waits.</summary>
    public Task<IReadOnlyList<StageBacklog>> MeasureAsync(CancellationToken cancellationToken) => database.ReadAsync(session => session.QueryAsync<StageBacklog>(Measure), cancellationToken);
}

public sealed record StageBacklog
{
    /// <summary>receiving, analysis, report, delivery, confirmation; parked-analysis and parked-delivery wait for a person.</summary>
    public string Stage { get; init; } = "";
    public int Waiting { get; init; }
    public DateTimeOffset? Oldest { get; init; }
}
