using Microsoft.Extensions.Logging;

namespace EchoClr.Ingest.Listener;

/// <summary>What the listener's policy has to say. Ids from 2200; the next free one is 2203.</summary>
internal static partial class ListenerLog
{
    [LoggerMessage(2201, LogLevel.Warning, "The audit trail could not be told of rejected callers; tried again soon. {Reason}")]
    public static partial void RejectionsNotTold(ILogger logger, string reason);

    [LoggerMessage(2202, LogLevel.Error, "Associations that an earlier life left open could not be ended: there is no room. {Reason}")]
    public static partial void EarlierAssociationsLeft(ILogger logger, string reason);
}
