using EchoClr.Shared.Data;

namespace EchoClr.Inference.Analysis;

/// <summary>The result of reading a study: a word on every file, and either answers or the reason why there are none.</summary>
/// <param name="NotAnalyzed">One sentence; null when there is at least one answer.</param>
/// <param name="Findings">Rows to persist: each cine's probabilities, then the study's.</param>
public sealed record StudyAnalysis(IReadOnlyList<CineOutcome> Outcomes, AnalysisDetails Details, string? NotAnalyzed, IReadOnlyList<NewFinding> Findings, DateTimeOffset FinishedAt)
{
    public AnalysisState State => NotAnalyzed is null ? AnalysisState.Analyzed : AnalysisState.NotAnalyzed;

    /// <summary>Says what of the study was not even looked at. Rejected objects are no loss; expired ones leave the answer incomplete.</summary>
    /// <param name="rejected">A sentence, or null.</param>
    /// <param name="expired">Objects whose bytes our own retention has given up.</param>
    public StudyAnalysis WithLeftOut(string? rejected, int expired)
    {
        List<string> notes = rejected is null ? [] : [rejected];
        List<string> losses = expired == 0 ? [] : [$"{expired} of the {Outcomes.Count + expired} objects of the study had expired by policy and could not be read."];
        return notes.Count + losses.Count == 0 ? this : this with
        {
            Details = Details with { Notes = [.. Details.Notes, .. notes], Omissions = [.. Details.Omissions, .. losses] },
            NotAnalyzed = NotAnalyzed is null ? null : string.Join(' ', [NotAnalyzed, .. notes, .. losses]),
        };
    }
}
