using System.Text.Json;
using EchoClr.Inference.Reporting;

namespace EchoClr.Inference.Analysis;

/// <summary>What an analysis found, as it is persisted: everything that reports and saliency cines are built from, so that building them twice gives the same bytes.</summary>
public sealed record AnalysisDetails
{
    public required DateTimeOffset StartedAt { get; init; }
    public ModelIdentity? ViewModel { get; init; }
    public required IReadOnlyList<CineFact> Cines { get; init; }
    public required IReadOnlyList<FindingDetails> Findings { get; init; }
    public required IReadOnlyList<string> Omissions { get; init; }

    /// <summary>What a reader should know besides, one sentence each; nothing is missing because of it.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    public string ToJson() => JsonSerializer.Serialize(this, JsonSerializerOptions.Web);

    public static AnalysisDetails FromJson(string json) =>
        JsonSerializer.Deserialize<AnalysisDetails>(json, JsonSerializerOptions.Web) ?? throw new InvalidDataException("the analysis holds no details");
}

/// <summary>The answer to one question, without the objects that are made of it later.</summary>
/// <param name="Question">Its key: AS, LVH.</param>
/// <param name="Saliency">Null where the map said nothing.</param>
public sealed record FindingDetails(
    string Question, double Percent, double ThresholdPercent, ModelIdentity Model, string Parameters, KeyFrame KeyFrame, SaliencyGrid? Saliency)
{
    public FindingFact ToFact(ObjectReference? saliency) =>
        new(Reporting.Question.Parse(Question), Percent, ThresholdPercent, Model, Parameters, KeyFrame, saliency);
}
