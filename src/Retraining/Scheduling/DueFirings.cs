using EchoClr.Shared.Data;
using EchoClr.Shared.Scheduling;
using Microsoft.Extensions.Logging;

namespace EchoClr.Retraining.Scheduling;

/// <summary>Decides what is due by the table and the clock, and nothing else: a restart, a second process or an engine that slept changes nothing.</summary>
public sealed class DueFirings(ScheduleStore schedules, TimeProvider time, ILogger<DueFirings> logger)
{
    /// <summary>A firing this late is still in time: an engine's call, a busy database and the sweep of the next minute all stay within it.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromMinutes(5);

    /// <summary>A clock that was put back by more than this had been wrong before; by less, it is only set right, and what fired has fired.</summary>
    public static readonly TimeSpan PutBack = TimeSpan.FromHours(1);

    /// <summary>Fires what is due. Returns when each enabled schedule is to be looked at next.</summary>
    public async Task<IReadOnlyDictionary<string, DateTimeOffset>> RunAsync(CancellationToken cancellationToken)
    {
        var next = new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal);
        foreach (var schedule in await schedules.ListAsync(cancellationToken))
        {
            if (!schedule.Enabled)
                continue;
            try
            {
                if (await RunAsync(schedule, cancellationToken) is { } moment)
                    next[schedule.Name] = moment;
            }
            // A zone that this machine does not know: the others go on.
            catch (FormatException exception)
            {
                SchedulingLog.NotUnderstood(logger, schedule.Name, exception.Message);
            }
        }
        return next;
    }

    private async Task<DateTimeOffset?> RunAsync(ScheduleRow schedule, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var settings = schedule.Settings;
        var times = settings.Times();
        var decided = schedule.Decided;
        if (decided > now + PutBack)
        {
            SchedulingLog.ClockWentBack(logger, schedule.Name, decided, now);
            await schedules.TakeBackAsync(schedule, now, cancellationToken);
            return times.After(now);
        }
        if (times.Last(decided, now) is not { } due)
            return times.After(decided);
        if (settings.MayBegin(now) is var wait && wait > now)
            return wait; // quiet: nothing is decided yet
        var mayBegin = settings.MayBegin(due);
        var late = now - mayBegin;
        var refusal = late > Grace && settings.Misfire == MisfireRule.Skip ? $"missed: nothing ran at {mayBegin.UtcDateTime:yyyy-MM-dd HH:mm} UTC, and missed firings are skipped" : null;
        if (await schedules.DecideAsync(schedule, due, refusal, now, cancellationToken) is { } firing)
            SchedulingLog.Fired(logger, schedule.Name, due, firing.RunId, firing.Refusal ?? (late > Grace ? $"waits for a training worker; made up for after {late}" : "waits for a training worker"));
        return times.After(due);
    }
}
