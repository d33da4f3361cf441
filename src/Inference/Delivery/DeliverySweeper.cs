using System.Data.Common;
using EchoClr.Shared.Data;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EchoClr.Inference.Delivery;

/// <summary>Takes up deliveries whose time has come. Waits are rows, so a restart forgets none of them.</summary>
public sealed class DeliverySweeper(
    DeliveryStore deliveries, ReportDelivery delivery, Destinations destinations, InferenceOptions options, TimeProvider time, ILogger<DeliverySweeper> logger) : BackgroundService
{
    /// <summary>Deliveries taken up in one sweep, the most overdue first.</summary>
    private const int Batch = 50;

    /// <summary>Returns how many deliveries were due.</summary>
    public async Task<int> RunOnceAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var due = await deliveries.ListDueAsync(hintedBefore: now, now, Batch, cancellationToken);
        foreach (var row in due)
            await delivery.AdvanceAsync(row.Id, cancellationToken);
        return due.Count;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Delivery.SweepInterval, time);
        var released = false;
        do
        {
            try
            {
                if (!released)
                    await ReleaseAsync(stoppingToken);
                released = true;
                await RunOnceAsync(stoppingToken);
            }
            // A database that is down now may be up in a moment; anything else stops the host.
            catch (DbException exception)
            {
                InferenceLog.NotSwept(logger, exception.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    /// <summary>What was held for a destination goes out once the settings say "on" again.</summary>
    internal async Task ReleaseAsync(CancellationToken cancellationToken)
    {
        foreach (var destination in destinations.All.Where(destination => destination.State == DestinationState.On))
            await deliveries.ReleaseHeldAsync(destination.Name, time.GetUtcNow(), cancellationToken);
    }
}
