using EchoClr.Shared.Data;
using EchoClr.Shared.Storage;
using EchoClr.VideoModels.Checkpoints;
using Microsoft.Extensions.Logging;

namespace EchoClr.Inference.Models;

/// <summary>
/// Holds the networks of the models that are in service, and swaps them between studies when another is promoted. Only weights whose hash is in the model table
/// are loaded. On the very first start the models that came with the program are registered and put in service.
/// </summary>
public sealed class ModelSlot(InferenceOptions options, ModelStore models, BlobStore blobs, TimeProvider time, ILogger<ModelSlot> logger) : IDisposable
{
    private const string FirstInstallation = "first start: came with the program";

    private readonly SemaphoreSlim _turn = new(1);
    private ModelLease? _current;

    /// <summary>The models in service now. They stay loaded until the lease is disposed, also when others are promoted meanwhile.</summary>
    /// <exception cref="InvalidDataException">Weights or manifest are not what the table says, or may not serve.</exception>
    public async Task<ModelLease> TakeAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            var viewGate = await InServiceAsync(LoadedModels.ViewGateKind, cancellationToken);
            var findings = await InServiceAsync(LoadedModels.FindingsKind, cancellationToken);
            if (_current is null || _current.Models.ViewModelId != viewGate.Id || _current.Models.FindingsModelId != findings.Id)
            {
                var next = new ModelLease(Load(viewGate, findings));
                _current?.Dispose();
                _current = next;
                InferenceLog.ModelsLoaded(logger, viewGate.Version, findings.Version);
            }
            return _current.Share();
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose()
    {
        _current?.Dispose();
        _turn.Dispose();
    }

    private LoadedModels Load(ModelRow viewGate, ModelRow findings)
    {
        var loaded = LoadedModels.Load(viewGate.Folder, findings.Folder, options.Models.AllowSynthetic, viewGate.Id, findings.Id);
        if (loaded.ViewIdentity.WeightsSha256 == viewGate.WeightsSha256 && loaded.FindingsIdentity.WeightsSha256 == findings.WeightsSha256)
            return loaded;
        loaded.Dispose();
        throw new InvalidDataException($"the weights in {viewGate.Folder} or {findings.Folder} are not those that were registered");
    }

    private async Task<ModelRow> InServiceAsync(string kind, CancellationToken cancellationToken)
    {
        if (await models.FindInServiceAsync(kind, cancellationToken) is { } inService)
            return inService;
        var shipped = Path.GetFullPath(Path.Combine(options.Models.Directory, kind));
        var manifest = ModelRelease.Load(shipped).Manifest;
        var row = await models.ImportAsync(KeptModel.Keep(blobs, kind, shipped, manifest), time.GetUtcNow(), cancellationToken);
        // Nothing was ever promoted: without this, a new installation could not work at all. Every later model needs a person.
        await models.PromoteAsync(row.Id, FirstInstallation, time.GetUtcNow(), cancellationToken);
        return await models.FindInServiceAsync(kind, cancellationToken) ?? row;
    }
}
