using System.CommandLine;
using EchoClr.App.Learning;
using EchoClr.Retraining.FineTune;
using EchoClr.VideoModels.Checkpoints;

namespace EchoClr.App.Commands;

/// <summary><c>finetune view|findings</c>: trains a model on phantoms and writes its release folder.</summary>
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
        var json = CommonOptions.Json();
        var command = new Command("finetune", "Trains a model on phantoms, calibrates it and measures it on unseen ones") { task, phantoms, seed, output, epochs, float32, json };
        command.SetAction((parse, cancellationToken) => Task.Run(
            () =>
            {
                ModelTask what = parse.GetValue(task);
                int patients = parse.GetValue(phantoms);
                string asked = $"./echoclr finetune {(what == ModelTask.View ? "view" : "findings")} --phantoms {patients} --seed {parse.GetValue(seed)}"
                    + (parse.GetValue(epochs) is { } limit ? $" --epochs {limit}" : "") + (parse.GetValue(float32) ? " --float32" : "");
                ReleasePlan release = what == ModelTask.View ? DemoWeights.ViewGate(parse.GetValue(seed), asked) : DemoWeights.AsLvh(parse.GetValue(seed), asked);
                FineTuningPlan plan = release.Plan with
                {
                    Epochs = parse.GetValue(epochs) ?? release.Plan.Epochs,
                    Training = release.Plan.Training with { MixedPrecision = !parse.GetValue(float32) },
                };
                ModelManifest manifest = Train(terminal, release with { Plan = plan }, patients, parse.GetValue(output)!.FullName, cancellationToken);
                Show(terminal, manifest, parse.GetValue(json));
                return 0;
            },
            cancellationToken));
        return command;
    }

    private static ModelManifest Train(Terminal terminal, ReleasePlan release, int patients, string folder, CancellationToken cancellationToken)
    {
        FineTuningPlan plan = release.Plan;
        using var drawing = new Progress(terminal, "phantoms", TimeProvider.System);
        var clips = new PhantomClips(plan.Training.Task, plan.Training.Input, patients, plan.Training.Seed, drawing);
        var epochs = new SynchronousProgress<EpochReport>(epoch => terminal.Note(
            $"epoch {epoch.Epoch}/{epoch.Epochs}: loss {epoch.TrainingLoss:0.000}, validation {epoch.ValidationLoss:0.000}, quality {epoch.Quality:0.000}"
            + $"{(epoch.Best ? " (best)" : "")}, {epoch.ClipsPerSecond:0.0} clips/s"));
        try
        {
            return ReleaseTraining.Train(release, clips, folder, TimeProvider.System, epochs, cancellationToken);
        }
        catch (ArgumentException e)
        {
            throw new CommandException($"training is not possible: {e.Message}; more phantoms may help", e);
        }
    }

    private static void Show(Terminal terminal, ModelManifest manifest, bool json)
    {
        if (json)
        {
            terminal.Json(manifest);
            return;
        }
        terminal.Line($"{manifest.Name} {manifest.Version}, weights {manifest.Weights.Sha256[..16]}…, measured on unseen phantoms:");
        terminal.Table(
            ["figure", "class", "value", "95 % interval", "patients", "positives"],
            manifest.Metrics.Select(metric => (IReadOnlyList<string>)
                [metric.Name, metric.Class, $"{metric.Value:0.000}", $"{metric.Low:0.000} to {metric.High:0.000}", $"{metric.Patients}", $"{metric.Positives}"]));
    }
}
