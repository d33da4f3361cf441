using EchoClr.Inference.Analysis;
using EchoClr.Inference.Models;
using EchoClr.Shared.Data;
using EchoClr.Shared.Storage;
using Microsoft.Extensions.Logging;

namespace EchoClr.Inference.Shadow;

/// <summary>Lets a model in its shadow period read a live study as the model in service did, through the same code, and keeps its answers apart. It makes way for live studies.</summary>
public sealed class ShadowScoring(
    ShadowStore shadows, ModelStore models, StudyStore studies, BlobStore blobs, StudyAnalyzer analyzer, LiveStudies live, InferenceOptions options, TimeProvider time, ILogger<ShadowScoring> logger) : IDisposable
{
    private (long ViewGate, long Findings) _loadedIds;
    private LoadedModels? _loaded;

    /// <summary>Returns whether it went through: false where a live study came, and where another worker was first.</summary>
    public async Task<bool> ScoreAsync(ShadowWork work, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (!await shadows.TryBeginAsync(work, now, now - options.Shadow.RetryAfter, cancellationToken))
            return false;
        try
        {
            var loaded = await LoadAsync(work.ModelId, cancellationToken);
            var instances = await studies.ListInstancesAsync(work.StudyVersionId, cancellationToken);
            var files = instances.Where(instance => instance.FileKey is not null).Select(instance => new SourceFile(instance.Id, blobs.PathOf(instance.FileKey!))).ToList();
            var analysis = await analyzer.AnalyzeAsync(files, loaded, forcedView: null, _ => live.Any ? throw new MadeWayException() : Task.CompletedTask, cancellationToken);
            await shadows.RecordAsync(work, analysis.State, analysis.Findings, time.GetUtcNow(), cancellationToken);
            return true;
        }
        catch (Exception exception) when (exception is MadeWayException || (exception is OperationCanceledException && cancellationToken.IsCancellationRequested))
        {
            await shadows.GiveBackAsync(work, CancellationToken.None);
            cancellationToken.ThrowIfCancellationRequested();
            return false;
        }
        // Whatever it is, it is the shadow's alone: the study has its result already.
        catch (Exception exception)
        {
            InferenceLog.ShadowFailed(logger, work.ModelId, work.AnalysisId, exception.Message);
            await shadows.FailAsync(work, exception.Message, CancellationToken.None);
            return true;
        }
    }

    public void Dispose() => Unload();

    /// <summary>Frees the model when there is nothing more to read: it has the size of the one in service.</summary>
    public void Unload()
    {
        _loaded?.Dispose();
        _loaded = null;
    }

    private async Task<LoadedModels> LoadAsync(long modelId, CancellationToken cancellationToken)
    {
        var viewGate = await models.FindInServiceAsync(LoadedModels.ViewGateKind, cancellationToken) ?? throw new InvalidDataException("no view gate is in service");
        if (_loaded is not null && _loadedIds == (viewGate.Id, modelId))
            return _loaded;
        Unload();
        var findings = await models.FindAsync(modelId, cancellationToken) ?? throw new InvalidDataException($"there is no model {modelId}");
        var loaded = LoadedModels.Load(viewGate.Folder, findings.Folder, options.Models.AllowSynthetic, viewGate.Id, modelId);
        if (loaded.ViewIdentity.WeightsSha256 != viewGate.WeightsSha256 || loaded.FindingsIdentity.WeightsSha256 != findings.WeightsSha256)
        {
            loaded.Dispose();
            throw new InvalidDataException($"the weights in {viewGate.Folder} or {findings.Folder} are not those that were registered");
        }
        _loadedIds = (viewGate.Id, modelId);
        return _loaded = loaded;
    }

    /// <summary>A live study came.</summary>
    private sealed class MadeWayException : Exception;
}
