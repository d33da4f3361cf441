using System.Data.Common;
using EchoClr.Shared.Data;
using EchoClr.Shared.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EchoClr.Ingest.Receiving;

/// <summary>Deletes what a death in the middle of receiving or writing left behind: spool files, and files of objects, results and clips that no row names. Nothing that was answered Success is among them.</summary>
public sealed class OrphanSweep(BlobStore blobs, NamedFiles named, TimeProvider time, ILogger<OrphanSweep> logger) : BackgroundService
{
    /// <summary>Returns how many files were deleted.</summary>
    public async Task<int> RunOnceAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var deleted = 0;
        foreach (var fileKey in blobs.List(BlobStore.Spool, now - BlobStore.OrphanMinAge))
        {
            blobs.Delete(fileKey);
            deleted++;
        }

        await foreach (var fileKey in named.ListUnnamedAsync(blobs, now - BlobStore.OrphanMinAge, cancellationToken))
        {
            blobs.Delete(fileKey);
            deleted++;
        }

        if (deleted > 0)
            ReceivingLog.OrphansDeleted(logger, deleted);
        return deleted;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(BlobStore.OrphanSweepInterval, time);
        do
        {
            try
            {
                await RunOnceAsync(time.GetUtcNow(), stoppingToken);
            }
            // Orphans cost room, nothing else: trouble with disk or database is told, and the next hour tries again.
            catch (Exception exception) when (exception is IOException or DbException)
            {
                ReceivingLog.NotSwept(logger, exception);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }
}
