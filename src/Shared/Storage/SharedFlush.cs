namespace EchoClr.Shared.Storage;

/// <summary>Flushes for all who wait: a flush that begins after something was done makes it durable, whoever asked for the flush. Sixteen objects that come together share one of their directory.</summary>
public sealed class SharedFlush(Action flush)
{
    private readonly object _turn = new(); // a Lock cannot be waited on
    private bool _flushing;
    private long _begun;
    private long _done; // of those that began, the last that succeeded

    /// <summary>Returns when all that was done before this call is durable.</summary>
    /// <exception cref="IOException">It is not.</exception>
    public void Flush()
    {
        long next;
        lock (_turn)
        {
            next = _begun + 1; // one that has begun may have missed what we did
            while (_flushing && _done < next)
                Monitor.Wait(_turn);
            if (_done >= next)
                return;
            _flushing = true;
            next = ++_begun;
        }
        var succeeded = false;
        try
        {
            flush();
            succeeded = true;
        }
        finally
        {
            lock (_turn)
            {
                _flushing = false;
                if (succeeded)
                    _done = next;
                Monitor.PulseAll(_turn);
            }
        }
    }
}
