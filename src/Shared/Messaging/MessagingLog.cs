using Microsoft.Extensions.Logging;

namespace EchoClr.Shared.Messaging;

/// <summary>What the bus has to say. Shared's ids are 1000 to 1999; the next free one here is 1004.</summary>
internal static partial class MessagingLog
{
    [LoggerMessage(1001, LogLevel.Warning, "{Message} was not published in {Attempts} attempts; the reconciler will bring it. {Reason}")]
    public static partial void NotPublished(ILogger logger, string message, int attempts, string reason);

    [LoggerMessage(1002, LogLevel.Information, "Published {Count} messages that the tables owed")]
    public static partial void Reconciled(ILogger logger, int count);

    [LoggerMessage(1003, LogLevel.Warning, "The database did not answer the backlog queries; the next try is in a minute. {Reason}")]
    public static partial void NotReconciled(ILogger logger, string reason);
}
