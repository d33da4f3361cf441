namespace EchoClr.Inference.Delivery;

/// <summary>The wait before the next attempt: it doubles with each failure, up to a limit.</summary>
internal static class Backoff
{
    /// <summary>2^20 times anything is beyond every limit.</summary>
    private const int MaxDoublings = 20;

    /// <param name="attempt">The attempts made so far, from 1.</param>
    public static TimeSpan Delay(DeliveryOptions options, int attempt)
    {
        var delay = options.FirstDelay * Math.Pow(2, Math.Clamp(attempt - 1, 0, MaxDoublings));
        return delay < options.MaxDelay ? delay : options.MaxDelay;
    }
}
