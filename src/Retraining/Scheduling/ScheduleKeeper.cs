using System.Data.Common;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EchoClr.Retraining.Scheduling;

/// <summary>Keeps the engine told when to call, and looks at the table by itself every minute: schedules are changed by other processes, and an engine may sleep.</summary>
public sealed class ScheduleKeeper(DueFirings firings, ISchedulerEngine engine, TimeProvider time, ILogger<ScheduleKeeper> logger) : BackgroundService
{
    /// <summary>A change on the command line is seen within this, and a firing that the engine forgot is still in time.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _turn = new(1);
    private readonly HashSet<string> _told = new(StringComparer.Ordinal);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await engine.StartAsync((_, cancellationToken) => LookAsync(cancellationToken), stoppingToken);
        using var timer = new PeriodicTimer(Interval, time);
        do
            await LookAsync(stoppingToken);
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await engine.DisposeAsync();
    }

    public override void Dispose()
    {
        _turn.Dispose();
        base.Dispose();
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            var next = await firings.RunAsync(cancellationToken);
            foreach (var gone in _told.Except(next.Keys).ToList())
            {
                await engine.ForgetAsync(gone, cancellationToken);
                _told.Remove(gone);
            }
            foreach (var (schedule, moment) in next)
            {
                await engine.CallAtAsync(schedule, moment, cancellationToken);
                _told.Add(schedule);
            }
        }
        // A database that is down now may be up in a moment; anything else stops the host.
        catch (DbException exception)
        {
            SchedulingLog.NotSwept(logger, exception.Message);
        }
        finally
        {
            _turn.Release();
        }
    }
}
