using Microsoft.Extensions.Logging;

namespace EchoClr.Inference.Signals;

/// <summary>What signals have to say: ids, names of targets and reasons of ours, never a patient. Inference's ids are 3000 to 3999; the next free one here is 3105.</summary>
internal static partial class SignalLog
{
    [LoggerMessage(3101, LogLevel.Information, "Signal {SignalId} is acknowledged by {Target}")]
    public static partial void Sent(ILogger logger, long signalId, string target);

    [LoggerMessage(3102, LogLevel.Warning, "Signal {SignalId} to {Target} is tried again at {NextAttemptAt}. {Reason}")]
    public static partial void Retried(ILogger logger, long signalId, string target, DateTimeOffset nextAttemptAt, string reason);

    [LoggerMessage(3103, LogLevel.Error, "Signal {SignalId} to {Target} is parked for a person. {Reason}")]
    public static partial void Parked(ILogger logger, long signalId, string target, string reason);

    [LoggerMessage(3104, LogLevel.Warning, "The database did not answer; due signals are looked for again. {Reason}")]
    public static partial void NotSwept(ILogger logger, string reason);
}
