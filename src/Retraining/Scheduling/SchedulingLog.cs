using Microsoft.Extensions.Logging;

namespace EchoClr.Retraining.Scheduling;

/// <summary>What scheduling has to say. Ids 4500 to 4599; the next free one is 4505.</summary>
internal static partial class SchedulingLog
{
    [LoggerMessage(4501, LogLevel.Information, "Schedule {Schedule} was due at {DueAt}: training run {RunId} {Outcome}")]
    public static partial void Fired(ILogger logger, string schedule, DateTimeOffset dueAt, long runId, string outcome);

    [LoggerMessage(4502, LogLevel.Error, "Schedule {Schedule} is left alone. {Reason}")]
    public static partial void NotUnderstood(ILogger logger, string schedule, string reason);

    [LoggerMessage(4503, LogLevel.Warning, "The clock went back: schedule {Schedule} was decided until {Decided}, and it is {Now}")]
    public static partial void ClockWentBack(ILogger logger, string schedule, DateTimeOffset decided, DateTimeOffset now);

    [LoggerMessage(4504, LogLevel.Warning, "Schedules could not be looked at now. {Reason}")]
    public static partial void NotSwept(ILogger logger, string reason);
}
