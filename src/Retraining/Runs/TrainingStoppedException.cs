namespace EchoClr.Retraining.Runs;

/// <summary>A training came to an end that repeating it does not change; the message says why, for a person.</summary>
public sealed class TrainingStoppedException(string reason, Exception? cause = null) : Exception(reason, cause);

/// <summary>The run is another worker's by now, or was cancelled: this one must write nothing more.</summary>
public sealed class TrainingLeaseLostException(long runId) : Exception($"training run {runId} was cancelled, or is in another worker's hands by now");
