using System.Threading.Channels;

namespace EchoClr.Shared.Data;

/// <summary>
/// One writer for all who wait: the work that queued up while the last transaction was being flushed goes into the next one together. So sixteen associations
/// share one flush instead of queueing for sixteen. Each caller returns only after the commit that holds its rows.
/// </summary>
public sealed class GroupCommit : IAsyncDisposable
{
    /// <summary>Enough for every association to have one object waiting; a transaction of this many rows takes some 20 ms.</summary>
    private const int MaxBatch = 64;

    private readonly Channel<Item> _queue = Channel.CreateBounded<Item>(new BoundedChannelOptions(4 * MaxBatch) { SingleReader = true });
    private readonly DatabaseWriter _database;
    private readonly Task _writer;
    private long _commits;

    public GroupCommit(Database database)
    {
        _database = new DatabaseWriter(database);
        _writer = Task.Run(WriteAsync);
    }

    /// <summary>Transactions committed so far.</summary>
    public long Commits => Interlocked.Read(ref _commits);

    /// <summary>Callers whose work is queued for a transaction that has not begun.</summary>
    public int Waiting => _queue.Reader.Count;

    /// <summary>Runs <paramref name="work"/> in the next transaction. It may run more than once, so it must leave nothing behind outside the database.</summary>
    public async Task<T> RunAsync<T>(Func<Session, Task<T>> work, CancellationToken cancellationToken)
    {
        var item = new Item<T>(work);
        await _queue.Writer.WriteAsync(item, cancellationToken);
        // Once queued it is not abandoned: the caller must learn whether its rows were committed.
        return await item.Done.Task;
    }

    /// <summary>Commits what is queued, then ends.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _writer;
        await _database.DisposeAsync();
    }

    private async Task WriteAsync()
    {
        var batch = new List<Item>(MaxBatch);
        while (await _queue.Reader.WaitToReadAsync())
        {
            while (batch.Count < MaxBatch && _queue.Reader.TryRead(out var item))
                batch.Add(item);
            await CommitAsync(batch);
            batch.Clear();
        }
    }

    private async Task CommitAsync(List<Item> batch)
    {
        try
        {
            await _database.WriteAsync(async session =>
            {
                foreach (var item in batch)
                    await item.RunAsync(session);
                return batch.Count;
            }, CancellationToken.None);
        }
        // One of them cannot be written: alone, each gets its own answer.
        catch (Exception exception) when (batch.Count > 1 && !Database.IsUnavailable(exception))
        {
            foreach (var item in batch)
                await CommitAsync([item]);
            return;
        }
        catch (Exception exception)
        {
            foreach (var item in batch)
                item.Fail(exception);
            return;
        }

        Interlocked.Increment(ref _commits);
        foreach (var item in batch)
            item.Succeed();
    }

    private abstract class Item
    {
        public abstract Task RunAsync(Session session);
        public abstract void Succeed();
        public abstract void Fail(Exception exception);
    }

    private sealed class Item<T>(Func<Session, Task<T>> work) : Item
    {
        private T _result = default!;

        // Continuations must not run on the writer: they would hold up the next commit.
        public TaskCompletionSource<T> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override async Task RunAsync(Session session) => _result = await work(session);

        public override void Succeed() => Done.SetResult(_result);

        public override void Fail(Exception exception) => Done.SetException(exception);
    }
}
