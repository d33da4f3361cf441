using EchoClr.VideoModels.Checkpoints;
using EchoClr.VideoModels.Networks;

namespace EchoClr.VideoModels.Prediction;

/// <summary>A released model at work: windows of grey frames in, calibrated probabilities and saliency out. Safe to call from several threads.</summary>
public sealed class Predictor(ModelRelease release) : IDisposable
{
    private readonly R3D18 network = release.CreateNetwork();

    public ModelManifest Manifest { get; } = release.Manifest;

    /// <summary>A video's probability per class: the mean over its windows.</summary>
    /// <param name="windows">(T, S, S) bytes each, as the manifest's input says. They go through the network as one batch: libtorch's convolutions are several times slower one by one.</param>
    public double[] Predict(IReadOnlyList<ReadOnlyMemory<byte>> windows) => Probability.Mean(PredictWindows(windows));

    /// <summary>The probabilities of each window: their spread says how sure the mean is.</summary>
    public double[][] PredictWindows(IReadOnlyList<ReadOnlyMemory<byte>> windows)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable mode = inference_mode();
        return Probabilities(network.call(ClipTensor.From(windows, Manifest.Input)));
    }

    /// <summary>A video's probabilities as <see cref="Predict"/> gives them, and the pooled features that they were computed from, mean over its windows: (8·width).</summary>
    public (double[] Probabilities, float[] Features) PredictWithFeatures(IReadOnlyList<ReadOnlyMemory<byte>> windows)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable mode = inference_mode();
        Tensor features = network.forward_features(ClipTensor.From(windows, Manifest.Input)).mean([2, 3, 4]); // (N, 8·width)
        return (Probability.Mean(Probabilities(network.Head(features))), features.mean([0]).data<float>().ToArray());
    }

    /// <summary>What the network says before calibration, a row per window: for measuring, and for fitting another calibration.</summary>
    public float[][] Logits(IReadOnlyList<ReadOnlyMemory<byte>> windows)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable mode = inference_mode();
        return [.. network.call(ClipTensor.From(windows, Manifest.Input)).data<float>().ToArray().Chunk(Manifest.Classes.Count)];
    }

    /// <summary>Where in each window the evidence for one class lies.</summary>
    public SaliencyMap[] Explain(IReadOnlyList<ReadOnlyMemory<byte>> windows, int @class)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable mode = inference_mode();
        Tensor maps = network.forward_features(ClipTensor.From(windows, Manifest.Input));
        return Saliency.Upsample(Saliency.ClassActivation(maps, network.HeadWeight, @class), Manifest.Input);
    }

    public void Dispose() => network.Dispose();

    private double[][] Probabilities(Tensor logits)
    {
        int classes = Manifest.Classes.Count;
        float[] values = logits.data<float>().ToArray();
        var probabilities = new double[values.Length / classes][];
        for (int i = 0; i < probabilities.Length; i++)
            probabilities[i] = Probability.OfWindow(values.AsSpan(i * classes, classes), Manifest.Task, Manifest.Calibration);
        return probabilities;
    }
}
