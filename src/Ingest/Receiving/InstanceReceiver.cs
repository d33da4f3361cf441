using EchoClr.Dicom;
using EchoClr.Dicom.Ports;
using EchoClr.Shared.Data;
using EchoClr.Shared.Storage;
using EchoClr.Shared.Tracing;
using Microsoft.Extensions.Logging;

namespace EchoClr.Ingest.Receiving;

/// <summary>Makes a received file ours before the sender hears Success: a name of ours, flush, commit of its row (together with all who wait).</summary>
public sealed class InstanceReceiver(BlobStore blobs, GroupCommit commits, TimeProvider time, ILogger<InstanceReceiver> logger)
{
    /// <summary>Returns when file and rows are durable. Whatever it throws, the sender hears a failure and keeps its copy.</summary>
    public async Task<Reception> ReceiveAsync(ReceivedInstance received, NewAssociation association, CancellationToken cancellationToken)
    {
        using var step = Steps.Start(Steps.Receive, association.TraceId);
        var fileKey = BlobStore.NewKey(BlobStore.Objects);
        var instance = InstanceHeader.Read(received, association, fileKey, time.GetUtcNow()) with { Rejects = ReadNote(received, association) };
        // died before here -> spool file without row, no answer given; swept in an hour, and the sender sends again
        using (Steps.Start(Steps.Keep))
            blobs.TakeOver(received.Path, fileKey);
        // died here -> object file without row, no answer given; swept in an hour, and the sender sends again
        Reception reception;
        using (Steps.Start(Steps.Commit))
            reception = await CommitAsync(association, instance, cancellationToken);
        // died here -> file and row, no answer given; the sender sends again and is told Success, one copy
        if (reception.Kind == ReceptionKind.Duplicate)
            await SettleDuplicateAsync(instance, reception, cancellationToken);
        else if (reception.Kind == ReceptionKind.ConflictAgain)
            blobs.Delete(fileKey);
        if (reception.Kind is ReceptionKind.Conflict)
            ReceivingLog.Conflict(logger, association.Id, reception.InstanceId);
        return reception;
    }

    private async Task<Reception> CommitAsync(NewAssociation association, NewInstance instance, CancellationToken cancellationToken)
    {
        try
        {
            return await commits.RunAsync(session => InstanceStore.RecordReceivedAsync(session, association, instance), cancellationToken);
        }
        // There was no room for the row, so there is none: without this, each try of a sender would leave one more file on a full disk for the hourly sweep.
        // After any other trouble with the database the row may be there, and the sweep asks.
        catch (Exception exception) when (Database.IsFull(exception))
        {
            blobs.Delete(instance.FileKey);
            throw;
        }
    }

    /// <summary>Writes down why an object was refused. That it cannot be written down is only logged: the sender's answer must not wait for it.</summary>
    public async Task RecordRefusedAsync(ReceivedInstance received, NewAssociation association, DimseStatus status)
    {
        // A database that is in trouble would only be asked once more; the log has the reason.
        if (status.Code == StoreStatus.OutOfResources.Code)
            return;
        var now = time.GetUtcNow();
        try
        {
            await commits.RunAsync(async session =>
            {
                await InstanceStore.RecordRefusedAsync(session, association, received.Request.SopClassUid, received.Request.SopInstanceUid, status.Code, status.ErrorComment ?? "", now);
                return true;
            }, CancellationToken.None);
        }
        catch (Exception exception)
        {
            ReceivingLog.RefusalNotRecorded(logger, association.Id, exception);
        }
    }

    /// <summary>A note that cannot be understood is kept like any object; somebody should know that it moved nothing.</summary>
    private RejectionNote? ReadNote(ReceivedInstance received, NewAssociation association)
    {
        try
        {
            return RejectionNotes.Read(received);
        }
        catch (DicomFormatException exception)
        {
            ReceivingLog.NoteNotRead(logger, association.Id, exception.Message);
            return null;
        }
    }

    /// <summary>One copy is enough, when it is there: Success must be true also where the first file has expired or was lost.</summary>
    private async Task SettleDuplicateAsync(NewInstance arrived, Reception reception, CancellationToken cancellationToken)
    {
        if (reception.FileKey is not null && File.Exists(blobs.PathOf(reception.FileKey)))
        {
            // died here -> object file without row; swept in an hour
            blobs.Delete(arrived.FileKey);
            return;
        }

        ReceivingLog.FileReplaced(logger, reception.InstanceId);
        await commits.RunAsync(async session =>
        {
            await InstanceStore.ReplaceFileAsync(session, reception.InstanceId, arrived);
            return true;
        }, cancellationToken);
    }
}
