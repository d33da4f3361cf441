using System.Security.Cryptography;
using EchoClr.VideoModels.Networks;

namespace EchoClr.VideoModels.Checkpoints;

/// <summary>A folder with a manifest and the weights it vouches for.</summary>
public sealed class ModelRelease
{
    public const string WeightsFileName = "model.safetensors";

    private readonly byte[] weights;

    private ModelRelease(ModelManifest manifest, byte[] weights)
    {
        Manifest = manifest;
        this.weights = weights;
    }

    public ModelManifest Manifest { get; }

    /// <exception cref="InvalidDataException">The manifest is malformed, or the weights are not the ones it names.</exception>
    public static ModelRelease Load(string folder)
    {
        ModelManifest manifest = ModelManifest.Read(Path.Combine(folder, ModelManifest.FileName));
        byte[] weights = File.ReadAllBytes(Path.Combine(folder, manifest.Weights.File));
        string hash = Hash(weights);
        if (!hash.Equals(manifest.Weights.Sha256, StringComparison.OrdinalIgnoreCase))
            throw new InvalidDataException($"weights of {manifest.Name} {manifest.Version} have SHA-256 {hash}, the manifest says {manifest.Weights.Sha256}");
        return new ModelRelease(manifest, weights);
    }

    /// <summary>A network in evaluation mode with these weights; the caller disposes it.</summary>
    public R3D18 CreateNetwork()
    {
        using DisposeScope scope = NewDisposeScope();
        var network = new R3D18(Manifest.Width, Manifest.Classes.Count);
        network.load_state_dict(SafeTensors.Read(weights));
        network.eval();
        return network;
    }

    public static string Hash(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
