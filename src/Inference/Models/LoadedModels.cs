using EchoClr.Inference.Reporting;
using EchoClr.VideoModels.Checkpoints;
using EchoClr.VideoModels.Prediction;

namespace EchoClr.Inference.Models;

/// <summary>The two networks that read a study, with their identities. The rows' ids are null when there is no database (files from the command line).</summary>
public sealed class LoadedModels : IDisposable
{
    public const string ViewGateKind = "view-gate";
    public const string FindingsKind = "as-lvh";

    /// <summary>The view that the findings model reads.</summary>
    public const string LongAxis = "PLAX";

    private LoadedModels(ModelRelease viewGate, ModelRelease findings)
    {
        (ViewIdentity, FindingsIdentity) = (Identity(viewGate.Manifest), Identity(findings.Manifest));
        ViewGate = new Predictor(viewGate);
        Findings = new Predictor(findings);
    }

    public Predictor ViewGate { get; }
    public Predictor Findings { get; }
    public ModelIdentity ViewIdentity { get; }
    public ModelIdentity FindingsIdentity { get; }
    public long? ViewModelId { get; init; }
    public long? FindingsModelId { get; init; }

    /// <exception cref="InvalidDataException">A manifest or weights are malformed, do not belong together, or may not serve.</exception>
    /// <exception cref="IOException">A file is not there.</exception>
    public static LoadedModels Load(string viewGateFolder, string findingsFolder, bool allowSynthetic, long? viewModelId = null, long? findingsModelId = null)
    {
        var viewGate = Check(ModelRelease.Load(viewGateFolder), ModelTask.View, allowSynthetic);
        var findings = Check(ModelRelease.Load(findingsFolder), ModelTask.Findings, allowSynthetic);
        if (!viewGate.Manifest.Classes.Contains(LongAxis))
            throw new InvalidDataException($"the view gate {viewGate.Manifest.Name} {viewGate.Manifest.Version} has no class {LongAxis}");
        return new LoadedModels(viewGate, findings) { ViewModelId = viewModelId, FindingsModelId = findingsModelId };
    }

    public void Dispose()
    {
        ViewGate.Dispose();
        Findings.Dispose();
    }

    private static ModelRelease Check(ModelRelease release, ModelTask task, bool allowSynthetic)
    {
        var manifest = release.Manifest;
        if (manifest.Task != task)
            throw new InvalidDataException($"model {manifest.Name} {manifest.Version} is for {manifest.Task}, not for {task}");
        if (manifest.Synthetic && !allowSynthetic)
            throw new InvalidDataException($"model {manifest.Name} {manifest.Version} was trained on synthetic phantoms, and Inference:Models:AllowSynthetic is false");
        return release;
    }

    private static ModelIdentity Identity(ModelManifest manifest) =>
        new("EchoCLR " + manifest.Name, manifest.Version, manifest.Weights.Sha256.ToLowerInvariant(), manifest.Synthetic);
}
