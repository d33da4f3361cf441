namespace EchoClr.Inference.Signals;

/// <summary>A way to bring a signal to a system outside: HL7 over MLLP, FHIR over HTTPS.</summary>
public interface ISignalTarget
{
    SignalTargetOptions Options { get; }

    /// <summary>One attempt. Null when the receiver has acknowledged it.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> fired; whether it arrived is not known.</exception>
    Task<SignalFailure?> SendAsync(Signal signal, CancellationToken cancellationToken);
}

/// <summary>Why a signal was not acknowledged.</summary>
/// <param name="Reason">For an administrator: what was answered, never the receiver's own words, which may name a patient.</param>
public sealed record SignalFailure(string Reason)
{
    /// <summary>Repeating does not cure it: it is parked at once.</summary>
    public bool Final { get; init; }

    /// <summary>Repeating alone hardly cures it: it is tried a few times, so that somebody who is just setting the receiver up need not ask for a retry.</summary>
    public bool Permanent { get; init; }

    /// <summary>Nobody is there: other signals need not try now.</summary>
    public bool Unreachable { get; init; }

    /// <summary>When the receiver wants to be asked again; null where it did not say.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
