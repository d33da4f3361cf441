using System.Data.Common;
using EchoClr.Shared.Data;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EchoClr.Portal;

/// <summary>Brings the worklist's index up to date, and tells whoever has the worklist open that something moved.</summary>
public sealed partial class WorklistFeed(WorklistSearch search, TimeProvider time, ILogger<WorklistFeed> logger) : BackgroundService
{
    /// <summary>A reader does not notice a second; an idle system is asked one small query in it.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>After an error: the database is full, locked or away.</summary>
    private static readonly TimeSpan ErrorPause = TimeSpan.FromSeconds(10);

    /// <summary>Senders are asked for anew after it: a new one is in the filter within a minute, and no page pays for a look at every study.</summary>
    private static readonly TimeSpan SendersAge = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _turn = new(1);
    private TaskCompletionSource _moved = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private (IReadOnlyList<string> Names, DateTimeOffset At) _senders = ([], DateTimeOffset.MinValue);

    /// <summary>Ends with the next change.</summary>
    public Task NextChange => Volatile.Read(ref _moved).Task;

    /// <summary>Before a page is made: it then is no older than the tables, unless thousands of studies changed at once. True when more are left.</summary>
    public async Task<bool> CatchUpAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            var changed = await search.CatchUpAsync(cancellationToken);
            if (changed > 0)
                Interlocked.Exchange(ref _moved, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
            return changed == WorklistSearch.BatchSize;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Every sender that studies came from.</summary>
    public async Task<IReadOnlyList<string>> ListSendersAsync(CancellationToken cancellationToken)
    {
        if (_senders is var (names, at) && names.Count > 0 && time.GetUtcNow() - at < SendersAge)
            return names;
        var fresh = await search.ListSendersAsync(cancellationToken);
        _senders = (fresh, time.GetUtcNow());
        return fresh;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                while (await CatchUpAsync(stoppingToken))
                    await Task.Yield();
                await Task.Delay(Interval, time, stoppingToken);
            }
            catch (DbException exception)
            {
                CannotCatchUp(logger, exception.Message);
                await Task.Delay(ErrorPause, time, stoppingToken);
            }
        }
    }

    public override void Dispose()
    {
        _turn.Dispose();
        base.Dispose();
    }

    [LoggerMessage(8001, LogLevel.Warning, "The worklist's index cannot be brought up to date, and is tried again: {Reason}")]
    private static partial void CannotCatchUp(ILogger logger, string reason);
}
