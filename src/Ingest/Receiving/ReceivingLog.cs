using Microsoft.Extensions.Logging;

namespace EchoClr.Ingest.Receiving;

/// <summary>What receiving has to say; never a peer's text. Ingest's ids are 2000 to 2999; the next free one here is 2009.</summary>
internal static partial class ReceivingLog
{
    [LoggerMessage(2001, LogLevel.Warning, "Association {AssociationId}: an object was refused with status {Status:X4}H")]
    public static partial void Refused(ILogger logger, string associationId, int status, Exception exception);

    [LoggerMessage(2002, LogLevel.Warning, "Association {AssociationId}: other bytes came under the SOP Instance UID of instance {InstanceId}; they are kept aside")]
    public static partial void Conflict(ILogger logger, string associationId, long instanceId);

    [LoggerMessage(2003, LogLevel.Error, "Association {AssociationId}: its end could not be recorded")]
    public static partial void EndNotRecorded(ILogger logger, string associationId, Exception exception);

    [LoggerMessage(2004, LogLevel.Error, "Association {AssociationId}: a refusal could not be recorded")]
    public static partial void RefusalNotRecorded(ILogger logger, string associationId, Exception exception);

    [LoggerMessage(2005, LogLevel.Warning, "Instance {InstanceId} had no file any more and takes the one that was sent again")]
    public static partial void FileReplaced(ILogger logger, long instanceId);

    [LoggerMessage(2006, LogLevel.Information, "Deleted {Count} files that receiving had left behind")]
    public static partial void OrphansDeleted(ILogger logger, int count);

    [LoggerMessage(2007, LogLevel.Warning, "The sweep of orphaned files failed; the next one is in an hour")]
    public static partial void NotSwept(ILogger logger, Exception exception);

    [LoggerMessage(2008, LogLevel.Warning, "Association {AssociationId}: a Key Object Selection cannot be understood; if it rejects objects, they stay. {Reason}")]
    public static partial void NoteNotRead(ILogger logger, string associationId, string reason);
}
