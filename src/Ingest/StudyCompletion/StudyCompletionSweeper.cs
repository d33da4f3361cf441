using EchoClr.Shared.Tracing;
using System.Data.Common;
using System.Text.Json;
using EchoClr.Shared.Contracts;
using EchoClr.Shared.Data;
using EchoClr.Shared.Messaging;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EchoClr.Ingest.StudyCompletion;

/// <summary>
/// Closes study versions that have been quiet for long enough, or that hold all that their PACS counts; writes down by which evidence, and publishes
/// <see cref="StudyCompleted"/>. Completion is a query, so a restart forgets nothing.
/// </summary>
public sealed class StudyCompletionSweeper(
    StudyStore studies, PacsCountStore counts, Publisher publisher, StudyCompletionOptions options, TimeProvider time, ILogger<StudyCompletionSweeper> logger) : BackgroundService
{
    /// <summary>Returns how many versions were closed.</summary>
    public async Task<int> RunOnceAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var closed = 0;
        var known = await counts.ListOpenAsync(cancellationToken);
        var shortest = known.Count > 0 && options.CountAfter < options.QuietTime ? options.CountAfter : options.QuietTime;
        foreach (var open in await studies.ListQuietAsync(now - shortest, now - options.ReleaseWait, cancellationToken))
        {
            var count = known.GetValueOrDefault(open.Id);
            if (!IsDue(open, count, now))
                continue;
            var associations = await studies.ListAssociationsAsync(open.Id, cancellationToken);
            using var step = Steps.Start(Steps.Complete, open.TraceId);
            if (await studies.CompleteAsync(open, Evidence(open, associations, count, now), now, cancellationToken) is not { } complete)
                continue; // an instance came in just now, or another process was first
            closed++;
            StudyCompletionLog.Completed(logger, complete.Id, complete.Version, complete.InstanceCount ?? 0, complete.InheritsFromId is not null);
            // died here -> complete, nothing published; the reconciler publishes within a minute
            if (complete.InheritsFromId is not null)
                continue;
            if (complete.Urgent)
                await publisher.PublishAsync(new UrgentStudyCompleted { StudyVersionId = complete.Id, TraceId = complete.TraceId }, cancellationToken);
            else
                await publisher.PublishAsync(new StudyCompleted { StudyVersionId = complete.Id, TraceId = complete.TraceId }, cancellationToken);
        }

        return closed;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await RunOnceAsync(time.GetUtcNow(), stoppingToken);
            }
            // A database that is down now may be up in a second; anything else stops the host.
            catch (DbException exception)
            {
                StudyCompletionLog.NotSwept(logger, exception.Message);
            }
        }
    }

    private bool IsDue(StudyVersionRow open, PacsCountRow? count, DateTimeOffset now)
    {
        var quietFor = now - open.LastReceivedAt;
        if (IsWhole(open, count))
            return true;
        return quietFor >= (count?.Missing > 0 ? options.CountWait : options.QuietTime);
    }

    /// <summary>The PACS has counted, since the last instance came, and nothing is missing.</summary>
    private static bool IsWhole(StudyVersionRow open, PacsCountRow? count) => count is { Missing: 0 } && count.RowVersion == open.RowVersion;

    private string Evidence(StudyVersionRow open, IReadOnlyList<ContributingAssociation> associations, PacsCountRow? count, DateTimeOffset now) => JsonSerializer.Serialize(new
    {
        rule = Rule(open, associations, count),
        quietTime = options.QuietTime,
        lastReceivedAt = open.LastReceivedAt,
        quietFor = now - open.LastReceivedAt,
        associations = associations.Select(association => new { association.Id, association.Instances, association.EndedAt, association.EndKind }),
        pacs = count is null ? null : new { count.AeTitle, count.AskedAt, count.Answer, count.Instances, count.Missing, count.Fetches, count.Fetched },
    }, JsonSerializerOptions.Web);

    private string Rule(StudyVersionRow open, IReadOnlyList<ContributingAssociation> associations, PacsCountRow? count)
    {
        if (IsWhole(open, count))
            return "the PACS counts its instances, and all are here";
        if (count?.Missing > 0)
            return $"the PACS counts more instances than are here, and none came for {options.CountWait.TotalMinutes:0.#} min";
        return associations.All(association => association.EndedAt is not null) ? "quiet, and every association is over" : "quiet for so long that an open association is not waited for";
    }
}
