using EchoClr.Inference.Accumulation;
using EchoClr.Inference.Models;
using EchoClr.Inference.Shadow;
using EchoClr.Shared.Contracts;
using EchoClr.Shared.Data;
using EchoClr.Shared.Messaging;
using EchoClr.Shared.Metrics;
using EchoClr.Shared.Storage;
using EchoClr.Shared.Tracing;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EchoClr.Inference.Analysis;

/// <summary>Analyses one complete study version under a claim, persists the result if it is the first, and publishes it.</summary>
public sealed class StudyVersionAnalysis(
    StudyStore studies, AnalysisStore analyses, BlobStore blobs, ModelSlot slot, DeviceTurns turns, StudyAnalyzer analyzer, ClipAccumulation accumulation, LiveStudies live, Publisher publisher,
    IHostApplicationLifetime lifetime, InferenceOptions options, TimeProvider time, ILogger<StudyVersionAnalysis> logger)
{
    private readonly string _worker = $"{Environment.MachineName}/{Environment.ProcessId}/{Guid.NewGuid():N}";

    /// <summary>Does nothing where the version is not current, is analysed already, or is in another worker's hands.</summary>
    /// <remarks>A shutdown ends it within a cine, and the version is due again as if nothing had been begun.</remarks>
    public async Task RunAsync(long studyVersionId, bool urgent, CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifetime.ApplicationStopping);
        try
        {
            using var turn = await turns.TakeAsync(urgent, ended.Token);
            await ClaimAndAnalyzeAsync(studyVersionId, ended.Token);
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // Nobody waits for an answer: the tables say what is owed.
        }
    }

    private async Task ClaimAndAnalyzeAsync(long studyVersionId, CancellationToken cancellationToken)
    {
        if (!await IsOwedAsync(studyVersionId, cancellationToken))
            return;
        using var reading = live.Begin();
        // Before the claim: models that cannot be loaded are not this study's fault and must not count as its attempts.
        using var lease = await slot.TakeAsync(cancellationToken);
        if (!await analyses.TryClaimAsync(studyVersionId, _worker, time.GetUtcNow(), options.Analysis.Lease, options.Analysis.MaxAttempts, cancellationToken))
            return;
        var began = time.GetTimestamp();
        try
        {
            await AnalyzeAsync(studyVersionId, lease.Models, began, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            Instruments.Analyzed("Stopped", time.GetElapsedTime(began));
            await analyses.ReturnClaimAsync(studyVersionId, _worker, CancellationToken.None);
            throw;
        }
        // Whatever went wrong may pass: the claim goes back with the reason, and after so many attempts a person looks.
        catch (Exception exception)
        {
            Instruments.Analyzed("Failed", time.GetElapsedTime(began));
            InferenceLog.AnalysisFailed(logger, studyVersionId, exception.Message);
            await analyses.ReleaseClaimAsync(studyVersionId, _worker, exception.Message, CancellationToken.None);
            throw;
        }
    }

    private async Task<bool> IsOwedAsync(long studyVersionId, CancellationToken cancellationToken)
    {
        if (await studies.FindVersionAsync(studyVersionId, cancellationToken) is not { InheritsFromId: null } version)
            return false;
        // A superseded version is still owed one where the current version, having the same cines, inherits from it.
        var current = (await studies.ListVersionsAsync(version.StudyInstanceUid, cancellationToken)).FirstOrDefault(candidate => candidate.State == StudyVersionState.Complete);
        return current is not null && (current.InheritsFromId ?? current.Id) == studyVersionId
            // A new model reads old studies only on request.
            && (version.ReanalysisRequestedAt is not null || (await analyses.ListOfVersionAsync(studyVersionId, cancellationToken)).Count == 0);
    }

    private async Task AnalyzeAsync(long studyVersionId, LoadedModels models, long began, CancellationToken cancellationToken)
    {
        var version = await studies.FindVersionAsync(studyVersionId, cancellationToken) ?? throw new InvalidOperationException($"study version {studyVersionId} is gone");
        var instances = await studies.ListInstancesAsync(studyVersionId, cancellationToken);
        var files = instances.Where(instance => instance.FileKey is not null).Select(instance => new SourceFile(instance.Id, blobs.PathOf(instance.FileKey!))).ToList();
        using var clips = await accumulation.BeginAsync(version, [.. files.Select(file => file.InstanceId!.Value)], cancellationToken);
        StudyAnalysis analysis;
        using (Steps.Start(Steps.Analyze, version.TraceId))
            analysis = await analyzer.AnalyzeAsync(files, models, forcedView: null, _ => RenewAsync(studyVersionId, cancellationToken), clips is null ? null : clips.Take, cancellationToken);
        analysis = analysis.WithLeftOut(Rejection.Sentence(await studies.CountRejectedAsync(version.StudyId, cancellationToken)), instances.Count - files.Count);

        Recorded recorded;
        using (Steps.Start(Steps.RecordAnalysis, version.TraceId))
            recorded = await analyses.RecordAsync(
                new NewAnalysis(
                    studyVersionId, models.FindingsModelId!.Value, models.ViewModelId!.Value, analysis.State, analysis.NotAnalyzed, analysis.Details.ToJson(),
                    analysis.Details.StartedAt, analysis.FinishedAt, version.TraceId, [.. analysis.Outcomes.Select(View)], analysis.Findings),
                cancellationToken);
        if (!recorded.First)
            return;
        Instruments.Analyzed(analysis.State.ToString(), time.GetElapsedTime(began));
        InferenceLog.Analyzed(logger, studyVersionId, analysis.Outcomes.Count(outcome => outcome.Used), analysis.Outcomes.Count, analysis.State.ToString());
        // died here -> analysed, nothing published; the reconciler publishes within a minute
        if (analysis.State == AnalysisState.Analyzed)
            await publisher.PublishAsync(new StudyAnalyzed { AnalysisId = recorded.AnalysisId, TraceId = version.TraceId }, cancellationToken);
        else
            await publisher.PublishAsync(new StudyNotAnalyzed { AnalysisId = recorded.AnalysisId, TraceId = version.TraceId }, cancellationToken);
        // Last, and unable to fail: the report is on its way already. died here -> no clips of this study; its spool files are swept
        if (clips is not null)
            await accumulation.KeepAsync(clips, models.ViewGate.Manifest, version.TraceId, cancellationToken);
    }

    private async Task RenewAsync(long studyVersionId, CancellationToken cancellationToken)
    {
        if (!await analyses.RenewClaimAsync(studyVersionId, _worker, time.GetUtcNow(), options.Analysis.Lease, cancellationToken))
            throw new TimeoutException($"the claim on study version {studyVersionId} ran out; another worker may have it");
    }

    private static NewVideoView View(CineOutcome outcome) => new(outcome.File.InstanceId!.Value, outcome.View, outcome.ViewProbability, outcome.Used, outcome.Reason, outcome.Measure);
}
