using System.Data.Common;
using EchoClr.Shared.Data;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EchoClr.Inference.Drift;

/// <summary>
/// Makes the comparison when it is due, in one process whoever asks, keeps what it found, and raises a health warning for each sender that changed, which the next comparison that finds
/// no change takes back.
/// </summary>
public sealed class DriftWatch(DriftStore drift, DriftComparison comparison, HealthStore health, DriftOptions options, TimeProvider time, ILogger<DriftWatch> logger) : BackgroundService
{
    /// <summary>Before the AE title in a warning's subject.</summary>
    public const string Subject = "drift ";

    /// <summary>How often it is asked whether a comparison is due.</summary>
    private static readonly TimeSpan LookInterval = TimeSpan.FromMinutes(10);

    /// <summary>How long a comparison stays with a process that died. It takes seconds, with hundreds of senders minutes.</summary>
    private static readonly TimeSpan Lease = TimeSpan.FromHours(1);

    private readonly string worker = $"{Environment.MachineName}/{Environment.ProcessId}/{Guid.NewGuid():N}";

    /// <summary>Compares where it is due. Null where it was not, or where another process does it.</summary>
    public async Task<IReadOnlyList<DriftResult>?> RunOnceAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        // Every process finds the same times: whole intervals since 1970.
        var due = DateTimeOffset.UnixEpoch + options.Interval * Math.Floor((now - DateTimeOffset.UnixEpoch) / options.Interval);
        if (await drift.TryClaimAsync(due, worker, now, Lease, cancellationToken) is not { } check)
            return null;
        var results = await Task.Run(() => comparison.RunAsync(now, cancellationToken), cancellationToken);
        // died here -> compared again when the claim has run out
        await WarnAsync(results, now, cancellationToken);
        await drift.FinishAsync(check, worker, results, time.GetUtcNow(), cancellationToken);
        return results;
    }

    /// <summary>What changed, strongest first, as a warning says it.</summary>
    public static string Describe(IEnumerable<DriftResult> changed) => string.Join("; ", changed.OrderBy(result => result.PValue).ThenByDescending(result => result.Effect)
        .Select(result => $"{result.Measure}: {result.Detail}"));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(LookInterval, time);
        do
        {
            try
            {
                await RunOnceAsync(stoppingToken);
            }
            // The claim runs out, and it is compared again.
            catch (DbException exception)
            {
                InferenceLog.NotCompared(logger, exception.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task WarnAsync(IReadOnlyList<DriftResult> results, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var raised = (await health.ListAsync(cancellationToken)).Select(warning => warning.Subject).Where(subject => subject.StartsWith(Subject, StringComparison.Ordinal)).ToHashSet();
        foreach (var sender in results.GroupBy(result => result.Sender, StringComparer.Ordinal))
        {
            var subject = Subject + sender.Key;
            // Too little to compare does not say that all is as it was.
            if (!sender.Any(result => result.Changed))
            {
                if (sender.All(result => result.PValue is null))
                    raised.Remove(subject);
                continue;
            }
            raised.Remove(subject);
            var detail = "changed: " + Describe(sender.Where(result => result.Changed));
            if (await health.RaiseAsync(subject, detail, now, cancellationToken))
                InferenceLog.Drifted(logger, sender.Key, detail);
        }
        // As they were, or they send no more, which is another warning's business.
        foreach (var subject in raised)
        {
            if (await health.ClearAsync(subject, cancellationToken))
                InferenceLog.NoLongerDrifted(logger, subject[Subject.Length..]);
        }
    }
}
