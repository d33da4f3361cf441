using EchoClr.Shared.Data;
using EchoClr.Testing;
using EchoClr.VideoModels.Checkpoints;
using EchoClr.VideoModels.Networks;
using EchoClr.VideoModels.Prediction;
#if TORCHSHARP
using TorchSharp;
#else
using EchoClr.Torch;
#endif

namespace EchoClr.Retraining.Tests.Promotion;

/// <summary>A tiny findings model for AS that answers about one half for everything.</summary>
internal static class SmallModel
{
    public const int Side = 24, Frames = 8;

    /// <summary>Writes and registers it.</summary>
    /// <param name="scale">Of the last layer: 0 knows nothing, a negative one ranks the other way round.</param>
    public static async Task<ModelRow> ImportAsync(TestDatabase test, string folder, string version, float scale)
    {
        Directory.CreateDirectory(folder);
        torch.manual_seed(7);
        using var network = new R3D18(width: 2, 1);
        var weights = network.state_dict();
        // About one half for everything, so that a model whose ranking is right is also calibrated well enough.
        weights["fc.bias"] = torch.tensor(new float[1]);
        weights["fc.weight"] = torch.tensor(Enumerable.Repeat(0.02f * scale, 16).ToArray()).reshape(1, 16);
        var file = Path.Combine(folder, ModelRelease.WeightsFileName);
        SafeTensors.Write(file, weights);
        var manifest = new ModelManifest
        {
            Name = "as-lvh",
            Version = version,
            Task = ModelTask.Findings,
            Width = 2,
            Classes = ["AS"],
            Input = new ModelInput(Frames, Side, 50, 0.2, 0.2),
            Calibration = Calibration.None(ModelTask.Findings, 1),
            Thresholds = [new Thresholds("AS", 0.5, 0.9)],
            Weights = new WeightsFile(ModelRelease.WeightsFileName, ModelRelease.Hash(await File.ReadAllBytesAsync(file)), "float32"),
            Command = "tests",
            Seed = 7,
            Data = "none",
            Metrics = [],
            Synthetic = true,
            IntendedUse = "tests",
            Environment = "tests",
        };
        manifest.Write(Path.Combine(folder, ModelManifest.FileName));
        return await new ModelStore(test.Database).ImportAsync(new NewModel("as-lvh", "as-lvh", version, manifest.Weights.Sha256, "{}", folder, true), Rows.Noon, default);
    }
}
