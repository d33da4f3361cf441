using Microsoft.Extensions.Logging;

namespace EchoClr.Ingest.Silence;

/// <summary>What the watch over senders has to say. Ids from 2400; the next free one is 2404.</summary>
internal static partial class SilenceLog
{
    [LoggerMessage(2401, LogLevel.Warning, "Sender {AeTitle} is silent: {Detail}")]
    public static partial void Silent(ILogger logger, string aeTitle, string detail);

    [LoggerMessage(2402, LogLevel.Information, "Sender {AeTitle} is no longer silent")]
    public static partial void SendsAgain(ILogger logger, string aeTitle);

    [LoggerMessage(2403, LogLevel.Warning, "The senders' rhythm could not be looked at. {Reason}")]
    public static partial void NotLooked(ILogger logger, string reason);
}
