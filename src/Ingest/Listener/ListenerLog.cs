using Microsoft.Extensions.Logging;

namespace EchoClr.Ingest.Listener;

/// <summary>What the listener's policy has to say. Ids from 2200; the next free one is 2202.</summary>
internal static partial class ListenerLog
{
    [LoggerMessage(2201, LogLevel.Warning, "The audit trail could not be told of rejected callers; tried again soon. {Reason}")]
    public static partial void RejectionsNotTold(ILogger logger, string reason);
}
