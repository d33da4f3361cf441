using System.CommandLine;
using EchoClr.App.Configuration;
using EchoClr.Inference;
using EchoClr.Inference.Analysis;
using EchoClr.Portal;
using EchoClr.Shared.Data;
using Microsoft.Extensions.Configuration;

namespace EchoClr.App.Commands;

/// <summary><c>analyze PATH…</c>: findings for files or folders, without a PACS; writes report and saliency cine beside them.</summary>
internal static class AnalyzeCommand
{
    public static Command Create(Terminal terminal)
    {
        var paths = new Argument<string[]>("path") { Description = "DICOM files, or folders of them", Arity = ArgumentArity.OneOrMore };
        var view = new Option<string?>("--view") { Description = "Take every cine to show this view, as PLAX, instead of asking the view gate" };
        view.AcceptOnlyFromAmong("PLAX", "PSAX", "A4C", "A2C", "Other");
        var output = new Option<string?>("--out") { Description = "Folder for reports and saliency cines; beside the cines by default", HelpName = "FOLDER" };
        var json = CommonOptions.Json();
        var command = new Command("analyze", "Analyses files without a PACS; writes the report and the saliency cine beside them") { paths, view, output, json };
        command.SetAction(async (parse, cancellationToken) =>
        {
            var files = DicomFiles.Expand(parse.GetValue(paths)!);
            var options = GlobalOptions.Load(parse).GetSection(InferenceOptions.SectionName).Get<InferenceOptions>() ?? new InferenceOptions();
            var results = await AnalyzeAsync(terminal, options, files, parse.GetValue(view), parse.GetValue(output), cancellationToken);
            if (parse.GetValue(json))
                terminal.Json(results.Select(Describe));
            else
                foreach (var result in results)
                    Print(terminal, result);
            return results.Any(result => result.Analysis.State == AnalysisState.Analyzed) ? 0 : 1;
        });
        return command;
    }

    private static async Task<IReadOnlyList<FileAnalysisResult>> AnalyzeAsync(
        Terminal terminal, InferenceOptions options, IReadOnlyList<string> files, string? view, string? output, CancellationToken cancellationToken)
    {
        if (output is not null)
            Directory.CreateDirectory(output);
        using var bar = new Progress(terminal, "analysing", TimeProvider.System);
        var done = 0;
        try
        {
            using var analysis = new FileAnalysis(options, TimeProvider.System);
            return await analysis.AnalyzeAsync(files, view, output, new SynchronousProgress<CineOutcome>(_ => bar.Report(++done, files.Count, "files")), cancellationToken);
        }
        catch (InvalidDataException e)
        {
            throw new CommandException($"the models in {options.Models.Directory} cannot serve: {e.Message}; check Inference:Models:Directory", e);
        }
    }

    private static void Print(Terminal terminal, FileAnalysisResult result)
    {
        terminal.Line($"Study {result.StudyInstanceUid ?? "(files without one)"}");
        terminal.Table(["file", "frames", "view", "used"], result.Analysis.Outcomes.Select(outcome => (IReadOnlyList<string>)
            [Path.GetFileName(outcome.File.Path), $"{outcome.Frames}", outcome.ViewProbability is { } probability ? $"{outcome.View} {Words.Percent(probability)}" : outcome.View ?? "", outcome.Used ? "yes" : $"no: {outcome.Reason}"]));
        foreach (var finding in StudyFindings(result))
            terminal.Line(WorklistCommand.Finding(finding));
        if (result.Analysis.NotAnalyzed is { } reason)
            terminal.Line($"Not analysed: {reason}");
        else
            terminal.Line("AI, unverified. Research use only, not for diagnosis.");
        foreach (var path in result.Written)
            terminal.Line($"wrote {path}");
        terminal.Line();
    }

    private static object Describe(FileAnalysisResult result) => new
    {
        result.StudyInstanceUid,
        State = result.Analysis.State.ToString(),
        result.Analysis.NotAnalyzed,
        Findings = StudyFindings(result).Select(finding => new { finding.Name, Outcome = finding.Outcome.ToString(), finding.Probability, finding.Threshold }),
        Files = result.Analysis.Outcomes.Select(outcome => new { outcome.File.Path, outcome.Frames, outcome.Rows, outcome.Columns, outcome.Duration, Timing = outcome.Timing?.ToString(), outcome.View, outcome.ViewProbability, outcome.Used, outcome.Reason }),
        result.Written,
    };

    private static IEnumerable<FindingRow> StudyFindings(FileAnalysisResult result) => result.Analysis.Findings.Where(finding => finding.InstanceId is null)
        .Select(finding => new FindingRow { Name = finding.Name, Probability = finding.Probability, Threshold = finding.Threshold, Outcome = finding.Outcome });
}
