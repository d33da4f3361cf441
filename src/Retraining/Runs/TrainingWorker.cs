using System.Data.Common;
using EchoClr.Shared.Data;
using EchoClr.Shared.Storage;

namespace EchoClr.Retraining.Runs;

/// <summary>How one taking of a run ended.</summary>
public enum TrainingEnd
{
    Succeeded,
    Failed,

    /// <summary>Given back by a shutdown: it goes on from its checkpoint.</summary>
    GivenBack,

    /// <summary>Cancelled, or another worker's by now; nothing more was written.</summary>
    Lost,

    /// <summary>It was not to be had: over, or in another worker's hands.</summary>
    NotTaken,
}

/// <summary>Takes a run, renews its lease while the job works, and ends it.</summary>
public sealed class TrainingWorker(TrainingRunStore runs, BlobStore blobs, ITrainingJob job, TimeProvider time)
{
    /// <summary>How long a run stays with a worker that died: many renewals may fail before.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromMinutes(2);

    /// <summary>A small row each time: whoever watches sees the run move, and a cancelled one ends soon.</summary>
    public static readonly TimeSpan RenewEvery = TimeSpan.FromSeconds(5);

    public async Task<TrainingEnd> RunAsync(long runId, string owner, CancellationToken cancellationToken)
    {
        if (await runs.TryTakeAsync(runId, owner, time.GetUtcNow(), Lease, cancellationToken) is not { } lease)
            return TrainingEnd.NotTaken;
        var run = (await runs.FindAsync(runId, cancellationToken))!;
        using var lost = new CancellationTokenSource();
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lost.Token);
        RunKeeping? keeping = null;
        var over = new CancellationTokenSource();
        var renewing = Task.CompletedTask;
        try
        {
            keeping = new RunKeeping(blobs, runs, lease, run.CheckpointKey);
            renewing = RenewAsync(lease, keeping, lost, over.Token);
            var metrics = await job.RunAsync(run, keeping, ended.Token);
            if (!await runs.FinishAsync(lease, TrainingRunState.Succeeded, metrics, null, time.GetUtcNow(), CancellationToken.None))
                throw new TrainingLeaseLostException(runId);
            // died here -> a succeeded run with a checkpoint that nobody needs
            keeping.DeleteCheckpoints();
            return TrainingEnd.Succeeded;
        }
        catch (Exception exception) when (exception is TrainingLeaseLostException || lost.IsCancellationRequested)
        {
            keeping?.DeleteResults();
            return TrainingEnd.Lost;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            keeping?.DeleteResults();
            await runs.GiveBackAsync(lease, CancellationToken.None);
            return TrainingEnd.GivenBack;
        }
        // What is wrong with plan, clips, checkpoint or disk does not pass by itself: a person hears why, and may let the run try again.
        catch (Exception exception) when (exception is TrainingStoppedException or InvalidDataException or FormatException or ArgumentException or IOException or UnauthorizedAccessException)
        {
            keeping?.DeleteResults();
            return await runs.FinishAsync(lease, TrainingRunState.Failed, null, exception.Message, time.GetUtcNow(), CancellationToken.None) ? TrainingEnd.Failed : TrainingEnd.Lost;
        }
        finally
        {
            await over.CancelAsync();
            await renewing;
            over.Dispose();
        }
    }

    private async Task RenewAsync(TrainingLease lease, RunKeeping keeping, CancellationTokenSource lost, CancellationToken over)
    {
        using var timer = new PeriodicTimer(RenewEvery, time);
        try
        {
            while (await timer.WaitForNextTickAsync(over))
            {
                try
                {
                    var reported = keeping.Reported;
                    if (await runs.RenewAsync(lease, time.GetUtcNow(), Lease, reported?.Progress, reported?.Figures, over))
                        continue;
                    await lost.CancelAsync();
                    return;
                }
                // A database that does not answer now may answer at the next renewal; if not, the lease runs out and the token decides.
                catch (DbException)
                {
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The run is over.
        }
    }
}
