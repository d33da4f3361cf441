using System.Collections.Concurrent;
using System.Diagnostics;
using EchoClr.Dicom;
using EchoClr.Dicom.Ports;
using EchoClr.Ingest.Commitment;
using EchoClr.Ingest.Receiving;
using EchoClr.Ingest.Retention;
using EchoClr.Shared.Data;
using EchoClr.Shared.Metrics;
using EchoClr.Shared.Storage;
using Microsoft.Extensions.Logging;

namespace EchoClr.Ingest.Listener;

/// <summary>Adapts the listener's calls: policy, receiving, commitment. Holds nothing but the associations of this moment.</summary>
public sealed class ReceivingHandler(
    ListenerOptions options, AssociationPolicy policy, BlobStore blobs, InstanceReceiver receiver, CommitmentReceiver commitments, SenderCommitment senderCommitment,
    GroupCommit commits, RejectedCallers rejected, BackPressure pressure, TimeProvider time, ILogger<ReceivingHandler> logger) : IDicomServerHandler
{
    private readonly ConcurrentDictionary<Guid, NewAssociation> _known = new();
    private readonly ConcurrentDictionary<Guid, Task> _endings = new();

    /// <summary>Tells this listener's rows from another's: what an earlier life of it left open is closed at the start.</summary>
    public string Listener { get; } = $"{options.AeTitle}@{Environment.MachineName}:{options.Port}";

    /// <summary>Associations that are open now.</summary>
    public int AssociationCount => _known.Count;

    public AssociationDecision Decide(AssociationRequest request)
    {
        var decision = policy.Decide(request);
        if (decision.Rejection is { } rejection)
        {
            // No row: a stranger in a loop would fill the table.
            rejected.Note(request.CallingAeTitle, request.RemoteEndPoint.Address, request.CalledAeTitle, rejection.Why);
            CountRejection(request.CallingAeTitle, rejection.Why);
            return decision;
        }
        // A PACS that reports commitment is let in: its word lets studies go, and that makes room.
        if (pressure.Rejection is { } later && request.Contexts.Any(context => context.AbstractSyntax is not (SopClasses.Verification or SopClasses.StorageCommitmentPushModel)))
        {
            CountRejection(request.CallingAeTitle, Scarce);
            return AssociationDecision.Reject(later);
        }
        if (_known.Values.Count(association => association.CallingAeTitle == request.CallingAeTitle) >= options.MaxAssociationsPerSender)
        {
            CountRejection(request.CallingAeTitle, AssociationRejection.LocalLimitExceeded.Why);
            return AssociationDecision.Reject(AssociationRejection.LocalLimitExceeded);
        }
        _known[request.AssociationId] = new NewAssociation(
            request.AssociationId.ToString("N"), Listener, Text.Cut(request.CallingAeTitle, 64)!, Text.Cut(request.CalledAeTitle, 64)!,
            request.RemoteEndPoint.Address.ToString(), ActivityTraceId.CreateRandom().ToHexString(), time.GetUtcNow()) { IsUrgent = policy.IsUrgent(request) };
        return decision;
    }

    public string? CreateStoreFile(StoreRequest request)
    {
        if (pressure.Now is null)
            return blobs.NewSpoolFile();
        Instruments.Refused("object", request.CallingAeTitle, Scarce);
        return null;
    }

    public async ValueTask<DimseStatus> StoreAsync(ReceivedInstance instance, CancellationToken cancellationToken)
    {
        var association = _known[instance.Request.AssociationId];
        var began = time.GetTimestamp();
        var status = await ReceiveAsync(instance, association, cancellationToken);
        Instruments.Received(association.CallingAeTitle, status.Code, instance.DatasetLength, time.GetElapsedTime(began));
        return status;
    }

    private async Task<DimseStatus> ReceiveAsync(ReceivedInstance instance, NewAssociation association, CancellationToken cancellationToken)
    {
        try
        {
            return StoreStatus.Of(await receiver.ReceiveAsync(instance, association, cancellationToken));
        }
        // The edge: here, and only here, an exception becomes a DIMSE status.
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            var status = StoreStatus.Of(exception);
            ReceivingLog.Refused(logger, association.Id, status.Code, exception);
            await receiver.RecordRefusedAsync(instance, association, status);
            return status;
        }
    }

    public async ValueTask<DimseStatus> CommitmentReportedAsync(CommitmentReport report, CancellationToken cancellationToken) =>
        await commitments.ReceiveAsync(report, cancellationToken);

    public async ValueTask<DimseStatus> CommitmentRequestedAsync(CommitmentRequest request, CancellationToken cancellationToken) =>
        await senderCommitment.AcceptAsync(request, _known[request.AssociationId].TraceId, cancellationToken);

    public async ValueTask<CommitmentReport?> ReportCommitmentAsync(CommitmentRequest request, CancellationToken cancellationToken) =>
        await senderCommitment.ReportHereAsync(request, cancellationToken);

    public async ValueTask CommitmentReportAnsweredAsync(CommitmentRequest request, CommitmentReport report, DimseStatus status, CancellationToken cancellationToken) =>
        await senderCommitment.AnsweredAsync(request.CallingAeTitle, report, status, cancellationToken);

    public void TlsRefused(System.Net.IPEndPoint remote, string why) => rejected.Note("(no TLS)", remote.Address, "", why);

    public void AssociationEnded(AssociationEnd end)
    {
        if (!_known.TryRemove(end.AssociationId, out var association))
            return; // rejected by the policy
        if (end.Kind == AssociationEndKind.Rejected)
        {
            CountRejection(association.CallingAeTitle, "no slot");
            return;
        }
        var ending = RecordEndAsync(end, association);
        _endings[end.AssociationId] = ending;
        ending.ContinueWith(_ => _endings.TryRemove(end.AssociationId, out Task? _), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    /// <summary>Completes when every end that was reported so far is in the table.</summary>
    public Task FlushAsync() => Task.WhenAll(_endings.Values);

    /// <summary>What there is too little of, while nothing is taken.</summary>
    private string Scarce => pressure.Now?.Kind.ToString() ?? "";

    private void CountRejection(string callingAeTitle, string reason) =>
        Instruments.Refused("association", options.Senders.Exists(sender => sender.AeTitle == callingAeTitle) ? callingAeTitle : Instruments.Unlisted, reason);

    private async Task RecordEndAsync(AssociationEnd end, NewAssociation association)
    {
        var endedAt = time.GetUtcNow();
        try
        {
            await commits.RunAsync(async session =>
            {
                await AssociationStore.RecordEndedAsync(session, association, end.Kind.ToString(), end.Reason, end.InstancesStored, endedAt);
                return true;
            }, CancellationToken.None);
        }
        // Nobody waits for this. A study whose association seems open is completed after StudyCompletionOptions.ReleaseWait.
        catch (Exception exception)
        {
            ReceivingLog.EndNotRecorded(logger, association.Id, exception);
        }
    }
}
