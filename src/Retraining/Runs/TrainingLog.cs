using Microsoft.Extensions.Logging;

namespace EchoClr.Retraining.Runs;

/// <summary>What training runs have to say. Ids 4510 to 4519.</summary>
internal static partial class TrainingLog
{
    [LoggerMessage(4510, LogLevel.Information, "Training run {RunId} begins in a process of its own")]
    public static partial void Started(ILogger logger, long runId);

    [LoggerMessage(4511, LogLevel.Information, "Training run {RunId} ended: {End}. {Error}")]
    public static partial void Ended(ILogger logger, long runId, string end, string error);

    [LoggerMessage(4512, LogLevel.Warning, "A training run could not be begun; it is looked for again. {Reason}")]
    public static partial void NotStarted(ILogger logger, string reason);
}
