using System.Text.Json;
using System.Text.Json.Serialization;
using EchoClr.Retraining.FineTune;
using EchoClr.Retraining.Pretrain;
using EchoClr.VideoModels.Checkpoints;
using EchoClr.VideoModels.Training;

namespace EchoClr.Retraining.Experiments;

/// <summary>What decides the cells of a table of view classifiers beside a cell's own coordinates. Both arms have as many steps in all.</summary>
public sealed record ViewContrastPlan
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, RespectNullableAnnotations = true };

    /// <summary>Phantom patients on all three sides, each with seven videos of all views.</summary>
    public int Patients { get; init; } = 600;

    /// <summary>Of the phantoms.</summary>
    public long PhantomSeed { get; init; } = 20261;

    public int ValidationPatients { get; init; } = 40;

    /// <summary>The view gate's.</summary>
    public int Width { get; init; } = 8;

    public ModelInput Input { get; init; } = DemoWeights.ViewInput;

    /// <summary>Views that few patients have: one that is easily taken for another (two chambers for four), and one that is not.</summary>
    public IReadOnlyList<string> RareViews { get; init; } = ["A2C", "PSAX"];

    /// <summary>Pairs of augmented clips a step of contrast: Chartsias et al. have 64 images, each augmented twice.</summary>
    public int Pairs { get; init; } = 32;

    public int ContrastSteps { get; init; } = 600;

    /// <summary>Steps of the classifier on the frozen encoder; the plain network has these and the steps of contrast.</summary>
    public int ClassifierSteps { get; init; } = 200;

    public int StepsPerEpoch { get; init; } = 50;

    /// <summary>Clips a step of cross entropy.</summary>
    public int BatchSize { get; init; } = 32;

    public double LearningRate { get; init; } = 1e-3;

    public int Threads { get; init; } = 2;

    public bool MixedPrecision { get; init; } = true;

    public PretrainPlan Contrast(long seed) => new()
    {
        Recipe = PretrainRecipe.SupCon.Name, Width = Width, Size = Input.Size, Pairs = Pairs, Steps = ContrastSteps, Seed = seed, Threads = Threads, MixedPrecision = MixedPrecision,
    };

    /// <param name="frozen">Only the last layer learns, on an encoder that is there already.</param>
    public FineTuningPlan Classifier(long seed, bool frozen) => new()
    {
        Classes = DemoWeights.Views, BatchSize = BatchSize, Epochs = Math.Max(1, (frozen ? ClassifierSteps : ContrastSteps + ClassifierSteps) / StepsPerEpoch), StepsPerEpoch = StepsPerEpoch,
        Patience = int.MaxValue, // equal steps: nobody stops early
        Training = new SupervisedTraining
        {
            Task = ModelTask.View, Classes = DemoWeights.Views.Count, Width = Width, Input = Input, Seed = seed, Threads = Threads, MixedPrecision = MixedPrecision, LearningRate = LearningRate,
            FreezeEncoder = frozen,
        },
    };

    public string ToJson() => JsonSerializer.Serialize(this, Json);

    /// <exception cref="FormatException">The text is no plan.</exception>
    public static ViewContrastPlan FromJson(string json)
    {
        try
        {
            return JsonSerializer.Deserialize<ViewContrastPlan>(json, Json) ?? throw new JsonException("it is null");
        }
        catch (JsonException error)
        {
            throw new FormatException($"this is no plan of a table of view classifiers: {error.Message}", error);
        }
    }
}
