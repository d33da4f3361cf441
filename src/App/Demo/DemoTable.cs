using EchoClr.App.Commands;
using EchoClr.Portal;
using EchoClr.Shared.Data;

namespace EchoClr.App.Demo;

/// <summary>The demonstration's last word: study by study, what was found, what is true, what the PACS holds.</summary>
internal static class DemoTable
{
    public static void Print(Terminal terminal, IReadOnlyList<DemoOutcome> outcomes)
    {
        terminal.Line();
        terminal.Table(["patient", "cines", "views", "AS", "LVH", "truth", "state", "PACS holds"], outcomes.Select(Row));
        terminal.Line();
        foreach (var outcome in outcomes.Where(outcome => outcome.Pacs?.ReportUid is not null))
            terminal.Line($"report of {outcome.Study.PatientId}: {outcome.Pacs!.ReportUid}");
        if (outcomes.SelectMany(outcome => outcome.Row?.Findings ?? []).Any())
            terminal.Line("Percentages are probabilities from weights trained on synthetic phantoms: research use only, not for diagnosis.");
    }

    private static IReadOnlyList<string> Row(DemoOutcome outcome) =>
    [
        outcome.Study.PatientId,
        $"{outcome.Study.Cines}",
        outcome.Views,
        Finding(outcome, "AS"),
        Finding(outcome, "LVH"),
        outcome.Study.Truth is { } truth ? $"AS {(truth.SevereAorticStenosis ? "yes" : "no")}, LVH {(truth.Hypertrophy ? "yes" : "no")}" : "",
        outcome.Row is null ? "never reached EchoClr: the PACS could not forward it" : WorklistCommand.State(outcome.Row),
        outcome.Pacs is not { } pacs ? "" : $"{(pacs.ReportUid is null ? "no report" : "report")}, {Saliency(pacs)}",
    ];

    private static string Saliency(PacsHoldings pacs) => pacs switch
    {
        { SaliencyWritten: 0 } => "nothing to show of saliency",
        { SaliencyFrames.Count: 0 } => "no saliency cine",
        _ => $"saliency cine of {string.Join(" and ", pacs.SaliencyFrames)} frames",
    };

    private static string Finding(DemoOutcome outcome, string name) => outcome.Row?.Findings.FirstOrDefault(finding => finding.Name == name) switch
    {
        null => "",
        { Outcome: FindingOutcome.Abstained } => "abstained",
        var finding => $"{Words.Percent(finding.Probability)} {finding.Outcome.ToString().ToLowerInvariant()}",
    };
}
