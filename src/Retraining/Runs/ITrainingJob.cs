using EchoClr.Shared.Data;

namespace EchoClr.Retraining.Runs;

/// <summary>What a training run does. The worker that holds the run's lease calls it.</summary>
public interface ITrainingJob
{
    /// <summary>Returns the result as JSON, for the run's row.</summary>
    /// <exception cref="TrainingStoppedException">It came to an end that repeating does not change.</exception>
    Task<string> RunAsync(TrainingRunRow run, IRunKeeping keeping, CancellationToken cancellationToken);
}

/// <summary>What a job may write while it runs. Everything is refused, by <see cref="TrainingLeaseLostException"/>, once the run is another's or was cancelled.</summary>
public interface IRunKeeping
{
    /// <summary>The last checkpoint that counts; null where there is none.</summary>
    byte[]? Checkpoint { get; }

    /// <summary>Makes a checkpoint durable, then the one that counts.</summary>
    Task KeepAsync(byte[] checkpoint, double progress, CancellationToken cancellationToken);

    /// <summary>Writes a file of the run's result durably, under a name of its own; it is deleted again unless the run succeeds. Returns its key.</summary>
    string Write(string extension, byte[] bytes);

    /// <summary>Registers a model that the run made; its files are durable. Again, where an earlier worker of the run died after it, it is the same row.</summary>
    Task<ModelRow> RegisterAsync(NewModel model, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Tells how far the run is; goes into its row with the next renewal of the lease.</summary>
    /// <param name="progress">0 to 1.</param>
    /// <param name="figures">JSON.</param>
    void Report(double progress, string figures);
}
