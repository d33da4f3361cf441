using System.Data.Common;
using EchoClr.Shared.Clips;
using EchoClr.Shared.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EchoClr.Inference.Accumulation;

/// <summary>Gives up clips that are older than their retention, and the oldest of what is beyond their quota. The row says so before the file goes.</summary>
public sealed class ClipSweep(ClipStore store, BlobStore blobs, ClipOptions options, TimeProvider time, ILogger<ClipSweep> logger) : BackgroundService
{
    /// <summary>Returns how many clips were given up.</summary>
    public async Task<int> RunOnceAsync(CancellationToken cancellationToken)
    {
        var files = await store.ExpireAsync(time.GetUtcNow() - options.Retention, options.QuotaBytes, cancellationToken);
        // died here -> clip files without a row; swept
        foreach (var fileKey in files)
            blobs.Delete(fileKey);
        if (files.Count > 0)
            InferenceLog.ClipsExpired(logger, files.Count);
        return files.Count;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.SweepInterval, time);
        do
        {
            try
            {
                await RunOnceAsync(stoppingToken);
            }
            // What could not be given up now is given up at the next sweep.
            catch (Exception exception) when (exception is DbException or IOException or UnauthorizedAccessException)
            {
                InferenceLog.ClipsNotSwept(logger, exception.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }
}
