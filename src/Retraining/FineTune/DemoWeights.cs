using EchoClr.VideoModels.Checkpoints;
using EchoClr.VideoModels.Training;

namespace EchoClr.Retraining.FineTune;

/// <summary>The two models that the repository ships, as plans: small enough to train in minutes on two cores.</summary>
public static class DemoWeights
{
    public const string IntendedUse = "Demonstration and tests of the software. Trained on synthetic phantoms only: not for diagnosis, not for research on patients.";

    /// <summary>PLAX must be found before anything is said of it; colour, spectral and everything else is Other.</summary>
    public static readonly IReadOnlyList<string> Views = ["PLAX", "PSAX", "A4C", "A2C", "Other"];

    public static readonly IReadOnlyList<string> Findings = ["AS", "LVH"];

    /// <summary>A view shows in few frames: a narrow network over a short, coarse clip.</summary>
    public static readonly ModelInput ViewInput = new(Frames: 8, Size: 64, IntervalMs: 60, Mean: 0.2, Deviation: 0.2);

    /// <summary>16 frames 50 ms apart: most of a beat, so that the valve opens in nearly every window.</summary>
    public static readonly ModelInput FindingsInput = new(Frames: 16, Size: 64, IntervalMs: 50, Mean: 0.2, Deviation: 0.2);

    public static ReleasePlan ViewGate(long seed, string command) => new("view-gate", "1.0.0", Plan(ModelTask.View, Views, width: 8, ViewInput, seed), command, Synthetic: true, IntendedUse);

    public static ReleasePlan AsLvh(long seed, string command) => new("as-lvh", "1.0.0", Plan(ModelTask.Findings, Findings, width: 16, FindingsInput, seed), command, Synthetic: true, IntendedUse);

    private static FineTuningPlan Plan(ModelTask task, IReadOnlyList<string> classes, int width, ModelInput input, long seed) => new()
    {
        Classes = classes,
        Epochs = task == ModelTask.View ? 12 : 16,
        Training = new SupervisedTraining { Task = task, Classes = classes.Count, Width = width, Input = input, Seed = seed, LearningRate = 1.5e-3 },
    };
}
