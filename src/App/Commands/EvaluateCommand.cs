using System.CommandLine;
using System.Globalization;
using EchoClr.App.Configuration;
using EchoClr.App.Learning;
using EchoClr.Inference;
using EchoClr.Inference.Models;
using EchoClr.Retraining.Evaluation;
using EchoClr.Retraining.FineTune;
using EchoClr.Shared.Clips;
using EchoClr.Shared.Data;
using EchoClr.Shared.Storage;
using EchoClr.VideoModels.Checkpoints;
using EchoClr.VideoModels.Prediction;
using Microsoft.Extensions.Configuration;

namespace EchoClr.App.Commands;

/// <summary><c>evaluate</c>: measures a findings model on phantoms or on the site's own labelled clips, and writes a page and a JSON file.</summary>
internal static class EvaluateCommand
{
    private const int MinPhantoms = 60; // fewer leave some finding without ten of both kinds

    public static Command Create(Terminal terminal)
    {
        var model = new Argument<DirectoryInfo>("model") { Description = $"Folder with {ModelManifest.FileName} and weights of a findings model" };
        var output = new Option<DirectoryInfo>("--out") { Description = $"Folder for {EvaluationFiles.HtmlName} and {EvaluationFiles.JsonName}", Required = true };
        var phantoms = new Option<int>("--phantoms") { Description = "Phantom patients to measure on", DefaultValueFactory = _ => 150 };
        var seed = new Option<long>("--seed") { Description = "Of the phantoms: another than the model was trained with", DefaultValueFactory = _ => 4711 };
        var labels = new Option<bool>("--labels") { Description = "Measure on this site's clips that readers labelled without seeing the AI, of patients on the test side, instead of phantoms" };
        var prevalence = new Option<string[]>("--prevalence") { Description = "How often a finding occurs among those who come for an echo, as AS=0.015; may be repeated", HelpName = "NAME=SHARE" };
        var json = CommonOptions.Json();
        var command = new Command("evaluate", "Measures a findings model on patients that it never saw: discrimination, operating point, calibration, abstention") { model, output, phantoms, seed, labels, prevalence, json };
        command.SetAction(async (parse, cancellationToken) =>
        {
            var folder = parse.GetValue(model)!.FullName;
            var release = Load(folder);
            var prevalences = Prevalences(parse.GetValue(prevalence) ?? []);
            if (parse.GetValue(phantoms) < MinPhantoms)
                throw new CommandException($"{parse.GetValue(phantoms)} phantoms are too few to measure anything; take {MinPhantoms} or more");
            using var drawing = new Progress(terminal, "clips", TimeProvider.System);
            var source = parse.GetValue(labels) ? await LabelledAsync(parse, release.Manifest, cancellationToken)
                : new PhantomClips(ModelTask.Findings, release.Manifest.Input, 2 * parse.GetValue(phantoms), parse.GetValue(seed), drawing); // its test part is half of that
            var asked = $"./echoclr evaluate {Path.GetFileName(folder.TrimEnd('/'))} " + (parse.GetValue(labels) ? "--labels" : $"--phantoms {parse.GetValue(phantoms)} --seed {parse.GetValue(seed)}");
            var report = await Task.Run(() => Measure(release, source, asked, prevalences, !parse.GetValue(labels), cancellationToken), cancellationToken);
            EvaluationFiles.Write(report, parse.GetValue(output)!.FullName);
            if (parse.GetValue(json))
                terminal.Json(report);
            else
                Show(terminal, report, parse.GetValue(output)!.FullName);
            return 0;
        });
        return command;
    }

    private static EvaluationReport Measure(ModelRelease release, IClipSource source, string asked, IReadOnlyDictionary<string, double> prevalences, bool phantoms, CancellationToken cancellationToken)
    {
        var manifest = release.Manifest;
        using var predictor = new Predictor(release);
        var scores = ClipScores.Of(predictor.Logits, manifest.Input, source.Read(DataPart.Test, cancellationToken), cancellationToken);
        try
        {
            return new EvaluationReport(
                manifest.Name, manifest.Version, manifest.Weights.Sha256, manifest.Synthetic || phantoms, phantoms ? "Phantom patients drawn for this measurement (the command names their seed): their parasternal long-axis cines" : source.Description,
                TimeProvider.System.GetUtcNow(), asked, FindingsEvaluation.Of(scores, manifest.Classes, manifest.Calibration, manifest.Thresholds, prevalences), []);
        }
        catch (ArgumentException e)
        {
            throw new CommandException($"{e.Message}; label or draw more", e);
        }
    }

    private static async Task<IClipSource> LabelledAsync(ParseResult parse, ModelManifest manifest, CancellationToken cancellationToken)
    {
        await using var data = await OpenData.OpenAsync(parse, create: false, cancellationToken);
        return await OpenLabelledAsync(data, parse, manifest.Classes, manifest.Input, cancellationToken);
    }

    /// <summary>This site's labelled clips, chosen as the live pipeline chooses its cines.</summary>
    public static Task<LabelledClips> OpenLabelledAsync(OpenData data, ParseResult parse, IReadOnlyList<string> findings, ModelInput input, CancellationToken cancellationToken)
    {
        var analysis = GlobalOptions.Load(parse).GetSection(InferenceOptions.SectionName).Get<InferenceOptions>()?.Analysis ?? new AnalysisOptions();
        return LabelledClips.OpenAsync(data.Get<LabelStore>(), data.Get<ClipStore>(), data.Get<BlobStore>(), findings, LoadedModels.LongAxis, analysis.MinViewProbability, input, cancellationToken);
    }

    private static ModelRelease Load(string folder)
    {
        try
        {
            var release = ModelRelease.Load(folder);
            return release.Manifest.Task == ModelTask.Findings ? release : throw new InvalidDataException("it is a view gate, whose figures stand in its manifest");
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            throw new CommandException($"{folder} holds no findings model: {e.Message}", e);
        }
    }

    private static Dictionary<string, double> Prevalences(string[] given)
    {
        var prevalences = new Dictionary<string, double>(FindingsEvaluation.NaturalPrevalence);
        foreach (var text in given)
        {
            var parts = text.Split('=');
            if (parts.Length != 2 || !double.TryParse(parts[1], NumberStyles.Float, CultureInfo.InvariantCulture, out var share) || share is not (> 0 and < 1))
                throw new CommandException($"--prevalence {text} is no share; write NAME=SHARE with a share between 0 and 1, as AS=0.015");
            prevalences[parts[0].Trim()] = share;
        }
        return prevalences;
    }

    private static void Show(Terminal terminal, EvaluationReport report, string folder)
    {
        terminal.Line($"{report.Model} {report.Version}{(report.Synthetic ? ", synthetic phantoms" : "")}: {report.Data}");
        terminal.Table(["finding", "figure", "value", "95 % interval"], report.Findings.SelectMany(finding => finding.Figures.Select(figure => (IReadOnlyList<string>)
            [finding.Name, figure.Name is FindingsEvaluation.Ppv or FindingsEvaluation.Npv ? $"{figure.Name} at {finding.Prevalence:P1}" : figure.Name, $"{figure.Value:0.000}", figure.Low is null ? "" : $"{figure.Low:0.000} to {figure.High:0.000}"])));
        terminal.Line($"written: {Path.Combine(folder, EvaluationFiles.HtmlName)}");
    }
}
