namespace EchoClr.Inference.Analysis;

/// <summary>
/// Who may use a device of this process next: an urgent study before any other, else first come, first served. A study that is being read is not interrupted, so an urgent one waits for
/// the rest of one study at most.
/// </summary>
public sealed class DeviceTurns(AnalysisOptions options)
{
    private readonly Lock _gate = new();
    private readonly LinkedList<Waiting> _waiting = [];
    private int _free = options.Concurrency;

    /// <summary>How many studies wait.</summary>
    public int WaitingCount
    {
        get
        {
            lock (_gate)
                return _waiting.Count;
        }
    }

    /// <summary>A turn, until it is disposed.</summary>
    public async Task<IDisposable> TakeAsync(bool urgent, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Waiting waiting;
        lock (_gate)
        {
            if (_free > 0)
            {
                _free--;
                return new Turn(this);
            }
            waiting = new Waiting(urgent);
            var other = _waiting.First;
            while (urgent && other is { Value.Urgent: true })
                other = other.Next;
            if (urgent && other is not null)
                _waiting.AddBefore(other, waiting);
            else
                _waiting.AddLast(waiting);
        }
        await using var cancelled = cancellationToken.Register(() => GiveUp(waiting, cancellationToken));
        await waiting.Called.Task;
        return new Turn(this);
    }

    private void GiveUp(Waiting waiting, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            // Not waiting any more: it was called just now, and keeps its turn.
            if (!_waiting.Remove(waiting))
                return;
        }
        waiting.Called.SetCanceled(cancellationToken);
    }

    private void PassOn()
    {
        Waiting next;
        lock (_gate)
        {
            if (_waiting.First is not { } first)
            {
                _free++;
                return;
            }
            _waiting.RemoveFirst();
            next = first.Value;
        }
        next.Called.SetResult();
    }

    private sealed class Waiting(bool urgent)
    {
        public bool Urgent => urgent;
        public TaskCompletionSource Called { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private sealed class Turn(DeviceTurns turns) : IDisposable
    {
        private bool _passed;

        public void Dispose()
        {
            if (_passed)
                return;
            _passed = true;
            turns.PassOn();
        }
    }
}
