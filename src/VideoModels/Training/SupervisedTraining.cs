using EchoClr.VideoModels.Checkpoints;

namespace EchoClr.VideoModels.Training;

/// <summary>The knobs of <see cref="SupervisedTrainer"/>.</summary>
public sealed record SupervisedTraining
{
    public required ModelTask Task { get; init; }

    public required int Classes { get; init; }

    public required int Width { get; init; }

    public required ModelInput Input { get; init; }

    public required long Seed { get; init; }

    /// <summary>Fixed, because the order of sums, and so the last bit of a weight, depends on it.</summary>
    public int Threads { get; init; } = 2;

    /// <summary>Convolutions of training steps in bfloat16. Validation and all figures are of float32, as in service.</summary>
    public bool MixedPrecision { get; init; }

    public double LearningRate { get; init; } = 1e-3;

    public double WeightDecay { get; init; } = 1e-2;

    public double FeatureDropout { get; init; } = 0.25;

    /// <summary>Only the last layer learns, on features as the encoder gives them in service: no dropout, running batch statistics.</summary>
    public bool FreezeEncoder { get; init; }

    public double MaxGradientNorm { get; init; } = 1;
}
