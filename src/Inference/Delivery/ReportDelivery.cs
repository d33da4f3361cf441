using System.Data.Common;
using EchoClr.Dicom.Ports;
using EchoClr.Inference.Reporting;
using EchoClr.Shared.Audit;
using EchoClr.Shared.Data;
using EchoClr.Shared.Metrics;
using EchoClr.Shared.Tracing;
using Microsoft.Extensions.Hosting;

namespace EchoClr.Inference.Delivery;

/// <summary>
/// Takes one delivery as far as it goes now: send, ask for storage commitment, or, when no report came, ask by C-FIND. What is to be done is read from the rows,
/// so that a worker which died, a second message and a second worker change nothing. Nothing waits in memory: every wait is a row that becomes due.
/// </summary>
public sealed class ReportDelivery(
    DeliveryStore deliveries, ObjectSender sender, StudyRecheck recheck, CommitmentConclusion conclusion, DeliverySetback setback, WithdrawalStore withdrawals, DestinationHoldStore holds,
    IDicomClient client, Destinations destinations, AuditTrail audit, InferenceOptions options, IHostApplicationLifetime lifetime, TimeProvider time)
{
    private readonly string _worker = $"{Environment.MachineName}/{Environment.ProcessId}/{Guid.NewGuid():N}";

    /// <summary>Does nothing where the delivery is not due, or is in another worker's hands. False when the PACS let nobody in, so that others need not try now.</summary>
    /// <remarks>A shutdown ends it, and the delivery is due again as if nothing had been begun.</remarks>
    public async Task<bool> AdvanceAsync(long deliveryId, CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifetime.ApplicationStopping);
        // At most: send, request, and hear the report on the same association; each step is claimed anew.
        while (!ended.IsCancellationRequested && await deliveries.TryClaimAsync(deliveryId, _worker, time.GetUtcNow(), options.Delivery.Lease, ended.Token) is { } claimed)
        {
            var next = await KeepAndStepAsync(claimed, ended.Token);
            if (next != Next.Step)
                return next != Next.NotNow;
        }
        return true;
    }

    /// <summary>Every delivery of an analysis that is due; a destination that is down does not hold up another.</summary>
    public async Task AdvanceAllAsync(long analysisId, CancellationToken cancellationToken) =>
        await Task.WhenAll((await deliveries.ListOfAnalysisAsync(analysisId, cancellationToken)).Select(delivery => AdvanceAsync(delivery.Id, cancellationToken)));

    private async Task<Next> KeepAndStepAsync(ClaimedDelivery claimed, CancellationToken cancellationToken)
    {
        using var done = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var renewal = RenewAsync(claimed.Delivery.Id, done.Token);
        try
        {
            return await StepAsync(claimed, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await deliveries.ReturnClaimAsync(claimed.Delivery, _worker, time.GetUtcNow(), CancellationToken.None);
            return Next.NotNow;
        }
        finally
        {
            await done.CancelAsync();
            await renewal;
        }
    }

    /// <summary>A PACS may take a minute for every object; the delivery stays ours meanwhile.</summary>
    private async Task RenewAsync(long deliveryId, CancellationToken done)
    {
        try
        {
            while (true)
            {
                await Task.Delay(options.Delivery.Lease / 3, time, done);
                await deliveries.RenewClaimAsync(deliveryId, _worker, time.GetUtcNow(), options.Delivery.Lease, done);
            }
        }
        // The step is over; or the database is away, and then another worker may send the same bytes, which does no harm.
        catch (Exception exception) when (exception is OperationCanceledException or DbException)
        {
        }
    }

    private async Task<Next> StepAsync(ClaimedDelivery claimed, CancellationToken cancellationToken)
    {
        var delivery = claimed.Delivery;
        if (destinations.Find(delivery.Destination) is not { } destination)
        {
            await setback.ParkAsync(delivery, "the destination is no longer in the settings", cancellationToken);
            return Next.Wait;
        }
        // A withdrawal that is not written yet: it will take the place of what this carries.
        if (await withdrawals.FindAsync(delivery.AnalysisId, cancellationToken) is { WrittenAt: null })
        {
            await deliveries.ReturnClaimAsync(delivery, _worker, time.GetUtcNow(), cancellationToken);
            return Next.Wait;
        }
        if (destination.State != DestinationState.On || await holds.FindAsync(destination.Name, cancellationToken) is not null)
        {
            await deliveries.HoldAsync(delivery, time.GetUtcNow(), cancellationToken);
            return Next.Wait;
        }
        if (claimed.Objects.Any(item => item.SentAt is null))
            return await SendAsync(delivery, claimed.Objects, destination, cancellationToken);
        // A worker died between the last answer and the note of it.
        if (delivery.SentAt is null)
            return await RecordSentAsync(delivery, cancellationToken);
        // Requested since it was sent last, and due again: the report did not come.
        if (delivery.CommitmentRequestedAt >= delivery.SentAt)
            await AskByQueryAsync(delivery, claimed.Objects, destination, cancellationToken);
        else
            await RequestCommitmentAsync(delivery, claimed.Objects, destination, cancellationToken);
        return Next.Wait;
    }

    private async Task<Next> SendAsync(DeliveryRow delivery, IReadOnlyList<DeliveryObjectRow> objects, DestinationOptions destination, CancellationToken cancellationToken)
    {
        await deliveries.RecordAttemptAsync(delivery, time.GetUtcNow(), cancellationToken);
        delivery = delivery with { Attempts = delivery.Attempts + 1 };
        if (await recheck.FindAsync(delivery, objects, cancellationToken) is { } objection)
        {
            if (objection.Lasting)
                await setback.ParkAsync(delivery, objection.Reason, cancellationToken);
            else
                await setback.ResendOrParkAsync(delivery, new SendFailure(objection.Reason), cancellationToken);
            return Next.Wait;
        }
        var (peer, study) = (destinations.PeerOf(destination), Unsent(delivery, objects));
        // A PACS that is down for a night is tried sixty times: the trail has the first attempt and the last.
        if (delivery.Attempts == 1)
            await audit.RecordAsync(AuditEvents.SendingBegins(peer.CallingAeTitle, peer.AeTitle, peer.Host, study), cancellationToken);
        var began = time.GetTimestamp();
        var failure = await sender.SendAsync(delivery, objects, peer, cancellationToken);
        Instruments.Delivered(delivery.Destination, failure is not null, time.GetElapsedTime(began));
        var parked = failure is not null && await setback.ResendOrParkAsync(delivery, failure, cancellationToken);
        if (failure is null || delivery.Attempts == 1 || parked)
            await audit.RecordAsync(AuditEvents.Sent(peer.CallingAeTitle, peer.AeTitle, peer.Host, study, failure?.Reason), cancellationToken);
        if (failure is not null)
            return failure.NoAssociation ? Next.NotNow : Next.Wait;
        return await RecordSentAsync(delivery, cancellationToken);
    }

    private async Task<Next> RecordSentAsync(DeliveryRow delivery, CancellationToken cancellationToken)
    {
        using var step = Steps.Start(Steps.RecordSent, delivery.TraceId);
        return await deliveries.RecordSentAsync(delivery, time.GetUtcNow(), cancellationToken) ? Next.Step : Next.Wait;
    }

    private static AuditedStudy Unsent(DeliveryRow delivery, IReadOnlyList<DeliveryObjectRow> objects) => new(delivery.StudyInstanceUid,
        [.. objects.Where(item => item.SentAt is null).GroupBy(item => item.SopClassUid).Select(group => new AuditedInstances { SopClassUid = group.Key, Count = group.Count() })]);

    private async Task RequestCommitmentAsync(DeliveryRow delivery, IReadOnlyList<DeliveryObjectRow> objects, DestinationOptions destination, CancellationToken cancellationToken)
    {
        using var step = Steps.Start(Steps.RequestCommitment, delivery.TraceId);
        var now = time.GetUtcNow();
        var transaction = ReportUids.Transaction(delivery.Id, delivery.RowVersion, now);
        // Written before it is asked: the report may be faster than the response.
        if (!await deliveries.RecordCommitmentRequestedAsync(delivery, transaction, now, now + options.Delivery.CommitmentTimeout, cancellationToken))
            return;
        string refusal;
        try
        {
            var result = await client.RequestCommitmentAsync(
                destinations.PeerOf(destination), transaction, [.. objects.Select(item => new SopReference(item.SopClassUid, item.SopInstanceUid))], cancellationToken);
            if (result.Report is { } report)
                await conclusion.RecordAndDrawAsync(report, cancellationToken);
            if (result.Status.IsSuccess || result.Status.IsWarning)
                return;
            refusal = $"storage commitment was refused with {result.Status.WithoutComment}";
        }
        catch (DicomNetworkException exception)
        {
            refusal = exception.Message;
        }
        // Not offered, or away just now: the query is asked instead, and soon. A report that comes all the same is taken.
        await deliveries.RecordQueryDueAsync(delivery, refusal, time.GetUtcNow(), time.GetUtcNow() + Backoff.Delay(options.Delivery, delivery.CommitmentAttempts + 1), cancellationToken);
    }

    /// <summary>No report came: the PACS holds what its own index finds. What it does not find is sent again.</summary>
    private async Task AskByQueryAsync(DeliveryRow delivery, IReadOnlyList<DeliveryObjectRow> objects, DestinationOptions destination, CancellationToken cancellationToken)
    {
        List<DeliveryObjectRow> missing;
        try
        {
            missing = await sender.FindMissingAsync(delivery, objects, destinations.PeerOf(destination), cancellationToken);
        }
        catch (DicomNetworkException exception)
        {
            await setback.AskAgainOrParkAsync(delivery, exception.Message, cancellationToken);
            return;
        }
        if (missing.Count == 0)
        {
            await conclusion.ConfirmAsync(delivery, CommitmentConclusion.ByQuery, cancellationToken);
            return;
        }
        foreach (var item in missing)
            await deliveries.RecordObjectStatusAsync(delivery.Id, item.ResultObjectId, item.Status ?? 0, stored: false, time.GetUtcNow(), cancellationToken);
        await setback.ResendOrParkAsync(delivery, new SendFailure($"{missing.Count} of {objects.Count} objects were answered Success, but the PACS does not find them"), cancellationToken);
    }

    private enum Next
    {
        /// <summary>The next step may follow at once.</summary>
        Step,

        /// <summary>It waits, or is at its end.</summary>
        Wait,

        /// <summary>It waits because nobody was let in.</summary>
        NotNow,
    }
}
