using EchoClr.Shared.Contracts;
using EchoClr.Shared.Data;
using EchoClr.Shared.Messaging;
using Microsoft.Extensions.Logging;

namespace EchoClr.Inference.Delivery;

/// <summary>What follows when a delivery did not get on: another try that becomes due, or a person. The wait is a row, never a sleep.</summary>
public sealed class DeliverySetback(DeliveryStore deliveries, Publisher publisher, InferenceOptions options, TimeProvider time, ILogger<DeliverySetback> logger)
{
    /// <summary>Sends again after a while, or gives up (then true): soon where the PACS says the same refusal once more that repeating does not cure.</summary>
    public async Task<bool> ResendOrParkAsync(DeliveryRow delivery, SendFailure failure, CancellationToken cancellationToken)
    {
        var reason = failure.Reason;
        var refusedAgain = failure.Permanent && delivery.Attempts >= options.Delivery.MaxRefusedAttempts && delivery.Reason == reason;
        if (refusedAgain || delivery.Attempts >= options.Delivery.MaxAttempts)
        {
            await ParkAsync(delivery, reason, cancellationToken);
            return true;
        }
        var next = time.GetUtcNow() + Backoff.Delay(options.Delivery, delivery.Attempts);
        if (await deliveries.RecordRetryAsync(delivery, resend: true, reason, time.GetUtcNow(), next, cancellationToken))
            InferenceLog.DeliveryRetried(logger, delivery.Id, delivery.Destination, next, reason);
        return false;
    }

    /// <summary>Leaves it to a person, with the reason.</summary>
    public async Task ParkAsync(DeliveryRow delivery, string reason, CancellationToken cancellationToken)
    {
        if (!await deliveries.ParkAsync(delivery, reason, time.GetUtcNow(), cancellationToken))
            return;
        InferenceLog.DeliveryParked(logger, delivery.Id, delivery.Destination, reason);
        await publisher.PublishAsync(new DeliveryParked { DeliveryId = delivery.Id, TraceId = delivery.TraceId }, cancellationToken);
    }

    /// <summary>Asks for the confirmation again after a while, or gives up.</summary>
    public async Task AskAgainOrParkAsync(DeliveryRow delivery, string reason, CancellationToken cancellationToken)
    {
        if (delivery.CommitmentAttempts >= options.Delivery.MaxAttempts)
        {
            await ParkAsync(delivery, "sent, but never confirmed: " + reason, cancellationToken);
            return;
        }
        var next = time.GetUtcNow() + Backoff.Delay(options.Delivery, delivery.CommitmentAttempts);
        if (await deliveries.RecordCommitmentDueAsync(delivery, reason, time.GetUtcNow(), next, cancellationToken))
            InferenceLog.DeliveryRetried(logger, delivery.Id, delivery.Destination, next, reason);
    }
}
