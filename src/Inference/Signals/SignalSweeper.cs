using System.Data.Common;
using EchoClr.Shared.Data;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EchoClr.Inference.Signals;

/// <summary>Takes up signals whose time has come, for each target apart, one after the other: one that is down or slow holds up no other. Waits are rows, so a restart forgets none of them.</summary>
public sealed class SignalSweeper(SignalStore signals, SignalSending sending, InferenceOptions options, TimeProvider time, ILogger<SignalSweeper> logger) : BackgroundService
{
    /// <summary>Signals to one target taken up in one sweep, the most overdue first.</summary>
    private const int Batch = 50;

    private readonly Dictionary<string, Task<int>> _sweeps = [];

    /// <summary>Returns how many signals were taken up.</summary>
    public async Task<int> RunOnceAsync(CancellationToken cancellationToken)
    {
        await BeginAsync(cancellationToken);
        return (await Task.WhenAll(_sweeps.Values)).Sum();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Delivery.SweepInterval, time);
        try
        {
            do
            {
                try
                {
                    await BeginAsync(stoppingToken);
                }
                // A database that is down now may be up in a moment; anything else stops the host.
                catch (DbException exception)
                {
                    SignalLog.NotSwept(logger, exception.Message);
                }
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        finally
        {
            // What was under way gives its signals back before the database goes.
            await Task.WhenAll(_sweeps.Values).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    /// <summary>Begins a sweep for every target that something is due for and that is not being swept.</summary>
    private async Task BeginAsync(CancellationToken cancellationToken)
    {
        foreach (var (target, sweep) in _sweeps.Where(pair => pair.Value.IsCompleted).ToList())
        {
            _sweeps.Remove(target);
            await sweep; // tells what went wrong in it
        }
        foreach (var target in await signals.ListDueTargetsAsync(time.GetUtcNow(), cancellationToken))
        {
            if (!_sweeps.ContainsKey(target))
                _sweeps.Add(target, Task.Run(() => SweepAsync(target, cancellationToken), cancellationToken));
        }
    }

    private async Task<int> SweepAsync(string target, CancellationToken cancellationToken)
    {
        var taken = 0;
        foreach (var id in await signals.ListDueAsync(target, time.GetUtcNow(), Batch, cancellationToken))
        {
            taken++;
            // Where nobody is there, one signal has tried for all; the others keep their place and their attempts.
            if (!await sending.AttemptAsync(id, cancellationToken))
                break;
        }
        return taken;
    }
}
