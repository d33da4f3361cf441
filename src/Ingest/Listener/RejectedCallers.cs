using System.Data.Common;
using System.Net;
using EchoClr.Shared.Audit;
using EchoClr.Shared.Data;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EchoClr.Ingest.Listener;

/// <summary>Counts callers that the policy rejected, or that did not agree on TLS, and tells the audit trail of them: each kind once within seconds, its repetitions once an hour, so that a stranger in a loop fills no table.</summary>
public sealed class RejectedCallers(AuditTrail audit, TimeProvider time, ILogger<RejectedCallers> logger) : BackgroundService
{
    /// <summary>Callers told apart; whoever changes his title at every call is counted among the others. With <see cref="Repeat"/>, at most 1,000 messages a day.</summary>
    private const int MaxKinds = 20;

    private static readonly Kind Others = new("(several)", "0.0.0.0", "(several)", "further callers were rejected");

    /// <summary>How soon the first rejection of a kind is told.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    /// <summary>How soon its repetitions are.</summary>
    private static readonly TimeSpan Repeat = TimeSpan.FromHours(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<Kind, Count> _counts = [];

    /// <param name="callingAeTitle">Who the caller says he is; in brackets where he had not come to that.</param>
    public void Note(string callingAeTitle, IPAddress address, string calledAeTitle, string why)
    {
        var kind = new Kind(Text.Cut(callingAeTitle, 64)!, address.ToString(), Text.Cut(calledAeTitle, 64)!, why);
        lock (_lock)
        {
            if (!_counts.ContainsKey(kind) && _counts.Count >= MaxKinds)
                kind = Others;
            if (!_counts.TryGetValue(kind, out var count))
                _counts[kind] = count = new Count();
            count.Untold++;
        }
    }

    /// <summary>Tells what is due; everything where <paramref name="all"/>. Returns how many messages were written.</summary>
    public async Task<int> RunOnceAsync(bool all, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        List<(Kind Kind, Count Count, long Times)> due;
        lock (_lock)
        {
            due = [.. _counts.Where(pair => pair.Value.Untold > 0 && (all || pair.Value.ToldAt is null || now - pair.Value.ToldAt >= Repeat)).Select(pair => (pair.Key, pair.Value, pair.Value.Untold))];
            foreach (var forgotten in _counts.Where(pair => pair.Value.Untold == 0 && now - pair.Value.ToldAt >= Repeat).Select(pair => pair.Key).ToList())
                _counts.Remove(forgotten);
        }
        foreach (var (kind, count, times) in due)
        {
            await audit.RecordAsync(AuditEvents.Rejected(kind.CallingAeTitle, kind.Address, kind.CalledAeTitle, kind.Why, times), cancellationToken);
            lock (_lock)
                (count.Untold, count.ToldAt) = (count.Untold - times, now);
        }
        return due.Count;
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await TryTellAsync(all: true, cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
            await TryTellAsync(all: false, stoppingToken);
    }

    private async Task TryTellAsync(bool all, CancellationToken cancellationToken)
    {
        try
        {
            await RunOnceAsync(all, cancellationToken);
        }
        // The count stays, and is told when the database answers again.
        catch (DbException exception)
        {
            ListenerLog.RejectionsNotTold(logger, exception.Message);
        }
    }

    private sealed record Kind(string CallingAeTitle, string Address, string CalledAeTitle, string Why);

    private sealed class Count
    {
        public long Untold { get; set; }
        public DateTimeOffset? ToldAt { get; set; }
    }
}
