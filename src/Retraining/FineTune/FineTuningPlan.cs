using EchoClr.VideoModels.Training;

namespace EchoClr.Retraining.FineTune;

/// <summary>Every knob of a supervised run. The defaults are what the prototype's fine-tuning settled on.</summary>
public sealed record FineTuningPlan
{
    public required SupervisedTraining Training { get; init; }

    public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>Small: with few clips, the number of steps counts for more than the noise of each.</summary>
    public int BatchSize { get; init; } = 16;

    public int Epochs { get; init; } = 30;

    /// <summary>Steps between two looks at the validation loss; null is one pass over the clips. Given, trainings on few clips and on many have as many steps.</summary>
    public int? StepsPerEpoch { get; init; }

    public int WarmUpSteps { get; init; } = 30;

    /// <summary>Epochs without a lower validation loss after which training stops.</summary>
    public int Patience { get; init; } = 6;

    /// <summary>Linear warm-up, then a cosine to zero at the last step of the last epoch.</summary>
    public double LearningRate(int step, int steps)
    {
        double peak = Training.LearningRate;
        if (step < WarmUpSteps)
            return peak * (step + 1) / WarmUpSteps;
        double done = (double)(step - WarmUpSteps) / Math.Max(1, steps - WarmUpSteps);
        return peak * 0.5 * (1 + Math.Cos(Math.PI * Math.Min(1, done)));
    }
}

/// <summary>What a run tells of itself after each epoch.</summary>
/// <param name="Quality">Mean AUROC over findings, or macro-F1 over views, on validation videos.</param>
public sealed record EpochReport(int Epoch, int Epochs, double TrainingLoss, double ValidationLoss, double Quality, bool Best, double ClipsPerSecond);
