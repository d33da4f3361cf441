using Microsoft.Extensions.Logging;

namespace EchoClr.Ingest.Commitment;

/// <summary>What storage commitment for senders has to say. Ids 2301 to 2399; the next free one is 2306.</summary>
internal static partial class CommitmentLog
{
    [LoggerMessage(2301, LogLevel.Error, "The file of instance {InstanceId} {What}; its sender is told that it is not committed to")]
    public static partial void FileDamaged(ILogger logger, long instanceId, string what);

    [LoggerMessage(2302, LogLevel.Information, "Storage commitment {TransactionUid} of {CallingAeTitle} is reported: {Committed} committed, {Failed} not")]
    public static partial void Reported(ILogger logger, string transactionUid, string callingAeTitle, int committed, int failed);

    [LoggerMessage(2303, LogLevel.Warning, "The report of storage commitment {TransactionUid} to {CallingAeTitle} is tried again at {NextAttemptAt}. {Reason}")]
    public static partial void Retried(ILogger logger, string transactionUid, string callingAeTitle, DateTimeOffset nextAttemptAt, string reason);

    [LoggerMessage(2304, LogLevel.Error, "The report of storage commitment {TransactionUid} to {CallingAeTitle} is given up. {Reason}")]
    public static partial void Parked(ILogger logger, string transactionUid, string callingAeTitle, string reason);

    [LoggerMessage(2305, LogLevel.Warning, "The database did not answer; due commitment reports are looked for again. {Reason}")]
    public static partial void NotSwept(ILogger logger, string reason);
}
