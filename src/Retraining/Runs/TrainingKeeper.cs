using System.ComponentModel;
using System.Data.Common;
using EchoClr.Shared.Data;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EchoClr.Retraining.Runs;

/// <summary>Starts a process for a run that waits, or whose worker died; one at a time, whoever fired it.</summary>
public sealed class TrainingKeeper(TrainingRunStore runs, TrainingProcess process, TimeProvider time, ILogger<TrainingKeeper> logger) : BackgroundService
{
    /// <summary>How often the table is asked: runs are fired by the week, not by the second.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            try
            {
                await RunOnceAsync(stoppingToken);
            }
            // The run stays in the table, and the next look finds it again.
            catch (Exception exception) when (exception is DbException or IOException or Win32Exception)
            {
                TrainingLog.NotStarted(logger, exception.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (await runs.ListFreeAsync(now, cancellationToken) is not [var free, ..])
            return;
        // Another machine's, or one by hand: training shares the machine with associations, and one is enough.
        if ((await runs.ListAsync(cancellationToken)).Any(run => run.State == TrainingRunState.Running && run.LeaseUntil > now))
            return;
        TrainingLog.Started(logger, free.Id);
        var end = await process.RunAsync(free.Id, _ => { }, cancellationToken);
        var row = await runs.FindAsync(free.Id, CancellationToken.None);
        TrainingLog.Ended(logger, free.Id, end?.ToString() ?? "the process died; the run goes on from its last checkpoint when its lease has run out", row?.Error ?? "");
    }
}
