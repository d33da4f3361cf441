using System.Data.Common;
using EchoClr.Shared.Capacity;
using EchoClr.Shared.Data;
using EchoClr.Shared.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EchoClr.Ingest.Retention;

/// <summary>
/// Gives up the pixels of finished studies, oldest first: those older than <see cref="CapacityOptions.Retention"/>, and younger ones where disk or quota grow narrow. The row says
/// so before the file goes: a death in between leaves a file without a row, which is swept, never a row without its file.
/// </summary>
public sealed class RetentionSweep(RetentionStore studies, BlobStore blobs, CapacityGauge gauge, CapacityOptions options, TimeProvider time, ILogger<RetentionSweep> logger) : BackgroundService
{
    /// <summary>Studies asked for at a time.</summary>
    private const int Batch = 100;

    /// <summary>Returns how many studies gave up their pixels.</summary>
    public async Task<int> RunOnceAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var expired = await ExpireAsync(now - options.Retention, $"older than {options.Retention:d' days'}", _ => Task.FromResult(true), cancellationToken);
        await gauge.AskTablesAsync(cancellationToken);
        // Summing up a large table for every study would take longer than the sweep: what went meanwhile is subtracted.
        expired += await ExpireAsync(now - options.KeepAtLeast, "disk or quota nearly full", async gone =>
        {
            var state = await gauge.MeasureAsync(cancellationToken);
            return gauge.IsNarrow(state with { KeptBytes = state.KeptBytes - gone });
        }, cancellationToken);
        await studies.ForgetEmptyAssociationsAsync(now - options.Retention, cancellationToken);
        await gauge.AskTablesAsync(cancellationToken);
        return expired;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.SweepInterval, time);
        var first = true;
        do
        {
            try
            {
                if (first)
                    await FinishEarlierLifeAsync(stoppingToken);
                first = false;
                await RunOnceAsync(stoppingToken);
            }
            // What could not be given up now is given up at the next sweep.
            catch (Exception exception) when (exception is DbException or IOException or UnauthorizedAccessException)
            {
                RetentionLog.NotSwept(logger, exception.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task<int> ExpireAsync(DateTimeOffset before, string why, Func<long, Task<bool>> wanted, CancellationToken cancellationToken)
    {
        var (expired, gone) = (0, 0L);
        while (await wanted(gone) && await studies.ListAsync(before, Batch, cancellationToken) is { Count: > 0 } finished)
        {
            var inThisBatch = 0;
            foreach (var studyId in finished)
            {
                if (inThisBatch > 0 && !await wanted(gone))
                    return expired;
                if (await studies.ExpireAsync(studyId, before, why, time.GetUtcNow(), cancellationToken) is not { } study)
                    continue; // something of it came in just now
                // died here -> files without a row, or of an expired result; swept in an hour, or at the next start
                foreach (var fileKey in study.FileKeys)
                    blobs.Delete(fileKey);
                RetentionLog.Expired(logger, studyId, study.FileKeys.Count, study.Bytes, why);
                (expired, inThisBatch, gone) = (expired + 1, inThisBatch + 1, gone + study.Bytes);
            }
            if (inThisBatch == 0)
                break;
        }
        return expired;
    }

    private async Task FinishEarlierLifeAsync(CancellationToken cancellationToken)
    {
        foreach (var fileKey in await studies.ListExpiredResultsAsync(cancellationToken))
            blobs.Delete(fileKey);
    }
}
