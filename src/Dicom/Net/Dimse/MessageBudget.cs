namespace EchoClr.Dicom.Net.Dimse;

/// <summary>
/// How slowly one message may come: a grace for every message, and from then on a least average rate. Only the time that we wait for the peer counts, not what our own disk takes.
/// Silence has its own limit.
/// </summary>
internal sealed class MessageBudget(TimeSpan grace, int bytesPerSecond, TimeProvider time)
{
    private TimeSpan _waited;
    private long _bytes;

    /// <summary>A command begins.</summary>
    public void Begin() => (_waited, _bytes) = (TimeSpan.Zero, 0);

    /// <summary>Now; to be given back to <see cref="Waited"/>.</summary>
    public long Stamp() => time.GetTimestamp();

    /// <summary>A PDU has come that was waited for since then.</summary>
    public void Waited(long since) => _waited += time.GetElapsedTime(since);

    /// <exception cref="DimseViolationException">The message has been waited for longer than its bytes allow.</exception>
    public void Spend(long bytes)
    {
        _bytes += bytes;
        if (_waited >= grace + TimeSpan.FromSeconds((double)_bytes / bytesPerSecond))
            throw new DimseViolationException($"a message came more slowly than {bytesPerSecond} bytes a second");
    }
}
