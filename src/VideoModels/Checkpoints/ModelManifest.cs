using System.Text.Json;
using System.Text.Json.Serialization;

namespace EchoClr.VideoModels.Checkpoints;

/// <summary>What a model says of itself: the file beside its weights. Without it no weights are loaded.</summary>
public sealed record ModelManifest
{
    public const string FileName = "manifest.json";

    /// <summary>The model's name, also its folder's: <c>view-gate</c>, <c>as-lvh</c>.</summary>
    public required string Name { get; init; }

    public required string Version { get; init; }

    public required ModelTask Task { get; init; }

    /// <summary>Channels of the first stage of the R3D-18.</summary>
    public required int Width { get; init; }

    /// <summary>One per logit, in order: views, or findings.</summary>
    public required IReadOnlyList<string> Classes { get; init; }

    public required ModelInput Input { get; init; }

    public required Calibration Calibration { get; init; }

    /// <summary>One per class, in order; empty for a view gate. Without a threshold no percentage may be reported.</summary>
    public required IReadOnlyList<Thresholds> Thresholds { get; init; }

    public required WeightsFile Weights { get; init; }

    /// <summary>The command that trained these weights.</summary>
    public required string Command { get; init; }

    public required long Seed { get; init; }

    /// <summary>What the training data were, in words.</summary>
    public required string Data { get; init; }

    /// <summary>Measured on patients of neither training nor validation, with the weights as stored.</summary>
    public required IReadOnlyList<Metric> Metrics { get; init; }

    /// <summary>Trained on phantoms: every report and page that shows a result must say so.</summary>
    public required bool Synthetic { get; init; }

    public required string IntendedUse { get; init; }

    /// <summary>Processor, threads and libtorch of the training: what the weights' hash depends on beside command and data.</summary>
    public required string Environment { get; init; }

    private static readonly JsonSerializerOptions json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter<ModelTask>(JsonNamingPolicy.CamelCase) },
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    public static ModelManifest Read(string path)
    {
        try
        {
            ModelManifest manifest = JsonSerializer.Deserialize<ModelManifest>(File.ReadAllBytes(path), json) ?? throw new JsonException("the file holds null");
            manifest.Check();
            return manifest;
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"{path} is no model manifest: {error.Message}", error);
        }
    }

    public void Write(string path)
    {
        Check();
        File.WriteAllText(path, JsonSerializer.Serialize(this, json) + "\n");
    }

    private void Check()
    {
        Require(Width > 0, "width must be positive");
        Require(Classes.Count > 0, "no classes");
        Require(Input.Frames > 0 && Input.Size > 0 && Input.IntervalMs > 0 && Input.Deviation > 0, "input geometry and deviation must be positive");
        int calibrated = Task == ModelTask.View ? 1 : Classes.Count;
        Require(Calibration.Temperature.Count == calibrated && Calibration.Offset.Count == calibrated, $"calibration must have {calibrated} entries");
        Require(Calibration.Temperature.All(temperature => temperature > 0), "temperatures must be positive");
        Require(Thresholds.Count == (Task == ModelTask.View ? 0 : Classes.Count), "one threshold pair per finding");
        Require(Thresholds.All(pair => pair is { Report: >= 0 and <= 1, Alert: >= 0 and <= 1 } && pair.Report <= pair.Alert), "thresholds must lie in 0..1, report at or below alert");
        Require(Path.GetFileName(Weights.File) == Weights.File && Weights.File.Length > 0, "the weights must lie beside the manifest");
    }

    private void Require(bool condition, string reason)
    {
        if (!condition)
            throw new InvalidDataException($"manifest of {Name} {Version}: {reason}");
    }
}

/// <summary>What a model's logits mean.</summary>
public enum ModelTask
{
    /// <summary>One view per clip: softmax.</summary>
    View,

    /// <summary>Independent findings: a sigmoid each.</summary>
    Findings,
}

/// <summary>What the network is fed: <paramref name="Frames"/> grey frames of <paramref name="Size"/>² pixels, <paramref name="IntervalMs"/> apart, as (pixel/255 − mean)/deviation.</summary>
public sealed record ModelInput(int Frames, int Size, double IntervalMs, double Mean, double Deviation)
{
    /// <summary>Bytes of one window.</summary>
    [JsonIgnore]
    public int WindowBytes => Frames * Size * Size;
}

/// <summary>
/// Logit → probability: σ(logit / temperature + offset) per finding; softmax(logits / temperature) for views, whose one offset is 0.
/// The offset takes back what positive weights in training added to the log odds.
/// </summary>
public sealed record Calibration(IReadOnlyList<double> Temperature, IReadOnlyList<double> Offset)
{
    public static Calibration None(ModelTask task, int classes)
    {
        int entries = task == ModelTask.View ? 1 : classes;
        return new([.. Enumerable.Repeat(1.0, entries)], new double[entries]);
    }
}

/// <summary>Calibrated study probabilities from which a finding is reported as present, and from which it is signalled.</summary>
public sealed record Thresholds(string Class, double Report, double Alert);

/// <summary>A figure on unseen patients with its 95 % interval (2.5th and 97.5th percentile of a bootstrap over patients).</summary>
public sealed record Metric(string Name, string Class, double Value, double Low, double High, int Patients, int Positives);

/// <summary>The weights beside the manifest.</summary>
public sealed record WeightsFile(string File, string Sha256, string Type);
