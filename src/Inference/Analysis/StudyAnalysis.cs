using EchoClr.Shared.Data;

namespace EchoClr.Inference.Analysis;

/// <summary>The result of reading a study: a word on every file, and either answers or the reason why there are none.</summary>
/// <param name="NotAnalyzed">One sentence; null when there is at least one answer.</param>
/// <param name="Findings">Rows to persist: each cine's probabilities, then the study's.</param>
public sealed record StudyAnalysis(IReadOnlyList<CineOutcome> Outcomes, AnalysisDetails Details, string? NotAnalyzed, IReadOnlyList<NewFinding> Findings, DateTimeOffset FinishedAt)
{
    public AnalysisState State => NotAnalyzed is null ? AnalysisState.Analyzed : AnalysisState.NotAnalyzed;
}
