using System.Reflection;
using System.Text.Json;
using EchoClr.Retraining.FineTune;
using EchoClr.Retraining.Pretrain;
using EchoClr.Retraining.Runs;
using EchoClr.Shared.Audit;
using EchoClr.Shared.Clips;
using EchoClr.Shared.Data;
using EchoClr.Shared.Storage;
using EchoClr.VideoModels.Checkpoints;

namespace EchoClr.Retraining.Promotion;

/// <summary>From a run's encoder to a model before the gate: fine-tuned on this site's labelled clips, calibrated and measured, registered with its lineage, judged against the model in service.</summary>
public sealed class RunRelease(LabelStore labels, ClipStore clips, BlobStore blobs, ModelJudgement judgement, JudgedClips which, TimeProvider time)
{
    /// <summary>What cannot be made or judged for want of labels is said in the outcome: the encoder stands, and the run succeeded.</summary>
    public async Task<ModelOutcome> MakeAsync(
        TrainingRunRow run, PretrainPlan plan, IReadOnlyList<string> findings, PretrainOutcome pretrained, IRunKeeping keeping, CancellationToken cancellationToken)
    {
        var release = DemoWeights.AsLvh(plan.Seed, $"training run {run.Id}, due {run.DueAt.UtcDateTime:yyyy-MM-dd HH:mm} UTC")
            .OnSite(findings, $"{run.DueAt.UtcDateTime:yyyy-MM-dd}-run{run.Id}") with { Encoder = await File.ReadAllBytesAsync(blobs.PathOf(pretrained.Encoder), cancellationToken) };
        var training = release.Plan.Training;
        training = training with { Width = plan.Width, Input = training.Input with { Size = plan.Size }, Threads = plan.Threads, MixedPrecision = plan.MixedPrecision };
        release = release with { Plan = release.Plan with { Training = training } };
        var source = await LabelledClips.OpenAsync(labels, clips, blobs, findings, which.View, which.MinViewProbability, training.Input, cancellationToken);
        if (source.Lack(release.Plan.BatchSize) is { } lack)
            return new ModelOutcome(null, null, null, lack);

        // Elsewhere first: what is registered is copied durably, and a training that ends early leaves nothing in the data folder.
        var folder = Directory.CreateTempSubdirectory("echoclr-model-").FullName;
        try
        {
            // On a thread of its own, as pretraining is: the lease's renewal must not wait for a thread of the pool.
            var manifest = await Task.Factory.StartNew(
                () => ReleaseTraining.Train(release, source, folder, time, new Telling(plan, keeping), cancellationToken), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            var row = await RegisterAsync(run, plan, pretrained, folder, manifest, keeping, cancellationToken);
            return await JudgeAsync(run, row, cancellationToken);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private Task<ModelRow> RegisterAsync(
        TrainingRunRow run, PretrainPlan plan, PretrainOutcome pretrained, string folder, ModelManifest manifest, IRunKeeping keeping, CancellationToken cancellationToken)
    {
        var model = KeptModel.Keep(blobs, manifest.Name, folder, manifest) with // models of findings are registered under their name
        {
            Lineage = new ModelLineage
            {
                TrainingRunId = run.Id,
                CohortSha256 = pretrained.CohortSha256,
                Recipe = plan.Recipe,
                Seed = plan.Seed,
                Metrics = JsonSerializer.Serialize(manifest.Metrics, JsonSerializerOptions.Web),
                CodeVersion = typeof(RunRelease).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion,
            },
        };
        return keeping.RegisterAsync(model, time.GetUtcNow(), cancellationToken);
    }

    private async Task<ModelOutcome> JudgeAsync(TrainingRunRow run, ModelRow row, CancellationToken cancellationToken)
    {
        try
        {
            var verdict = await judgement.JudgeAsync(row, which, AuditParticipant.Self(), $"training run {run.Id}", null, cancellationToken);
            return new ModelOutcome(row.Id, row.Version, verdict.Passed, verdict.Reason);
        }
        // None is in service, or it is the one, or the folder of either was changed: the model stands, and a person may have it judged.
        catch (InvalidOperationException exception)
        {
            return new ModelOutcome(row.Id, row.Version, null, $"not judged: {exception.Message}");
        }
    }

    private sealed class Telling(PretrainPlan plan, IRunKeeping keeping) : IProgress<EpochReport>
    {
        public void Report(EpochReport value) =>
            keeping.Report(plan.PretrainingShare + (1 - plan.PretrainingShare) * value.Epoch / value.Epochs, JsonSerializer.Serialize(value, JsonSerializerOptions.Web));
    }
}
