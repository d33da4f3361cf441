using System.Data.Common;
using EchoClr.Inference.Reporting;
using EchoClr.Shared.Data;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EchoClr.Inference.Delivery;

/// <summary>Takes up deliveries whose time has come, for each destination apart: one that is down or slow holds up no other. Waits are rows, so a restart forgets none of them.</summary>
public sealed class DeliverySweeper(
    DeliveryStore deliveries, ReportDelivery delivery, WithdrawalWriter withdrawals, DestinationHoldStore holds, Destinations destinations, InferenceOptions options, TimeProvider time, ILogger<DeliverySweeper> logger) : BackgroundService
{
    /// <summary>Deliveries to one destination taken up in one sweep, the most overdue first.</summary>
    private const int Batch = 50;

    private readonly Dictionary<string, Task<int>> _sweeps = [];

    /// <summary>Returns how many deliveries were taken up.</summary>
    public async Task<int> RunOnceAsync(CancellationToken cancellationToken)
    {
        await withdrawals.RunOnceAsync(cancellationToken);
        await BeginAsync(cancellationToken);
        return (await Task.WhenAll(_sweeps.Values)).Sum();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Delivery.SweepInterval, time);
        var released = false;
        try
        {
            do
            {
                try
                {
                    if (!released)
                        await ReleaseAsync(stoppingToken);
                    released = true;
                    await withdrawals.RunOnceAsync(stoppingToken);
                    await BeginAsync(stoppingToken);
                }
                // A database that is down now may be up in a moment; anything else stops the host.
                catch (DbException exception)
                {
                    InferenceLog.NotSwept(logger, exception.Message);
                }
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        finally
        {
            // What was under way gives its deliveries back before the database goes.
            await Task.WhenAll(_sweeps.Values).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    /// <summary>Begins a sweep for every destination that something is due for and that is not being swept.</summary>
    private async Task BeginAsync(CancellationToken cancellationToken)
    {
        foreach (var (destination, sweep) in _sweeps.Where(pair => pair.Value.IsCompleted).ToList())
        {
            _sweeps.Remove(destination);
            await sweep; // tells what went wrong in it
        }
        foreach (var destination in await deliveries.ListDueDestinationsAsync(time.GetUtcNow(), cancellationToken))
        {
            if (!_sweeps.ContainsKey(destination))
                _sweeps.Add(destination, Task.Run(() => SweepAsync(destination, cancellationToken), cancellationToken));
        }
    }

    private async Task<int> SweepAsync(string destination, CancellationToken cancellationToken)
    {
        var taken = 0;
        foreach (var row in await deliveries.ListDueAsync(destination, time.GetUtcNow(), Batch, cancellationToken))
        {
            taken++;
            // Where nobody is let in, one result has tried for all; the others keep their place and their attempts.
            if (!await delivery.AdvanceAsync(row.Id, cancellationToken))
                break;
        }
        return taken;
    }

    /// <summary>What was held for a destination goes out once the settings say "on" again.</summary>
    internal async Task ReleaseAsync(CancellationToken cancellationToken)
    {
        var held = (await holds.ListAsync(cancellationToken)).Select(hold => hold.Destination).ToHashSet();
        foreach (var destination in destinations.All.Where(destination => destination.State == DestinationState.On && !held.Contains(destination.Name)))
            await deliveries.ReleaseHeldAsync(destination.Name, time.GetUtcNow(), cancellationToken);
    }
}
