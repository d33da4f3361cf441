using EchoClr.Retraining.Evaluation;
using EchoClr.VideoModels.Checkpoints;

namespace EchoClr.Retraining.FineTune;

/// <summary>From labelled clips to a model folder: train, round the weights as stored, calibrate, choose thresholds, measure on unseen patients, write; for findings with a report beside the model.</summary>
public static class ReleaseTraining
{
    public static ModelManifest Train(
        ReleasePlan release, IClipSource source, string folder, TimeProvider time, IProgress<EpochReport>? progress, CancellationToken cancellationToken)
    {
        if (File.Exists(Path.Combine(folder, ModelManifest.FileName)))
            throw new IOException($"{folder} holds a model already; name another folder or move it away");
        FineTuningPlan plan = release.Plan;
        ModelTask task = plan.Training.Task;
        TrainingClip[] training = [.. source.Read(DataPart.Training, cancellationToken)];
        TrainingClip[] validation = [.. source.Read(DataPart.Validation, cancellationToken)];
        using var tuning = new FineTuning(plan, time, release.Encoder);
        var epochs = new Epochs(progress);
        tuning.Train(training, validation, epochs, cancellationToken);

        byte[] weights = tuning.Trainer.Seal();
        IReadOnlyList<ClipScores> validated = ClipScores.Of(tuning.Trainer, plan.Training.Input, validation, cancellationToken);
        Calibration calibration = Calibrator.Fit(validated, task);
        Thresholds[] thresholds = task == ModelTask.Findings ? ChooseThresholds(validated, plan.Classes, calibration) : [];

        TrainingClip[] test = [.. source.Read(DataPart.Test, cancellationToken)];
        PatientSplit.AssertDisjoint(Patients(training), Patients(validation), Patients(test));
        IReadOnlyList<ClipScores> tested = ClipScores.Of(tuning.Trainer, plan.Training.Input, test, cancellationToken);
        var manifest = new ModelManifest
        {
            Name = release.Name,
            Version = release.Version,
            Task = task,
            Width = plan.Training.Width,
            Classes = plan.Classes,
            Input = plan.Training.Input,
            Calibration = calibration,
            Thresholds = thresholds,
            Weights = new WeightsFile(ModelRelease.WeightsFileName, ModelRelease.Hash(weights), "float16"),
            Command = release.Command,
            Seed = plan.Training.Seed,
            Data = source.Description,
            Metrics = task == ModelTask.View ? ModelEvaluation.Views(tested, plan.Classes, calibration) : ModelEvaluation.Findings(tested, plan.Classes, calibration, thresholds),
            Synthetic = release.Synthetic,
            IntendedUse = release.IntendedUse,
            Environment = TrainingEnvironment.Describe(plan.Training.Threads),
        };
        Directory.CreateDirectory(folder);
        File.WriteAllBytes(Path.Combine(folder, ModelRelease.WeightsFileName), weights);
        if (task == ModelTask.Findings)
            EvaluationFiles.Write(
                new EvaluationReport(
                    manifest.Name, manifest.Version, manifest.Weights.Sha256, manifest.Synthetic, manifest.Data, time.GetUtcNow(), manifest.Command,
                    FindingsEvaluation.Of(tested, plan.Classes, calibration, thresholds, FindingsEvaluation.NaturalPrevalence), epochs.Reports),
                folder);
        manifest.Write(Path.Combine(folder, ModelManifest.FileName)); // last: a folder without a manifest is no model
        return manifest;
    }

    private static Thresholds[] ChooseThresholds(IReadOnlyList<ClipScores> scores, IReadOnlyList<string> classes, Calibration calibration)
    {
        IReadOnlyList<PatientScore> patients = ClipScores.ByPatient(scores, ModelTask.Findings, calibration);
        return
        [
            .. classes.Select((name, c) => ThresholdChoice.Choose(
                name, [.. patients.Select(patient => patient.Probabilities[c])], [.. patients.Select(patient => patient.Targets[c] > 0.5f)])),
        ];
    }

    /// <summary>Remembers what it passes on.</summary>
    private sealed class Epochs(IProgress<EpochReport>? progress) : IProgress<EpochReport>
    {
        public List<EpochReport> Reports { get; } = [];

        public void Report(EpochReport value)
        {
            Reports.Add(value);
            progress?.Report(value);
        }
    }

    private static IEnumerable<string> Patients(IEnumerable<TrainingClip> clips) => clips.Select(clip => clip.Patient);
}

/// <summary>A model to be made.</summary>
/// <param name="Command">The command line that makes it again.</param>
public sealed record ReleasePlan(string Name, string Version, FineTuningPlan Plan, string Command, bool Synthetic, string IntendedUse)
{
    /// <summary>A pretrained encoder to begin with, as a safetensors file; empty begins with weights drawn from the seed.</summary>
    public ReadOnlyMemory<byte> Encoder { get; init; }

    /// <summary>The same plan for these findings on a site's labelled clips: these are patients.</summary>
    public ReleasePlan OnSite(IReadOnlyList<string> findings, string version) => this with
    {
        Version = version,
        Plan = Plan with { Classes = findings, Training = Plan.Training with { Classes = findings.Count } },
        Synthetic = false,
        IntendedUse = "Research use only, at the site whose patients it was trained on. Not for diagnosis.",
    };
}
