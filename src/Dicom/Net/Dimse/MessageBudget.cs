namespace EchoClr.Dicom.Net.Dimse;

/// <summary>How slowly one message may come: a grace for every message, and from then on a least average rate. Silence has its own limit.</summary>
internal sealed class MessageBudget(TimeSpan grace, int bytesPerSecond, TimeProvider time)
{
    private long _began;
    private long _bytes;

    /// <summary>A command begins.</summary>
    public void Begin() => (_began, _bytes) = (time.GetTimestamp(), 0);

    /// <exception cref="DimseViolationException">The message has taken longer than its bytes allow.</exception>
    public void Spend(long bytes)
    {
        _bytes += bytes;
        var allowed = grace + TimeSpan.FromSeconds((double)_bytes / bytesPerSecond);
        if (time.GetElapsedTime(_began) >= allowed)
            throw new DimseViolationException($"a message came more slowly than {bytesPerSecond} bytes a second");
    }
}
