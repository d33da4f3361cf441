using System.Text.Json;
using EchoClr.Shared.Charts;
using EchoClr.Shared.Data;

namespace EchoClr.Portal.Administration;

/// <summary>What a training run tells of itself, as its page shows it.</summary>
/// <param name="Contrast">NT-Xent of the step; <paramref name="Order"/> is the loss of naming the order.</param>
/// <param name="Left">How long it still takes, by its own count.</param>
public sealed record RunFigures(int Step, int Steps, double? Contrast, double? Order, double? OrderAccuracy, double? ClipsPerSecond, double? WaitShare, TimeSpan? Left)
{
    /// <summary>Null where the JSON tells of something else.</summary>
    public static RunFigures? Parse(string? json)
    {
        try
        {
            return json is not null && JsonSerializer.Deserialize<RunFigures>(json, JsonSerializerOptions.Web) is { Steps: > 0 } figures ? figures : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The losses by step as SVG; null before there are two points.</summary>
    public static string? LossChart(IReadOnlyList<TrainingFigureRow> rows)
    {
        var told = rows.Select(row => Parse(row.Figures)).OfType<RunFigures>().Where(figures => figures.Contrast is not null).ToList();
        if (told.Count < 2)
            return null;
        var top = Math.Ceiling(told.Max(figures => Math.Max(figures.Contrast!.Value, figures.Order ?? 0)));
        var last = told[^1];
        var chart = new SvgChart("loss", "Loss by step", $"After {last.Step} of {last.Steps} steps: contrast {last.Contrast:0.000}, order {last.Order:0.000}.", "step", "loss", last.Steps, Math.Max(top, 1))
            .Line("contrast", "line", told.Select(figures => ((double)figures.Step, figures.Contrast!.Value)));
        if (told.Exists(figures => figures.Order > 0))
            chart.Line("order", "line second", told.Where(figures => figures.Order is not null).Select(figures => ((double)figures.Step, figures.Order!.Value)));
        return chart.ToString();
    }

    /// <summary>What a run left, name by name; empty while it goes on.</summary>
    public static IReadOnlyList<(string Name, string Value)> Outcome(TrainingRunRow run)
    {
        if (run is not { State: TrainingRunState.Succeeded, Metrics: { } json })
            return [];
        try
        {
            using var outcome = JsonDocument.Parse(json);
            return outcome.RootElement.ValueKind == JsonValueKind.Object
                ? [.. Lines("", outcome.RootElement)]
                : [];
        }
        catch (JsonException)
        {
            return [];
        }
    }

    private static IEnumerable<(string, string)> Lines(string of, JsonElement element) => element.EnumerateObject().Where(property => property.Value.ValueKind != JsonValueKind.Null).SelectMany(property =>
        property.Value.ValueKind == JsonValueKind.Object ? Lines($"{Say(property.Name)} ", property.Value) : [($"{of}{Say(property.Name)}", Say(property.Value))]);

    // heldOutContrast -> held out contrast
    private static string Say(string name) => string.Concat(name.Select(letter => char.IsAsciiLetterUpper(letter) ? $" {char.ToLowerInvariant(letter)}" : $"{letter}"));

    private static string Say(JsonElement value) => value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && number != Math.Truncate(number) ? number.ToString("0.000") : value.ToString();
}
