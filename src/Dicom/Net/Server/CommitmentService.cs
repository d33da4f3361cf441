using EchoClr.Dicom.Net.Dimse;
using EchoClr.Dicom.Net.Pdus;
using EchoClr.Dicom.Ports;

namespace EchoClr.Dicom.Net.Server;

/// <summary>Calls the application; whatever it throws becomes a status.</summary>
internal delegate ValueTask<DimseStatus> HandlerCall(string doing, Func<ValueTask<DimseStatus>> call);

/// <summary>The SCP of the Storage Commitment Push Model on one association (PS3.4 J.3): takes requests, and sends reports that are ready at once on the same association.</summary>
internal sealed class CommitmentService(Guid associationId, AssociateRqPdu rq, DimseChannel channel, IDicomServerHandler handler, HandlerCall call, TimeSpan timeout, CancellationToken aborted)
{
    /// <summary>Reports that the requestor has not answered; it may send requests of its own before it does.</summary>
    private readonly Dictionary<ushort, (CommitmentRequest Request, CommitmentReport Report)> _unanswered = [];

    private ushort _lastMessageId;

    /// <summary>Reads the data set of an N-ACTION, and lets the application decide. The request is null unless it was accepted.</summary>
    public async ValueTask<(DimseStatus Status, CommitmentRequest? Accepted)> TakeRequestAsync(AcceptedContext context, CommandSet command)
    {
        if (Refused(context, command) is { } refusal)
        {
            if (command.HasDataset)
                await channel.ReceiveDatasetAsync(context, new DiscardedDataset(), DatasetInMemory.MaxLength, timeout).ConfigureAwait(false);
            return (refusal, null);
        }
        if (await StorageCommitment.ReceiveRequestAsync(channel, context, timeout).ConfigureAwait(false) is not { } read)
            return (new DimseStatus(StatusCodes.ProcessingFailure, "the request cannot be read"), null);
        var roleStated = rq.User.Roles.Any(role => role.SopClassUid == StorageCommitment.SopClassUid && role.ScuRole);
        var request = new CommitmentRequest(associationId, rq.CallingAeTitle, read.TransactionUid, read.Objects, roleStated);
        var status = await call("taking a commitment request", () => handler.CommitmentRequestedAsync(request, aborted)).ConfigureAwait(false);
        return (status, status.IsSuccess ? request : null);
    }

    /// <summary>After the response to an accepted request: sends its report, when it is to come on this association. The answer comes among the peer's next messages.</summary>
    public async ValueTask ReportAsync(AcceptedContext context, CommitmentRequest request)
    {
        CommitmentReport? ready = null;
        await call("making a commitment report", async () =>
        {
            ready = await handler.ReportCommitmentAsync(request, aborted).ConfigureAwait(false);
            return DimseStatus.Success;
        }).ConfigureAwait(false);
        if (ready is not { } report)
            return;
        var information = DicomDatasetWriter.Encode(StorageCommitment.Information(report), TransferSyntax.Parse(context.TransferSyntax));
        _unanswered[++_lastMessageId] = (request, report);
        await channel.SendAsync(context.Id, StorageCommitment.ReportRequest(report) with { MessageId = _lastMessageId }, information).ConfigureAwait(false);
    }

    /// <summary>True when a response answers a report of ours.</summary>
    public async ValueTask<bool> TryTakeAnswerAsync(AcceptedContext context, CommandSet response)
    {
        if (response.Field != CommandField.NEventReportRsp || response.MessageIdBeingRespondedTo is not { } id || !_unanswered.Remove(id, out var reported))
            return false;
        if (response.HasDataset)
            await channel.ReceiveDatasetAsync(context, new DiscardedDataset(), DatasetInMemory.MaxLength, timeout).ConfigureAwait(false);
        await call("taking the answer to a commitment report", async () =>
        {
            await handler.CommitmentReportAnsweredAsync(reported.Request, reported.Report, response.DimseStatus, aborted).ConfigureAwait(false);
            return DimseStatus.Success;
        }).ConfigureAwait(false);
        return true;
    }

    private static DimseStatus? Refused(AcceptedContext context, CommandSet command)
    {
        if (context.AbstractSyntax != StorageCommitment.SopClassUid || command.RequestedSopClassUid != StorageCommitment.SopClassUid)
            return new DimseStatus(StatusCodes.NoSuchSopClass, "no such SOP class");
        if (command.RequestedSopInstanceUid != StorageCommitment.SopInstanceUid)
            return new DimseStatus(StatusCodes.NoSuchSopInstance, "not the well-known SOP instance of storage commitment");
        if (command.ActionTypeId != StorageCommitment.RequestAction)
            return new DimseStatus(StatusCodes.NoSuchActionType, "no such action type");
        return command.HasDataset ? null : new DimseStatus(StatusCodes.InvalidArgumentValue, "no action information follows");
    }
}
