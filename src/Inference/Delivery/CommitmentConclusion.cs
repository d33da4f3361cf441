using EchoClr.Dicom.Ports;
using EchoClr.Inference.Signals;
using EchoClr.Shared.Contracts;
using EchoClr.Shared.Data;
using EchoClr.Shared.Messaging;
using EchoClr.Shared.Metrics;
using EchoClr.Shared.Tracing;
using Microsoft.Extensions.Logging;

namespace EchoClr.Inference.Delivery;

/// <summary>Draws the conclusion from a storage commitment report: confirmed, or sent again. A report may come twice, late, and to a request that was repeated since.</summary>
public sealed class CommitmentConclusion(
    CommitmentStore commitments, DeliveryStore deliveries, DeliverySetback setback, SignalTargets signals, Publisher publisher, TimeProvider time, ILogger<CommitmentConclusion> logger)
{
    public const string ByStorageCommitment = "StorageCommitment";
    public const string ByQuery = "C-FIND";

    /// <summary>For a report that came on the association of the request, which the listener does not see.</summary>
    public async Task RecordAndDrawAsync(CommitmentReport report, CancellationToken cancellationToken)
    {
        var objects = report.Committed.Select(item => new ReportedObject { SopClassUid = item.SopClassUid, SopInstanceUid = item.SopInstanceUid })
            // An object in both lists is one that the PACS does not vouch for.
            .Where(item => report.Failed.All(failed => failed.Object.SopInstanceUid != item.SopInstanceUid))
            .Concat(report.Failed.Select(failed => new ReportedObject { SopClassUid = failed.Object.SopClassUid, SopInstanceUid = failed.Object.SopInstanceUid, FailureReason = failed.FailureReason }));
        await commitments.RecordReportAsync(report.TransactionUid, [.. objects], time.GetUtcNow(), cancellationToken);
        // died here -> recorded, not dealt with; the reconciler brings it
        await DrawAsync(report.TransactionUid, cancellationToken);
    }

    /// <summary>Deals with every report to a transaction that nobody has dealt with.</summary>
    public async Task DrawAsync(string transactionUid, CancellationToken cancellationToken)
    {
        foreach (var (report, reported) in await commitments.ListUnhandledAsync(transactionUid, cancellationToken))
        {
            if (await commitments.FindDeliveryAsync(transactionUid, cancellationToken) is { State: not (DeliveryState.Confirmed or DeliveryState.Dropped) } delivery)
                await DrawAsync(delivery, reported, cancellationToken);
            // died here -> concluded, not marked; drawn once more with the same end
            await commitments.MarkHandledAsync(report, time.GetUtcNow(), cancellationToken);
        }
    }

    public async Task ConfirmAsync(DeliveryRow delivery, string by, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (!await deliveries.RecordConfirmedAsync(delivery, by, now, cancellationToken, signals.After(delivery.Destination)))
            return;
        Instruments.Confirmed(delivery.Destination, by, now - delivery.CreatedAt);
        InferenceLog.Confirmed(logger, delivery.Id, delivery.Destination, by);
        await publisher.PublishAsync(new ReportConfirmed { DeliveryId = delivery.Id, TraceId = delivery.TraceId }, cancellationToken);
    }

    private async Task DrawAsync(DeliveryRow delivery, IReadOnlyList<ReportedObject> reported, CancellationToken cancellationToken)
    {
        using var step = Steps.Start(Steps.ConcludeCommitment, delivery.TraceId);
        var outcomes = reported.ToDictionary(item => item.SopInstanceUid, item => item.FailureReason);
        var objects = await deliveries.ListObjectsAsync(delivery.Id, cancellationToken);
        if (objects.All(item => item.ConfirmedAt is not null || outcomes.TryGetValue(item.SopInstanceUid, out var reason) && reason is null))
        {
            await ConfirmAsync(delivery, ByStorageCommitment, cancellationToken);
            return;
        }
        var failed = objects.Where(item => item.ConfirmedAt is null && outcomes.GetValueOrDefault(item.SopInstanceUid) is not null).ToList();
        if (failed.Count == 0)
            return; // not all were mentioned: the query at the end of the wait decides about the others
        foreach (var item in failed)
            await deliveries.RecordObjectStatusAsync(delivery.Id, item.ResultObjectId, item.Status ?? 0, stored: false, time.GetUtcNow(), cancellationToken);
        var reasons = string.Join(", ", failed.Select(item => new DimseStatus((ushort)outcomes[item.SopInstanceUid]!)).Distinct());
        await setback.ResendOrParkAsync(delivery, new SendFailure($"the PACS does not commit to {failed.Count} of {objects.Count} objects (Failure Reason {reasons})"), cancellationToken);
    }
}
