using System.Data.Common;
using System.Globalization;
using EchoClr.Shared.Data;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EchoClr.Inference.Shadow;

/// <summary>Reads live studies with models in their shadow period, one at a time and only while no live study is being read, and ends the period when enough was seen.</summary>
public sealed class ShadowWorker(
    ShadowStore shadows, ShadowScoring scoring, ModelStore models, PromotionStore promotions, LiveStudies live, InferenceOptions options, TimeProvider time, ILogger<ShadowWorker> logger) : BackgroundService
{
    /// <summary>Rows looked at in one go; what a weekend left is worked off in many.</summary>
    private const int Batch = 50;

    /// <summary>Reads what waits, until there is nothing or a live study comes. Returns how many were read.</summary>
    public async Task<int> RunOnceAsync(CancellationToken cancellationToken)
    {
        var read = 0;
        foreach (var work in await shadows.ListWaitingAsync(time.GetUtcNow() - options.Shadow.RetryAfter, Batch, cancellationToken))
        {
            if (live.Any)
                return read;
            read += await scoring.ScoreAsync(work, cancellationToken) ? 1 : 0;
        }
        foreach (var model in await models.ListAsync(cancellationToken))
        {
            if (model is { State: ModelState.Imported, ShadowSince: { } since })
                await ConcludeAsync(model, since, cancellationToken);
        }
        if (read == 0)
            scoring.Unload();
        return read;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Shadow.Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                while (!live.Any && await RunOnceAsync(stoppingToken) > 0)
                {
                }
            }
            // A database that is down now may be up in a moment; anything else stops the host.
            catch (DbException exception)
            {
                InferenceLog.ShadowNotSwept(logger, exception.Message);
            }
        }
    }

    private async Task ConcludeAsync(ModelRow model, DateTimeOffset since, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var summary = await shadows.SummarizeAsync(model.Id, cancellationToken);
        if (now - since < options.Shadow.MinTime || summary.Read + summary.Failed < options.Shadow.MinStudies)
            return;
        if (Failure(summary) is { } failure)
        {
            if (await promotions.EndShadowAsync(model.Id, failure, now, cancellationToken))
                InferenceLog.ShadowEnded(logger, model.Name, model.Version, "it did not pass: " + failure);
        }
        else if (await promotions.MakeCandidateAsync(model.Id, $"{summary.Read} live studies read", now, cancellationToken))
            InferenceLog.ShadowEnded(logger, model.Name, model.Version, $"a candidate after {summary.Read} live studies");
    }

    private string? Failure(ShadowSummary summary)
    {
        var failed = (double)summary.Failed / (summary.Read + summary.Failed);
        if (failed > options.Shadow.MaxFailed)
            return $"{Share(failed)} of the live studies could not be read";
        if (summary.Heads.Count == 0)
            return "it answered nothing that the model in service answers";
        foreach (var head in summary.Heads)
        {
            var (own, serving, differing) = ((double)head.Abstained / head.Studies, (double)head.ServingAbstained / head.Studies, (double)head.Differing / head.Studies);
            if (own > serving + options.Shadow.MaxAbstentionRise)
                return $"{head.Name}: it abstained on {Share(own)} of the live studies, the model in service on {Share(serving)}";
            if (differing > options.Shadow.MaxDiffering)
                return $"{head.Name}: {Share(differing)} of its answers on live studies differ from the model in service";
        }
        return null;
    }

    private static string Share(double value) => value.ToString("0.0 %", CultureInfo.InvariantCulture);
}
