using System.Text.Json;
using System.Text.Json.Serialization;
using EchoClr.Retraining.FineTune;
using EchoClr.Retraining.Pretrain;
using EchoClr.VideoModels.Checkpoints;
using EchoClr.VideoModels.Training;

namespace EchoClr.Retraining.Experiments;

/// <summary>
/// What decides the cells of a label-efficiency table, beside a cell's own coordinates. Every arm gets the same: as many steps of pretraining, as many of fine-tuning, the same learning rates to
/// choose from, the same labelled patients. Fixed in the database when a table is begun.
/// </summary>
public sealed record LabelEfficiencyPlan
{
    /// <summary>A budget of fewer labelled patients, or with fewer positives of a finding, says nothing.</summary>
    public const int MinPatients = 20, MinPositives = 4;

    /// <summary>What the bars are set for.</summary>
    public const int BarTrainingPatients = 2000, BarTestPatients = 500;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true,
    };

    /// <summary>Phantom patients on all three sides: 3,500 leave 2,639 for training, 332 for validation and 529 for the test.</summary>
    public int Patients { get; init; } = 3500;

    /// <summary>Of the phantoms.</summary>
    public long PhantomSeed { get; init; } = 20260;

    /// <summary>Validation patients that choose epoch and learning rate: a finding's log loss needs no more, and each look at them costs as much as some steps.</summary>
    public int ValidationPatients { get; init; } = 60;

    public int Width { get; init; } = 16;

    public int Size { get; init; } = 64;

    /// <summary>Enough for the contrast to settle on two cores; see learning.md.</summary>
    public int PretrainingSteps { get; init; } = 1500;

    public int Pairs { get; init; } = 32;

    /// <summary>Frames of a window of fine-tuning.</summary>
    public int Frames { get; init; } = 8;

    /// <summary>Between them: 8 frames 70 ms apart span most of a beat.</summary>
    public double IntervalMs { get; init; } = 70;

    /// <summary>Steps of a fine-tuning, whatever the budget.</summary>
    public int Updates { get; init; } = 200;

    /// <summary>Steps between two looks at the validation patients.</summary>
    public int UpdatesPerEpoch { get; init; } = 50;

    public int BatchSize { get; init; } = 16;

    /// <summary>Each is tried for every cell; the lowest validation loss chooses.</summary>
    public IReadOnlyList<double> LearningRates { get; init; } = [3e-4, 1e-3, 3e-3];

    public int Threads { get; init; } = 2;

    /// <summary>Convolutions of training steps in bfloat16. Scores are always of float32, as in service.</summary>
    public bool MixedPrecision { get; init; } = true;

    /// <summary>Two cores.</summary>
    public static LabelEfficiencyPlan Cpu { get; } = new();

    /// <summary>The published sizes: full width, 112 pixels, 16 frames, 300 epochs' worth of steps of 392 pairs.</summary>
    public static LabelEfficiencyPlan Gpu { get; } = new()
    {
        Width = 64, Size = 112, Pairs = 392, PretrainingSteps = 13_200, Frames = 16, IntervalMs = 50, Updates = 1800, UpdatesPerEpoch = 60, BatchSize = 88, ValidationPatients = 300,
        LearningRates = [1e-5, 1e-4, 5e-4], Threads = 8,
    };

    [JsonIgnore]
    public ModelInput Input => new(Frames, Size, IntervalMs, DemoWeights.FindingsInput.Mean, DemoWeights.FindingsInput.Deviation);

    /// <param name="cohort">Path of the manifest.</param>
    public PretrainPlan Pretraining(ExperimentArm arm, long seed, string cohort) => new()
    {
        Recipe = (arm.Recipe ?? throw new ArgumentException($"{arm.Name} is not pretrained", nameof(arm))).Name, Optimizer = arm.Optimizer, Cohort = cohort, Width = Width, Size = Size, Pairs = Pairs,
        Steps = PretrainingSteps, Seed = seed, Threads = Threads, MixedPrecision = MixedPrecision,
    };

    public FineTuningPlan FineTuning(long seed, double learningRate) => new()
    {
        Classes = DemoWeights.Findings, BatchSize = BatchSize, Epochs = Math.Max(1, Updates / UpdatesPerEpoch), StepsPerEpoch = Math.Min(Updates, UpdatesPerEpoch),
        Patience = int.MaxValue, // equal updates: nobody stops early
        Training = new SupervisedTraining
        {
            Task = ModelTask.Findings, Classes = DemoWeights.Findings.Count, Width = Width, Input = Input, Seed = seed, Threads = Threads, MixedPrecision = MixedPrecision, LearningRate = learningRate,
        },
    };

    public string ToJson() => JsonSerializer.Serialize(this, Json);

    /// <exception cref="FormatException">The text is no plan.</exception>
    public static LabelEfficiencyPlan FromJson(string json)
    {
        try
        {
            return JsonSerializer.Deserialize<LabelEfficiencyPlan>(json, Json) ?? throw new JsonException("it is null");
        }
        catch (JsonException error)
        {
            throw new FormatException($"this is no plan of a label-efficiency table: {error.Message}", error);
        }
    }

    /// <summary>Records compare lists by reference; this compares what they hold.</summary>
    public bool IsSameAs(LabelEfficiencyPlan other) => ToJson() == other.ToJson();
}
