using System.Text;
using EchoClr.Inference.Analysis;
using EchoClr.Inference.Reporting;
using EchoClr.Shared.Data;

namespace EchoClr.App.RealFiles;

/// <summary>Writes a run down in Markdown, without clock, address or path, so that the same program over the same files writes the same text.</summary>
internal static class RealFilesDocument
{
    private const int HashDigits = 12; // of the weights' hash, enough to tell releases apart

    private static readonly Dictionary<string, string> Titles = new(StringComparer.Ordinal)
    {
        ["echo_cine"] = "real echo cines",
        ["echo_cine_transcoded"] = "the same pictures in other transfer syntaxes",
        ["echo_still"] = "echo stills, M-mode, spectra",
        ["charset"] = "names in many character sets",
        ["malformed"] = "malformed files of other kinds",
        ["malformed_echo"] = "an echo cine with one defect each",
        ["not_dicom"] = "not DICOM",
        ["other_modality"] = "other modalities",
        ["sr"] = "structured reports",
        ["unsupported_ts"] = "a transfer syntax that we do not decode",
        ["us_nonecho"] = "ultrasound of other organs",
        ["video"] = "video without DICOM",
    };

    public static string Write(RealFilesRun run)
    {
        var text = new StringBuilder();
        Introduce(text, run);
        foreach (var folder in run.Files.GroupBy(result => result.Arrival.File.Folder))
            Table(text, Titles.TryGetValue(folder.Key, out var title) ? $"`{folder.Key}`: {title}" : $"`{folder.Key}`",
                ["file", "received", "decoded", "decided", "with `--view PLAX`"], folder.Select(Row));
        Table(text, "Studies, as the service reads them", ["study of", "files", "read", "decided"], run.Studies.Select(Row));
        Same(text, run);
        return text.ToString();
    }

    private static void Introduce(StringBuilder text, RealFilesRun run)
    {
        var sent = run.Files.Count(result => result.Arrival.Sent.Status is not null);
        text.Append($"""
            # What becomes of real files

            The weights are {(run.Findings.Synthetic ? "**synthetic**: trained on drawn phantoms, they have never seen a patient, so no number below means anything clinically" : "trained on patients")}.
            Written by `./echoclr real-files DATA --out docs/real-files.md`; do not edit it by hand, a test compares it with what the command writes.
            View gate: {Model(run.ViewGate)}. Findings: {Model(run.Findings)}.

            Of {run.Files.Count} files our own client could send {sent}, over {run.Associations} {(run.Associations == 1 ? "association" : "associations")}, to the listener with its default lists. The columns:

            - **received**: the answer to C-STORE, and whether the data set that lies in the store equals the file's, byte for byte.
            - **decoded**: frames × rows×columns, where the times come from, and the time from the first frame to the last; or why not. What is kept is read from the store, anything else from its folder.
            - **decided**: what the service makes of the file in its study. Findings belong to studies: see the last table but one.
            - **with `--view PLAX`**: what `./echoclr analyze --view PLAX` makes of the file alone: the view is taken on the user's word, everything else is judged.

            """).AppendLine();
    }

    private static string Model(ModelIdentity model) => $"{model.Name} {model.Version}, weights {model.WeightsSha256[..HashDigits]}";

    private static void Table(StringBuilder text, string title, IReadOnlyList<string> headers, IEnumerable<string[]> rows)
    {
        text.AppendLine($"## {title}").AppendLine();
        text.AppendLine($"| {string.Join(" | ", headers)} |").AppendLine($"|{string.Concat(headers.Select(_ => "---|"))}");
        foreach (var row in rows)
            text.AppendLine($"| {string.Join(" | ", row.Select(Cell))} |");
        text.AppendLine();
    }

    private static string[] Row(RealFileResult result) =>
        [result.Arrival.File.Name[(result.Arrival.File.Folder.Length + 1)..], result.Arrival.Received, result.Decoded, InService(result), AsPlax(result.AsPlax) is var alone && alone == InService(result) ? "the same" : alone];

    private static string[] Row(RealStudyResult study) =>
    [
        study.Files.Count == 1 ? study.Files[0].Name : $"{study.Files[0].Name} and {study.Files.Count - 1} more",
        $"{study.Files.Count}",
        $"{study.Analysis.Outcomes.Count(outcome => outcome.Used)}",
        study.Analysis.NotAnalyzed ?? Answers(study.Analysis),
    ];

    private static string InService(RealFileResult result) => result switch
    {
        { Arrival.Kept: null } => "not read: not received",
        { InService: null } => "not read: kept aside for a person",
        { InService.Used: true } => $"read: {result.InService.View} at {Percent(result.InService.ViewProbability)}",
        _ => $"refused: {result.InService.Reason}",
    };

    private static string AsPlax(StudyAnalysis analysis) => analysis switch
    {
        { NotAnalyzed: null } => Answers(analysis),
        { Outcomes: [{ Used: false } outcome] } => $"refused: {outcome.Reason}",
        _ => analysis.NotAnalyzed,
    };

    private static string Answers(StudyAnalysis analysis) => string.Join(", ", analysis.Findings.Where(finding => finding.InstanceId is null)
        .Select(finding => $"{finding.Name} {(finding.Outcome == FindingOutcome.Abstained ? "abstained" : Percent(finding.Probability))}"));

    private static void Same(StringBuilder text, RealFilesRun run)
    {
        text.AppendLine("## Files that decode to the same bytes").AppendLine();
        foreach (var group in run.Files.Where(result => result.PixelsSha256 is not null).GroupBy(result => result.PixelsSha256).Where(group => group.Count() > 1))
            text.AppendLine($"- {string.Join(", ", group.Select(result => result.Arrival.File.Name))}");
    }

    // Whole percents: the next decimal is the processor's.
    private static string Percent(double? fraction) => $"{100 * fraction:0} %";

    // Peers' text may hold what Markdown takes for its own.
    private static string Cell(string text) => string.Concat(text.Select(c => char.IsControl(c) ? " " : c == '|' ? "\\|" : c is '<' ? "&lt;" : $"{c}"));
}
