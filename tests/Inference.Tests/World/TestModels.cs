using EchoClr.VideoModels.Checkpoints;
using EchoClr.VideoModels.Networks;
#if TORCHSHARP
using TorchSharp;
#else
using EchoClr.Torch;
#endif

namespace EchoClr.Inference.Tests.World;

/// <summary>Tiny networks with random weights whose last layer is bent so that the outcome is known: tests of inference need a model, not a good one.</summary>
internal static class TestModels
{
    private static readonly string[] Views = ["PLAX", "PSAX", "A4C", "A2C", "Other"];
    private static readonly string[] Findings = ["AS", "LVH"];

    /// <summary>Writes the folders view-gate and as-lvh.</summary>
    /// <param name="view">What the gate sees in everything.</param>
    /// <param name="aorticStenosis">About this probability of AS for everything.</param>
    /// <param name="saliency">False makes the maps flat: the head looks at nothing.</param>
    public static string Write(string folder, string view = "PLAX", double aorticStenosis = 0.8, double hypertrophy = 0.2, bool saliency = true, bool synthetic = true, string version = "1.0.0")
    {
        Write(Path.Combine(folder, "view-gate"), ModelTask.View, Views, [.. Views.Select(name => name == view ? 5f : 0f)], headScale: 0, synthetic, version);
        Write(Path.Combine(folder, "as-lvh"), ModelTask.Findings, Findings, [Logit(aorticStenosis), Logit(hypertrophy)], headScale: saliency ? 0.01f : 0, synthetic, version);
        return folder;
    }

    private static void Write(string folder, ModelTask task, string[] classes, float[] bias, float headScale, bool synthetic, string version)
    {
        Directory.CreateDirectory(folder);
        using var network = new R3D18(width: 2, classes.Length);
        var weights = network.state_dict();
        DrawConvolutions(weights);
        weights["fc.bias"] = torch.tensor(bias);
        // All of one sign, so that what the map shows is where the features are large, and some of it is positive.
        weights["fc.weight"] = torch.tensor(Enumerable.Repeat(headScale, classes.Length * 16).ToArray()).reshape(classes.Length, 16);
        var file = Path.Combine(folder, ModelRelease.WeightsFileName);
        SafeTensors.Write(file, weights);
        new ModelManifest
        {
            Name = Path.GetFileName(folder),
            Version = version,
            Task = task,
            Width = 2,
            Classes = classes,
            Input = new ModelInput(Frames: 8, Size: 48, IntervalMs: 40, Mean: 0.2, Deviation: 0.2),
            Calibration = Calibration.None(task, classes.Length),
            Thresholds = task == ModelTask.View ? [] : [.. classes.Select(name => new Thresholds(name, 0.5, 0.9))],
            Weights = new WeightsFile(ModelRelease.WeightsFileName, ModelRelease.Hash(File.ReadAllBytes(file)), "float32"),
            Command = "tests",
            Seed = 7,
            Data = "none",
            Metrics = [],
            Synthetic = synthetic,
            IntendedUse = "tests",
            Environment = "tests",
        }.Write(Path.Combine(folder, ModelManifest.FileName));
    }

    /// <summary>He et al. 2015, from a generator of our own: libtorch's is the process's, and whatever loads a network in a test beside this one draws from it as well.</summary>
    private static void DrawConvolutions(Dictionary<string, torch.Tensor> weights)
    {
        var random = new Random(7);
        foreach (var (name, weight) in weights.Where(entry => entry.Value.dim() == 5).OrderBy(entry => entry.Key, StringComparer.Ordinal).ToList())
        {
            var bound = Math.Sqrt(6.0 / (weight.numel() / weight.shape[0]));
            weights[name] = torch.tensor([.. Enumerable.Range(0, (int)weight.numel()).Select(_ => (float)(bound * (2 * random.NextDouble() - 1)))]).reshape(weight.shape);
        }
    }

    private static float Logit(double probability) => (float)Math.Log(probability / (1 - probability));
}
