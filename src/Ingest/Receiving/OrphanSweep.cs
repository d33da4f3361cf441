using System.Data.Common;
using EchoClr.Shared.Data;
using EchoClr.Shared.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EchoClr.Ingest.Receiving;

/// <summary>Deletes what a death in the middle of receiving left behind: spool files, and object files that no row names. Nothing that was answered Success is among them.</summary>
public sealed class OrphanSweep(BlobStore blobs, InstanceStore instances, TimeProvider time, ILogger<OrphanSweep> logger) : BackgroundService
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

        foreach (var fileKeys in blobs.List(BlobStore.Objects, now - BlobStore.OrphanMinAge).Chunk(500))
        {
            var known = await instances.ListKnownFilesAsync(fileKeys, cancellationToken);
            foreach (var fileKey in fileKeys.Where(key => !known.Contains(key)))
            {
                blobs.Delete(fileKey);
                deleted++;
            }
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
