namespace EchoClr.Dicom.Net.Server;

/// <summary>
/// So many log lines a minute for peers that came to nothing. Whoever knocks in a loop costs a line now and then, not a disk;
/// what was left out is counted and said with the next line.
/// </summary>
internal sealed class LineBudget(int perMinute, TimeProvider time)
{
    private readonly Lock _lock = new();
    private long _minuteBegan = time.GetTimestamp();
    private int _spent;
    private int _leftOut;

    /// <summary>Whether there is room for a line now, and how many were left out since the last one.</summary>
    public bool TrySpend(out int leftOut)
    {
        lock (_lock)
        {
            leftOut = 0;
            if (time.GetElapsedTime(_minuteBegan) >= TimeSpan.FromMinutes(1))
                (_minuteBegan, _spent) = (time.GetTimestamp(), 0);
            if (_spent == perMinute)
            {
                _leftOut++;
                return false;
            }
            _spent++;
            (leftOut, _leftOut) = (_leftOut, 0);
            return true;
        }
    }
}

/// <summary>Two budgets, so that whoever knocks in vain cannot hide what a sender was refused.</summary>
/// <param name="Connections">For connections that came to no association.</param>
/// <param name="Requests">For requests that were refused on an association.</param>
internal sealed record RefusalLines(LineBudget Connections, LineBudget Requests);
