using System.Data.Common;
using EchoClr.Shared.Contracts;
using EchoClr.Shared.Data;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EchoClr.Shared.Messaging;

/// <summary>
/// Publishes what the tables owe: at start and every minute it asks each stage's backlog query, so a message that was lost with a queue, a broker or a process
/// costs a minute, never a study. Rows that were published a moment ago, or that a worker holds, are left alone.
/// </summary>
public sealed class Reconciler(
    StudyStore studies, AnalysisStore analyses, DeliveryStore deliveries, CommitmentStore commitments,
    Publisher publisher, BusOptions options, TimeProvider time, ILogger<Reconciler> logger) : BackgroundService
{
    /// <summary>Returns how many messages were published.</summary>
    public async Task<int> RunOnceAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var (age, batch) = (now - options.ReconcileAge, options.ReconcileBatch);
        var published = 0;

        foreach (var row in await studies.ListUnanalyzedAsync(age, now, batch, cancellationToken))
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
}
