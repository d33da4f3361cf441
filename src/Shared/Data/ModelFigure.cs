using System.Text.Json;

namespace EchoClr.Shared.Data;

/// <summary>What a model reached on patients of neither training nor validation.</summary>
/// <param name="Class">The finding or view.</param>
/// <param name="Low">Of the 95 % interval.</param>
public sealed record ModelFigure(string Name, string Class, double Value, double Low, double High, int Patients, int Positives)
{
    /// <summary>The registry's word, or, for models from before it had one, the manifest's. Empty where neither can be read: one model must not keep the others from being shown.</summary>
    public static IReadOnlyList<ModelFigure> Of(ModelRow model)
    {
        try
        {
            if (model.Metrics is { } own)
                return JsonSerializer.Deserialize<ModelFigure[]>(own, JsonSerializerOptions.Web) ?? [];
            using var manifest = JsonDocument.Parse(model.Manifest);
            return manifest.RootElement.ValueKind == JsonValueKind.Object && manifest.RootElement.TryGetProperty("metrics", out var metrics) ? metrics.Deserialize<ModelFigure[]>(JsonSerializerOptions.Web) ?? [] : [];
        }
        catch (JsonException)
        {
            return [];
        }
    }
}
