using EchoClr.VideoModels.SelfSupervision;

namespace EchoClr.Retraining.Pretrain;

/// <summary>Draws the batches of the next steps beforehand, some at a time, so that a step does not wait for files. Bounded: memory holds a few batches, whatever the step takes.</summary>
public sealed class BatchLoader : IDisposable
{
    /// <summary>Batches ahead. A batch takes a fraction of a step to draw, so two hide a slow read; the others hide a pause of the disk.</summary>
    private const int Ahead = 4;

    private readonly PairBatches batches;
    private readonly TimeProvider time;
    private readonly CancellationTokenSource ended;
    private readonly Queue<Task<PairBatch>> coming = new();
    private readonly int end;
    private int next;

    public BatchLoader(PairBatches batches, int firstStep, int steps, TimeProvider time, CancellationToken cancellationToken)
    {
        (this.batches, this.time, next, end) = (batches, time, firstStep, steps);
        ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        while (coming.Count < Ahead && next < end)
            Enqueue();
    }

    /// <summary>How long <see cref="Next"/> has kept its caller waiting in all.</summary>
    public TimeSpan Waited { get; private set; }

    /// <summary>The batch of the next step.</summary>
    public PairBatch Next()
    {
        var begun = time.GetTimestamp();
        var batch = coming.Dequeue().GetAwaiter().GetResult();
        Waited += time.GetElapsedTime(begun);
        if (next < end)
            Enqueue();
        return batch;
    }

    public void Dispose()
    {
        ended.Cancel();
        // What is being drawn is waited for: nothing reads a clip after this.
        foreach (var task in coming)
            ((IAsyncResult)task).AsyncWaitHandle.WaitOne();
        ended.Dispose();
    }

    private void Enqueue()
    {
        var step = next++;
        coming.Enqueue(Task.Run(() => batches.Draw(step), ended.Token));
    }
}
