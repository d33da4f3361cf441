using System.CommandLine;
using EchoClr.App.Configuration;
using EchoClr.App.Learning;
using EchoClr.Retraining.FineTune;
using EchoClr.VideoModels.Checkpoints;

namespace EchoClr.App.Commands;

/// <summary><c>finetune view|findings</c>: trains a model on phantoms, or on the site's own labelled clips, and writes its release folder with a report.</summary>
internal static class FineTuneCommand
{
    public static Command Create(Terminal terminal)
    {
        var task = new Argument<ModelTask>("task") { Description = "view: the view gate; findings: AS and LVH" };
        var phantoms = new Option<int>("--phantoms") { Description = "Phantom patients to train on; validation and test patients come on top", DefaultValueFactory = _ => 300 };
        var seed = new Option<long>("--seed") { Description = "Of the patients and of the training", DefaultValueFactory = _ => 2024 };
        var output = new Option<DirectoryInfo>("--out") { Description = "Folder for manifest.json and model.safetensors", Required = true };
        var epochs = new Option<int?>("--epochs") { Description = "Instead of the plan's" };
        var float32 = new Option<bool>("--float32") { Description = "Train in float32 throughout: on processors without bfloat16 this is faster" };
        var labels = new Option<string?>("--labels") { Description = "Train on this site's clips with readers' labels of these findings instead of phantoms, as AS,LVH; any finding that ./echoclr labels import brought", HelpName = "NAMES" };
        var version = new Option<string>("--model-version") { Description = "What the model calls itself, where it is trained on labels", DefaultValueFactory = _ => "site-1" };
        var encoder = new Option<FileInfo?>("--encoder") { Description = "Begin with the encoder that ./echoclr pretrain left in this safetensors file, of the same width", HelpName = "FILE" };
        var json = CommonOptions.Json();
        var command = new Command("finetune", "Trains a model on phantoms or labelled clips, calibrates it and measures it on patients that it never saw") { task, phantoms, seed, output, epochs, float32, labels, version, encoder, json };
        command.SetAction((parse, cancellationToken) => Task.Run(
            async () =>
            {
                ModelTask what = parse.GetValue(task);
                int patients = parse.GetValue(phantoms);
                string data = parse.GetValue(labels) is { } named ? $"--labels {named}" : $"--phantoms {patients}";
                string asked = $"./echoclr finetune {(what == ModelTask.View ? "view" : "findings")} {data} --seed {parse.GetValue(seed)}"
                    + (parse.GetValue(epochs) is { } limit ? $" --epochs {limit}" : "") + (parse.GetValue(float32) ? " --float32" : "");
                ReleasePlan release = what == ModelTask.View ? DemoWeights.ViewGate(parse.GetValue(seed), asked) : DemoWeights.AsLvh(parse.GetValue(seed), asked);
                FineTuningPlan plan = release.Plan with
                {
                    Epochs = parse.GetValue(epochs) ?? release.Plan.Epochs,
                    Training = release.Plan.Training with { MixedPrecision = !parse.GetValue(float32) },
                };
                release = release with { Plan = plan };
                if (parse.GetValue(encoder) is { } file)
                    release = release with { Encoder = await File.ReadAllBytesAsync(file.FullName, cancellationToken), Command = $"{release.Command} --encoder {file.Name}" };
                using var drawing = new Progress(terminal, "clips", TimeProvider.System);
                IClipSource source = new PhantomClips(what, plan.Training.Input, patients, plan.Training.Seed, drawing);
                if (parse.GetValue(labels) is { } findings)
                    (release, source) = await LabelledAsync(parse, release, what, findings, parse.GetValue(version)!, cancellationToken);
                ModelManifest manifest = Train(terminal, release, source, parse.GetValue(output)!.FullName, cancellationToken);
                Show(terminal, manifest, parse.GetValue(json));
                return 0;
            },
            cancellationToken));
        return command;
    }

    /// <summary>The same plan for the findings that were asked for, on this site's clips: these are patients.</summary>
    private static async Task<(ReleasePlan, IClipSource)> LabelledAsync(ParseResult parse, ReleasePlan release, ModelTask task, string names, string version, CancellationToken cancellationToken)
    {
        string[] findings = names.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (task != ModelTask.Findings || findings.Length == 0 || findings.Distinct(StringComparer.Ordinal).Count() != findings.Length)
            throw new CommandException("--labels is for finetune findings, and names each finding once, as AS,LVH");
        await using var data = await OpenData.OpenAsync(parse, create: false, cancellationToken);
        return (release.OnSite(findings, version), await EvaluateCommand.OpenLabelledAsync(data, parse, findings, release.Plan.Training.Input, cancellationToken));
    }

    private static ModelManifest Train(Terminal terminal, ReleasePlan release, IClipSource clips, string folder, CancellationToken cancellationToken)
    {
        var epochs = new SynchronousProgress<EpochReport>(epoch => terminal.Note(
            $"epoch {epoch.Epoch}/{epoch.Epochs}: loss {epoch.TrainingLoss:0.000}, validation {epoch.ValidationLoss:0.000}, quality {epoch.Quality:0.000}"
            + $"{(epoch.Best ? " (best)" : "")}, {epoch.ClipsPerSecond:0.0} clips/s"));
        try
        {
            return ReleaseTraining.Train(release, clips, folder, TimeProvider.System, epochs, cancellationToken);
        }
        catch (ArgumentException e)
        {
            throw new CommandException($"training is not possible: {e.Message}; more phantoms, or more labels, may help", e);
        }
    }

    private static void Show(Terminal terminal, ModelManifest manifest, bool json)
    {
        if (json)
        {
            terminal.Json(manifest);
            return;
        }
        terminal.Line($"{manifest.Name} {manifest.Version}, weights {manifest.Weights.Sha256[..16]}…, measured on patients that it never saw{(manifest.Synthetic ? " (phantoms)" : "")}:");
        terminal.Table(
            ["figure", "class", "value", "95 % interval", "patients", "positives"],
            manifest.Metrics.Select(metric => (IReadOnlyList<string>)
                [metric.Name, metric.Class, $"{metric.Value:0.000}", $"{metric.Low:0.000} to {metric.High:0.000}", $"{metric.Patients}", $"{metric.Positives}"]));
    }
}
