using System.Text.Json;
using EchoClr.Shared.Data;

namespace EchoClr.Retraining.Experiments;

/// <summary>A test patient with the truth.</summary>
/// <param name="Targets">0 or 1 for each finding.</param>
public sealed record ExperimentSubject(string Patient, float[] Targets)
{
    public static string ToJson(IReadOnlyList<ExperimentSubject> subjects) => JsonSerializer.Serialize(subjects, JsonSerializerOptions.Web);

    /// <summary>An experiment's, in the order that its cells' scores have.</summary>
    public static IReadOnlyList<ExperimentSubject> Of(ExperimentRow experiment) => JsonSerializer.Deserialize<ExperimentSubject[]>(experiment.Subjects, JsonSerializerOptions.Web)!;
}
