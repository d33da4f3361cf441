using System.Data.Common;
using EchoClr.Shared.Contracts;
using EchoClr.Shared.Data;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EchoClr.Shared.Messaging;

/// <summary>
/// Publishes what the tables owe: at start and every minute it asks each stage's backlog query, so a message that was lost with a queue, a broker or a process
/// costs a minute, never a study. Rows that were published a moment ago, or that a worker holds, are left alone; so is a long backlog of studies that workers are eating their way through,
/// whose messages wait in their queue: publishing them again every minute would bury it.
/// </summary>
public sealed class Reconciler(
    StudyStore studies, AnalysisStore analyses, DeliveryStore deliveries, CommitmentStore commitments,
    Publisher publisher, BusOptions options, TimeProvider time, ILogger<Reconciler> logger) : BackgroundService
{
    /// <summary>The longest pause between two publications of studies that nobody takes: as long as a worker that comes back may be left without work, at worst.</summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(10);

    private readonly Lane _urgent = new(), _others = new();

    /// <summary>Returns how many messages were published.</summary>
    public async Task<int> RunOnceAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var (age, batch) = (now - options.ReconcileAge, options.ReconcileBatch);
        var published = 0;

        foreach (var row in await ListLostAsync(_urgent, urgent: true, age, now, cancellationToken))
            published += await HintAsync(new UrgentStudyCompleted { StudyVersionId = row.Id, TraceId = row.TraceId }, () => studies.MarkHintedAsync(row.Id, now, cancellationToken));

        foreach (var row in await ListLostAsync(_others, urgent: false, age, now, cancellationToken))
            published += await HintAsync(new StudyCompleted { StudyVersionId = row.Id, TraceId = row.TraceId }, () => studies.MarkHintedAsync(row.Id, now, cancellationToken));

        foreach (var row in await analyses.ListUnreportedAsync(AnalysisState.Analyzed, age, batch, cancellationToken))
            published += await HintAsync(new StudyAnalyzed { AnalysisId = row.Id, TraceId = row.TraceId }, () => analyses.MarkHintedAsync(row.Id, now, cancellationToken));

        foreach (var row in await analyses.ListUnreportedAsync(AnalysisState.NotAnalyzed, age, batch, cancellationToken))
            published += await HintAsync(new StudyNotAnalyzed { AnalysisId = row.Id, TraceId = row.TraceId }, () => analyses.MarkHintedAsync(row.Id, now, cancellationToken));

        foreach (var row in await deliveries.ListDueAsync(age, now, batch, cancellationToken))
            published += await HintAsync(new ReportWritten { AnalysisId = row.AnalysisId, TraceId = row.TraceId }, () => deliveries.MarkHintedAsync(row.Id, now, cancellationToken));

        foreach (var row in await commitments.ListUnhandledAsync(age, batch, cancellationToken))
            published += await HintAsync(new CommitmentReported { TransactionUid = row.TransactionUid, TraceId = row.TraceId }, () => commitments.MarkHintedAsync(row.Id, now, cancellationToken));

        return published;

        async Task<int> HintAsync<T>(T message, Func<Task> mark)
            where T : class
        {
            if (!await publisher.PublishAsync(message, cancellationToken))
                return 0;
            // died here -> published but not marked: published once more in a minute, and every consumer tolerates it
            await mark();
            return 1;
        }
    }

    /// <summary>
    /// The studies whose message must have been lost. A queue keeps its order: where workers have come to messages that are younger than a study's, its own is gone. Where nothing
    /// moves, the whole queue may be gone, or there may be no worker: then the oldest are published, again and again with a growing pause.
    /// </summary>
    private async Task<IReadOnlyList<BacklogRow>> ListLostAsync(Lane lane, bool urgent, DateTimeOffset age, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var reached = await studies.FindReachedAsync(urgent, age, now, cancellationToken);
        if (reached is null && now < lane.RestsUntil)
            return [];
        var lost = await studies.ListUnanalyzedAsync(urgent, reached < age ? reached.Value : age, now, options.ReconcileBatch, cancellationToken);
        if (reached is not null)
            lane.Pause = TimeSpan.Zero;
        else if (lost.Count > 0)
            lane.Pause = TimeSpan.FromTicks(Math.Min(Math.Max(2 * lane.Pause.Ticks, options.ReconcileAge.Ticks), LongestPause.Ticks));
        lane.RestsUntil = now + lane.Pause;
        return lost;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.ReconcileInterval, time);
        do
        {
            try
            {
                var published = await RunOnceAsync(stoppingToken);
                if (published > 0)
                    MessagingLog.Reconciled(logger, published);
            }
            // A database that is down now may be up in a minute; anything else stops the host.
            catch (DbException exception)
            {
                MessagingLog.NotReconciled(logger, exception.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    /// <summary>The studies of one queue, and how long nothing has moved in it.</summary>
    private sealed class Lane
    {
        public TimeSpan Pause { get; set; }
        public DateTimeOffset RestsUntil { get; set; } = DateTimeOffset.MinValue;
    }
}
