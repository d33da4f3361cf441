using System.Collections.Concurrent;
using System.Data.Common;
using EchoClr.Dicom;
using EchoClr.Dicom.Ports;
using EchoClr.Ingest.Listener;
using EchoClr.Shared.Data;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EchoClr.Ingest.StudyCompletion;

/// <summary>
/// Asks the PACS of a sender, where one is to be asked, how many instances an open study version should have, and fetches what is missing where that is allowed. The answers
/// are rows, which <see cref="StudyCompletionSweeper"/> reads: it never waits for a PACS.
/// </summary>
public sealed class PacsInquiry(
    StudyStore studies, PacsCountStore counts, PacsDirectory directory, IDicomClient client, ListenerOptions listener, StudyCompletionOptions options, TimeProvider time,
    ILogger<PacsInquiry> logger) : BackgroundService
{
    /// <summary>Questions to one PACS at a time: a slow one must not be flooded, and must not keep the others from being asked.</summary>
    private const int MaxAtOnce = 4;

    /// <summary>UIDs in one C-MOVE: 13 kB, and the value of an element may have 64 kB.</summary>
    private const int MaxUidsPerMove = 200;

    private readonly StudyCounting _counting = new(client, listener);
    private readonly ConcurrentDictionary<long, string> _underWay = new();

    /// <summary>Starts what is due and completes when that has ended.</summary>
    public async Task RunOnceAsync(DateTimeOffset now, CancellationToken cancellationToken) => await Task.WhenAll(await StartDueAsync(now, cancellationToken));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await StartDueAsync(time.GetUtcNow(), stoppingToken);
            }
            // A database that is down now may be up in a second; anything else stops the host.
            catch (DbException exception)
            {
                StudyCompletionLog.NotSwept(logger, exception.Message);
            }
        }
    }

    private async Task<List<Task>> StartDueAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var started = new List<Task>();
        var known = await counts.ListOpenAsync(cancellationToken);
        foreach (var open in await studies.ListQuietAsync(now - options.CountAfter, now - options.ReleaseWait, cancellationToken))
        {
            if (_underWay.ContainsKey(open.Id) || known.TryGetValue(open.Id, out var last) && last.AskedAt > now - options.CountInterval && last.AskedAt > open.LastReceivedAt)
                continue;
            if (directory.Find(await studies.ListSendersAsync(open.StudyId, cancellationToken)) is not { CountInstances: true } pacs || _underWay.Values.Count(aeTitle => aeTitle == pacs.AeTitle) >= MaxAtOnce)
                continue;
            _underWay[open.Id] = pacs.AeTitle;
            started.Add(Task.Run(() => InquireAsync(open, pacs, cancellationToken), CancellationToken.None));
        }
        return started;
    }

    private async Task InquireAsync(StudyVersionRow open, PacsToAsk pacs, CancellationToken cancellationToken)
    {
        try
        {
            var now = time.GetUtcNow();
            if (!await counts.TryAskAsync(open, pacs.AeTitle, now, now - options.CountInterval, cancellationToken))
                return;
            // died here -> asked, not answered; asked again after the interval, and the quiet time decides meanwhile
            var count = await CountAsync(open, pacs, cancellationToken);
            await counts.RecordAnswerAsync(open.Id, open.RowVersion, count.Instances, count.Missing, count.Words, cancellationToken);
            StudyCompletionLog.Counted(logger, open.Id, pacs.AeTitle, count.Words);
            var fetches = (await counts.ListOpenAsync(cancellationToken)).GetValueOrDefault(open.Id)?.Fetches ?? 0;
            // What is only slow comes by itself within the quiet time.
            if (count.Missing > 0 && pacs.FetchMissing && fetches < options.MaxFetches && now - open.LastReceivedAt >= options.QuietTime)
                await FetchAsync(open, pacs, count, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The host stops; the rows stay as they are.
        }
        // Nobody waits for this, and no study may: the row says nothing new, and the quiet time decides.
        catch (Exception exception)
        {
            StudyCompletionLog.NotCounted(logger, open.Id, pacs.AeTitle, exception);
        }
        finally
        {
            _underWay.TryRemove(open.Id, out _);
        }
    }

    private async Task<StudyCount> CountAsync(StudyVersionRow open, PacsToAsk pacs, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(options.CountTimeout);
        try
        {
            var (held, fromPeers) = await counts.ListHeldAsync(open.StudyId, cancellationToken);
            return await _counting.CountAsync(Peer(pacs), open.StudyInstanceUid, held, fromPeers, limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return StudyCount.Unusable($"the PACS did not answer within {options.CountTimeout.TotalSeconds:0} s");
        }
        catch (Exception exception) when (exception is DicomNetworkException or DicomFormatException)
        {
            return StudyCount.Unusable(exception.Message);
        }
    }

    private async Task FetchAsync(StudyVersionRow open, PacsToAsk pacs, StudyCount count, CancellationToken cancellationToken)
    {
        await counts.RecordFetchAsync(open.Id, cancellationToken);
        // died here -> counted, and perhaps under way: what still comes is received like anything
        var outcomes = new List<MoveResult>();
        string? failure = null;
        try
        {
            foreach (var (level, keys) in Requests(open.StudyInstanceUid, count))
                outcomes.Add(await client.MoveAsync(Peer(pacs), listener.AeTitle, level, keys, progress: null, cancellationToken));
        }
        catch (DicomNetworkException exception)
        {
            failure = exception.Message;
        }
        var words = string.Join(", ", [
            $"{count.Missing} asked for", $"{outcomes.Sum(outcome => outcome.Counts.Completed + outcome.Counts.Warning)} sent", $"{outcomes.Sum(outcome => outcome.Counts.Failed)} failed",
            .. outcomes.Select(outcome => outcome.Status).Where(status => !status.IsSuccess).Distinct().Select(status => $"status {status}"), .. failure is null ? [] : new[] { failure }]);
        await counts.RecordFetchedAsync(open.Id, words, cancellationToken);
        StudyCompletionLog.Fetched(logger, open.Id, pacs.AeTitle, words);
    }

    /// <summary>By instances where the PACS lists them, else the whole study: what is here already is recognised.</summary>
    private static IEnumerable<(string Level, Dictionary<string, string> Keys)> Requests(string studyInstanceUid, StudyCount count)
    {
        if (count.MissingBySeries.Count == 0)
            yield return ("STUDY", new Dictionary<string, string> { ["StudyInstanceUID"] = studyInstanceUid });
        foreach (var series in count.MissingBySeries)
            foreach (var uids in series.Chunk(MaxUidsPerMove))
                yield return ("IMAGE", new Dictionary<string, string> { ["StudyInstanceUID"] = studyInstanceUid, ["SeriesInstanceUID"] = series.Key, ["SOPInstanceUID"] = string.Join('\\', uids) });
    }

    private DicomPeer Peer(PacsToAsk pacs) => new(pacs.AeTitle, pacs.Host, pacs.Port, listener.AeTitle) { Tls = pacs.Tls };
}
