namespace EchoClr.Inference.Shadow;

/// <summary>How many live studies this process is reading: whatever else it would do makes way for them.</summary>
public sealed class LiveStudies
{
    private int _count;

    public bool Any => Volatile.Read(ref _count) > 0;

    /// <summary>One more, until it is disposed.</summary>
    public IDisposable Begin()
    {
        Interlocked.Increment(ref _count);
        return new Study(this);
    }

    private sealed class Study(LiveStudies live) : IDisposable
    {
        private bool _ended;

        public void Dispose()
        {
            if (_ended)
                return;
            _ended = true;
            Interlocked.Decrement(ref live._count);
        }
    }
}
