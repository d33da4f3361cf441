using EchoClr.VideoModels.Checkpoints;

namespace EchoClr.VideoModels.SelfSupervision;

/// <summary>The knobs of <see cref="SelfSupervisedTrainer"/>.</summary>
public sealed record SelfSupervisionSettings
{
    /// <summary>Channels of the network's first stage; 64 is EchoCLR's.</summary>
    public required int Width { get; init; }

    /// <summary>Frames are <see cref="FrameOrder.Frames"/> where the order is a task.</summary>
    public required ModelInput Input { get; init; }

    public required long Seed { get; init; }

    /// <summary>Fixed, because the order of sums, and so the last bit of a weight, depends on it.</summary>
    public int Threads { get; init; } = 2;

    /// <summary>Convolutions in bfloat16; weights, heads and losses stay float32.</summary>
    public bool MixedPrecision { get; init; }

    /// <summary>Of NT-Xent.</summary>
    public double Temperature { get; init; } = NtXent.Temperature;

    /// <summary>Whether the order of the frames is a second task, with the same weight as the contrast.</summary>
    public required bool Order { get; init; }

    /// <summary>Other views of the same patient are no negatives.</summary>
    public required bool MaskSamePatient { get; init; }

    /// <summary>The two views pass the network one after the other, each with batch statistics of its own, as EchoCLR's do; together is twice as many clips to a statistic.</summary>
    public required bool ViewsApart { get; init; }

    public double WeightDecay { get; init; } = 1e-2;

    /// <summary>Gradients of a larger joint norm are scaled down; null leaves them, as EchoCLR does.</summary>
    public double? MaxGradientNorm { get; init; } = 1;
}

/// <summary>N pairs of clips: what one step learns from.</summary>
/// <param name="First">(T, S, S) each, in the order given by <paramref name="FirstOrders"/>.</param>
/// <param name="Patients">A number for each pair's patient.</param>
public sealed record PairBatch(
    IReadOnlyList<ReadOnlyMemory<byte>> First, IReadOnlyList<ReadOnlyMemory<byte>> Second, IReadOnlyList<int> FirstOrders, IReadOnlyList<int> SecondOrders, IReadOnlyList<int> Patients)
{
    /// <summary>Of each pair. Given, all views of a class are positives (<see cref="SupCon"/>), and not the partner alone.</summary>
    public IReadOnlyList<int>? Classes { get; init; }
}

/// <param name="Contrast">NT-Xent, or the supervised contrast.</param>
/// <param name="Order">Cross entropy of the orders; 0 where that is no task.</param>
/// <param name="OrderAccuracy">Share of clips whose order was named rightly; chance is 1/24.</param>
/// <param name="FeatureDeviation">Standard deviation of a feature over the batch, the mean of all features: a network that sees no difference any more has 0.</param>
public sealed record StepFigures(double Contrast, double Order, double OrderAccuracy, double FeatureDeviation)
{
    public double Loss => Contrast + Order;
}
