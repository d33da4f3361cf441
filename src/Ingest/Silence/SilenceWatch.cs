using System.Data.Common;
using EchoClr.Shared.Data;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EchoClr.Ingest.Silence;

/// <summary>Raises a health warning for each sender that is silent beyond its rhythm, and takes it back when it sends again. Images that no longer come are the fault that nobody sees.</summary>
public sealed class SilenceWatch(SenderHealth senders, HealthStore health, SilenceOptions options, TimeProvider time, ILogger<SilenceWatch> logger) : BackgroundService
{
    /// <summary>Before the AE title in a warning's subject.</summary>
    public const string Subject = "sender ";

    /// <summary>Busy hours after our own start before anybody is called silent: who was turned away while we were down sends again within the hour.</summary>
    private const double GraceAfterStart = 1;

    private readonly DateTimeOffset _startedAt = time.GetUtcNow();

    /// <summary>Returns the AE titles that are called silent now.</summary>
    public async Task<IReadOnlyList<string>> RunOnceAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var raised = (await health.ListAsync(cancellationToken)).Select(warning => warning.Subject).Where(subject => subject.StartsWith(Subject, StringComparison.Ordinal)).ToHashSet();
        var silent = new List<string>();
        foreach (var sender in await senders.ListAsync(now, cancellationToken))
        {
            var subject = Subject + sender.AeTitle;
            if (!sender.IsSilent || !raised.Contains(subject) && await senders.BusyHoursAsync(sender.AeTitle, _startedAt, now, cancellationToken) < GraceAfterStart)
                continue;
            silent.Add(sender.AeTitle);
            raised.Remove(subject);
            if (await health.RaiseAsync(subject, sender.ToString(), now, cancellationToken))
                SilenceLog.Silent(logger, sender.AeTitle, $"{sender}");
        }
        // They send again, or are no longer listed.
        foreach (var subject in raised)
        {
            if (await health.ClearAsync(subject, cancellationToken))
                SilenceLog.SendsAgain(logger, subject[Subject.Length..]);
        }
        return silent;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Interval, time);
        do
        {
            try
            {
                await RunOnceAsync(stoppingToken);
            }
            // The next look is in minutes, and a silence is hours.
            catch (DbException exception)
            {
                SilenceLog.NotLooked(logger, exception.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }
}
