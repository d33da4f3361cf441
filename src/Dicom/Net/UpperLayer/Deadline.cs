namespace EchoClr.Dicom.Net.UpperLayer;

/// <summary>One re-armed timer for a connection. It only wakes whoever waits; the waiter asks <see cref="HasPassed"/>, so a wake-up too many does no harm.</summary>
internal sealed class Deadline : IDisposable
{
    private readonly TimeProvider _time;
    private readonly Action _wake;
    private readonly ITimer _timer;
    private readonly Lock _lock = new();
    private long _start;
    private TimeSpan _span = Timeout.InfiniteTimeSpan;

    public Deadline(TimeProvider time, Action wake)
    {
        (_time, _wake) = (time, wake);
        _timer = time.CreateTimer(static self => ((Deadline)self!).Elapsed(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public bool HasPassed
    {
        get
        {
            lock (_lock)
                return Remaining <= TimeSpan.Zero;
        }
    }

    public void Start(TimeSpan span)
    {
        lock (_lock)
        {
            _start = _time.GetTimestamp();
            _span = span;
            _timer.Change(span, Timeout.InfiniteTimeSpan);
        }
    }

    public void Stop()
    {
        lock (_lock)
        {
            _span = Timeout.InfiniteTimeSpan;
            _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose() => _timer.Dispose();

    private TimeSpan Remaining => _span == Timeout.InfiniteTimeSpan ? TimeSpan.MaxValue : _span - _time.GetElapsedTime(_start);

    // The system's timers count milliseconds and may fire a little before the timestamps say that the time is up; then the rest is waited for.
    private void Elapsed()
    {
        lock (_lock)
        {
            var remaining = Remaining;
            if (remaining == TimeSpan.MaxValue)
                return;
            if (remaining > TimeSpan.Zero)
            {
                _timer.Change(TimeSpan.FromMilliseconds(Math.Ceiling(remaining.TotalMilliseconds)), Timeout.InfiniteTimeSpan);
                return;
            }
        }
        _wake();
    }
}
