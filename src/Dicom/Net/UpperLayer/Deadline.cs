namespace EchoClr.Dicom.Net.UpperLayer;

/// <summary>One re-armed timer for a connection. It only wakes whoever waits; the waiter asks <see cref="HasPassed"/>, so a late wake-up of an earlier deadline does no harm.</summary>
internal sealed class Deadline : IDisposable
{
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private long _start;
    private TimeSpan _span = Timeout.InfiniteTimeSpan;

    public Deadline(TimeProvider time, Action wake)
    {
        _time = time;
        _timer = time.CreateTimer(static wake => ((Action)wake!)(), wake, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public bool HasPassed => _span != Timeout.InfiniteTimeSpan && _time.GetElapsedTime(_start) >= _span;

    public void Start(TimeSpan span)
    {
        _start = _time.GetTimestamp();
        _span = span;
        _timer.Change(span, Timeout.InfiniteTimeSpan);
    }

    public void Stop()
    {
        _span = Timeout.InfiniteTimeSpan;
        _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Dispose() => _timer.Dispose();
}
