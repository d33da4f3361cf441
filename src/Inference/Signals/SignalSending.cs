using EchoClr.Dicom;
using EchoClr.Inference.Delivery;
using EchoClr.Shared.Audit;
using EchoClr.Shared.Data;
using EchoClr.Shared.Tracing;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EchoClr.Inference.Signals;

/// <summary>
/// Makes one attempt to bring a signal. Tried again and parked by the same numbers as deliveries (Inference:Delivery). An acknowledgement that was lost with a connection or a
/// process means one more sending, under the same id.
/// </summary>
public sealed class SignalSending(
    SignalStore signals, SignalReader reader, SignalTargets targets, AuditTrail audit, InferenceOptions options, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<SignalSending> logger)
{
    /// <summary>A receiver that asks for more patience than this is asked all the same.</summary>
    private static readonly TimeSpan MaxRetryAfter = TimeSpan.FromHours(1);

    private readonly string _worker = $"{Environment.MachineName}/{Environment.ProcessId}/{Guid.NewGuid():N}";

    /// <summary>Does nothing where the signal is not due, or is in another worker's hands. False when nobody was there, so that others need not try now.</summary>
    /// <remarks>A shutdown ends it, and the signal is due again as if nothing had been begun.</remarks>
    public async Task<bool> AttemptAsync(long signalId, CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifetime.ApplicationStopping);
        if (ended.IsCancellationRequested || await signals.TryClaimAsync(signalId, _worker, time.GetUtcNow(), options.Delivery.Lease, ended.Token) is not { } claimed)
            return true;
        if (targets.Find(claimed.Target) is not { } target)
        {
            await ParkAsync(claimed, "the target is no longer in the settings", cancellationToken);
            return true;
        }
        SignalFailure? failure;
        try
        {
            failure = await SendAsync(claimed, target, ended.Token);
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            await signals.ReturnClaimAsync(claimed, _worker, time.GetUtcNow(), CancellationToken.None);
            return false;
        }
        // died here -> acknowledged, not noted; sent once more under the same id when the claim runs out
        var parked = failure is not null && await RetryOrParkAsync(claimed, failure, cancellationToken);
        if (failure is null && await signals.RecordSentAsync(claimed, time.GetUtcNow(), cancellationToken))
            SignalLog.Sent(logger, claimed.Id, claimed.Target);
        // A receiver that is down for a night is tried sixty times: the trail has the first attempt and the last.
        if (failure is null || claimed.Attempts == 1 || parked)
            await audit.RecordAsync(AuditEvents.Signalled(claimed.Target, target.Options.HostName, claimed.StudyInstanceUid, claimed.Kind.ToString(), failure?.Reason), cancellationToken);
        return failure is not { Unreachable: true };
    }

    private async Task<SignalFailure?> SendAsync(SignalRow claimed, ISignalTarget target, CancellationToken cancellationToken)
    {
        using var step = Steps.Start(Steps.SendSignal, claimed.TraceId);
        Signal signal;
        try
        {
            signal = await reader.ReadAsync(claimed, target.Options, cancellationToken);
        }
        // The words of either may hold a path or a value.
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or DicomFormatException)
        {
            return new SignalFailure("the report that it speaks of cannot be read") { Permanent = true };
        }
        return await target.SendAsync(signal, cancellationToken);
    }

    /// <summary>True when it was given up.</summary>
    private async Task<bool> RetryOrParkAsync(SignalRow claimed, SignalFailure failure, CancellationToken cancellationToken)
    {
        var refusedAgain = failure.Permanent && claimed.Attempts >= options.Delivery.MaxRefusedAttempts && claimed.Reason == failure.Reason;
        if (failure.Final || refusedAgain || claimed.Attempts >= options.Delivery.MaxAttempts)
        {
            await ParkAsync(claimed, failure.Reason, cancellationToken);
            return true;
        }
        var wait = Backoff.Delay(options.Delivery, claimed.Attempts);
        if (failure.RetryAfter is { } asked && asked > wait)
            wait = asked < MaxRetryAfter ? asked : MaxRetryAfter;
        var next = time.GetUtcNow() + wait;
        if (await signals.RecordRetryAsync(claimed, _worker, failure.Reason, time.GetUtcNow(), next, cancellationToken))
            SignalLog.Retried(logger, claimed.Id, claimed.Target, next, failure.Reason);
        if (failure.RetryAfter is not null)
            await signals.RestAsync(claimed.Target, next, cancellationToken);
        return false;
    }

    private async Task ParkAsync(SignalRow claimed, string reason, CancellationToken cancellationToken)
    {
        if (await signals.ParkAsync(claimed, _worker, reason, time.GetUtcNow(), cancellationToken))
            SignalLog.Parked(logger, claimed.Id, claimed.Target, reason);
    }
}
