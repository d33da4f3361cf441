using EchoClr.Shared.Data;
using EchoClr.Shared.Storage;

namespace EchoClr.Retraining.Runs;

/// <summary>
/// The files of one run, in <c>training/</c>: every file has a name of its own that begins with the run's id, and counts only when a row names it, which asks for the lease's token.
/// So a worker that lost its run cannot spoil a file of the one that has it.
/// </summary>
internal sealed class RunKeeping : IRunKeeping
{
    private readonly BlobStore blobs;
    private readonly TrainingRunStore runs;
    private readonly TrainingLease lease;
    private readonly List<string> results = [];

    public RunKeeping(BlobStore blobs, TrainingRunStore runs, TrainingLease lease, string? checkpointKey)
    {
        (this.blobs, this.runs, this.lease) = (blobs, runs, lease);
        Checkpoint = checkpointKey is null ? null : File.ReadAllBytes(blobs.PathOf(checkpointKey));
    }

    public byte[]? Checkpoint { get; }

    /// <summary>What was last reported.</summary>
    public (double Progress, string Figures)? Reported { get; private set; }

    public async Task KeepAsync(byte[] checkpoint, double progress, CancellationToken cancellationToken)
    {
        var key = Write(lease.RunId, ".checkpoint", checkpoint);
        // died here -> a checkpoint that no row names; the next one that counts deletes it
        if (!await runs.RecordCheckpointAsync(lease, key, progress, cancellationToken))
        {
            blobs.Delete(key);
            throw new TrainingLeaseLostException(lease.RunId);
        }
        DeleteCheckpoints(except: key);
    }

    public string Write(string extension, byte[] bytes)
    {
        var key = Write(lease.RunId, extension, bytes);
        results.Add(key);
        return key;
    }

    public async Task<ModelRow> RegisterAsync(NewModel model, DateTimeOffset now, CancellationToken cancellationToken) =>
        await runs.RegisterAsync(lease, model, now, cancellationToken) ?? throw new TrainingLeaseLostException(lease.RunId);

    public void Report(double progress, string figures) => Reported = (progress, figures);

    /// <summary>The run is over and its row says so: nothing goes on from a checkpoint any more.</summary>
    public void DeleteCheckpoints(string? except = null)
    {
        foreach (var path in Directory.EnumerateFiles(blobs.PathOf(BlobStore.Training), $"{lease.RunId}-*.checkpoint"))
            if (except is null || path != blobs.PathOf(except))
                File.Delete(path);
    }

    /// <summary>The run did not succeed: its results belong to nobody.</summary>
    public void DeleteResults()
    {
        foreach (var key in results)
            blobs.Delete(key);
    }

    private string Write(long runId, string extension, byte[] bytes)
    {
        var key = $"{BlobStore.Training}/{runId}-{Guid.NewGuid():N}{extension}";
        try
        {
            Durable.WriteFile(blobs.PathOf(key), bytes);
        }
        catch (IOException error)
        {
            // Half a file must not take the room that is lacking.
            foreach (var part in Directory.EnumerateFiles(blobs.PathOf(BlobStore.Training), Path.GetFileName(key) + "*"))
                File.Delete(part);
            throw new TrainingStoppedException($"a file of the training cannot be written: {error.Message}", error);
        }
        return key;
    }
}
