namespace EchoClr.Retraining.Scheduling;

/// <summary>
/// The one port to a scheduling engine: it calls back when a moment has come, and keeps nothing. What is due, and whether it is run, is decided by our table. Quartz.NET
/// stands behind it, or Hangfire in the other package set (docs/adr/0002).
/// </summary>
public interface ISchedulerEngine : IAsyncDisposable
{
    /// <summary>Begins to call <paramref name="due"/>, with the name of the schedule; it may be called again while an earlier call is still under way.</summary>
    Task StartAsync(Func<string, CancellationToken, Task> due, CancellationToken cancellationToken);

    /// <summary>One call for a schedule at a moment, in place of the one that it had; a moment that is past is now.</summary>
    Task CallAtAsync(string schedule, DateTimeOffset moment, CancellationToken cancellationToken);

    /// <summary>No call for a schedule any more.</summary>
    Task ForgetAsync(string schedule, CancellationToken cancellationToken);
}
