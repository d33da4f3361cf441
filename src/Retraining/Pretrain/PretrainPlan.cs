using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using EchoClr.VideoModels.Checkpoints;
using EchoClr.VideoModels.SelfSupervision;

namespace EchoClr.Retraining.Pretrain;

/// <summary>Every knob of a pretraining. The defaults are what the prototype settled on for two processor cores; the JSON of it is a run's training plan.</summary>
public sealed record PretrainPlan
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter<PretrainOptimizer>(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>One of <see cref="PretrainRecipe.All"/>.</summary>
    public string Recipe { get; init; } = PretrainRecipe.EchoClrPlus.Name;

    /// <summary>Cohort manifest; null takes every learnable clip of <see cref="View"/> at the time when the run begins.</summary>
    public string? Cohort { get; init; }

    public string View { get; init; } = "PLAX";

    public double MinViewProbability { get; init; } = 0.5;

    public int Width { get; init; } = 16;

    /// <summary>Side of the network's picture.</summary>
    public int Size { get; init; } = 64;

    /// <summary>Pairs a step. EchoCLR has 392.</summary>
    public int Pairs { get; init; } = 32;

    public int Steps { get; init; } = 1500;

    public PretrainOptimizer Optimizer { get; init; } = PretrainOptimizer.Tuned;

    public long Seed { get; init; } = 1;

    public int Threads { get; init; } = 2;

    public bool MixedPrecision { get; init; } = true;

    /// <summary>
    /// What the encoder is then fine-tuned to answer, on this site's labelled clips: AS, LVH, or a site's own. The model is registered and goes before the gate. Null leaves it at the encoder.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Findings { get; init; }

    /// <summary>A run that dies loses at most the work of so long.</summary>
    public double CheckpointMinutes { get; init; } = 3;

    /// <summary>Share of a run that pretraining is, as its progress is told: fine-tuning on a site's labels takes about as long again.</summary>
    [JsonIgnore]
    public double PretrainingShare => Findings is null ? 1 : 0.5;

    [JsonIgnore]
    public PretrainRecipe Method => PretrainRecipe.Named(Recipe);

    [JsonIgnore]
    public SelfSupervisionSettings Settings => new()
    {
        Width = Width,
        // The shipped models' mean and deviation: fine-tuning sees the grey levels that pretraining saw.
        Input = new ModelInput(FrameOrder.Frames, Size, Method.StrideMs ?? 1, Mean: 0.2, Deviation: 0.2),
        Seed = Seed,
        Threads = Threads,
        MixedPrecision = MixedPrecision,
        Order = Method.Order,
        MaskSamePatient = Method.MaskSamePatient,
        ViewsApart = Method.ViewsApart,
        WeightDecay = Optimizer == PretrainOptimizer.Tuned ? 1e-2 : 0,
        MaxGradientNorm = Optimizer == PretrainOptimizer.Tuned ? 1 : null,
    };

    /// <summary>Tuned: linear warm-up, then a cosine to zero. Adam: 0.1 throughout, as published.</summary>
    public double LearningRate(int step)
    {
        const double peak = 1.5e-3, published = 0.1;
        const int warmUp = 30;
        if (Optimizer == PretrainOptimizer.Adam)
            return published;
        if (step < warmUp)
            return peak * (step + 1) / warmUp;
        return peak * 0.5 * (1 + Math.Cos(Math.PI * Math.Min(1, (double)(step - warmUp) / Math.Max(1, Steps - warmUp))));
    }

    public string ToJson() => JsonSerializer.Serialize(this, Json);

    /// <summary>Names what decides the encoder: a checkpoint of another plan is refused.</summary>
    public string Hash() => Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(this with { CheckpointMinutes = 0, Findings = null }, Json)));

    /// <exception cref="FormatException">The text is no plan, or one that cannot work.</exception>
    public static PretrainPlan FromJson(string json)
    {
        try
        {
            var plan = JsonSerializer.Deserialize<PretrainPlan>(json, Json) ?? throw new JsonException("it is null");
            plan.Check();
            return plan;
        }
        catch (JsonException error)
        {
            throw new FormatException($"this is no plan of a pretraining: {error.Message}", error);
        }
    }

    private void Check()
    {
        Require(!PretrainRecipe.Named(Recipe).Supervised, $"{Recipe} needs classes of the clips, which a cohort does not have");
        Require(Width > 0, "width must be above 0");
        Require(Size >= 16, "size must be 16 or more: the last stage sees a sixteenth of it");
        Require(Pairs >= 2, "pairs must be 2 or more: a pair alone has no negatives");
        Require(Steps > 0, "steps must be above 0");
        Require(Threads > 0, "threads must be above 0");
        Require(Findings is null || (Findings.Count > 0 && Findings.All(finding => !string.IsNullOrWhiteSpace(finding)) && Findings.Distinct(StringComparer.Ordinal).Count() == Findings.Count), "findings are named once each, as AS and LVH; without any, leave them out");
        Require(CheckpointMinutes >= 0, "checkpointMinutes must be 0 or more");

        static void Require(bool met, string rule)
        {
            if (!met)
                throw new FormatException($"the plan cannot work: {rule}");
        }
    }
}

public enum PretrainOptimizer
{
    /// <summary>AdamW 1.5e-3, weight decay 1e-2, warm-up, cosine, gradients bounded.</summary>
    Tuned,

    /// <summary>Adam at 0.1 without schedule, decay or bound, as published. With small batches it collapses.</summary>
    Adam,
}
