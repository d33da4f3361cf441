using System.Text.Json;
using EchoClr.Retraining.Cohorts;
using EchoClr.Retraining.FineTune;
using EchoClr.Retraining.Runs;
using EchoClr.Shared.Clips;
using EchoClr.Shared.Data;
using EchoClr.Shared.Storage;
using EchoClr.VideoModels.Checkpoints;
using EchoClr.VideoModels.Clips;
using EchoClr.VideoModels.SelfSupervision;

namespace EchoClr.Retraining.Pretrain;

/// <summary>A training run whose plan is a <see cref="PretrainPlan"/>: fixes its cohort, pretrains on the training patients, and leaves an encoder.</summary>
public sealed class PretrainJob(ClipStore clips, BlobStore blobs, TimeProvider time, IProgress<PretrainProgress>? progress = null) : ITrainingJob
{
    public async Task<string> RunAsync(TrainingRunRow run, IRunKeeping keeping, CancellationToken cancellationToken) =>
        (await PretrainAsync(PretrainPlan.FromJson(run.TrainingPlan), keeping, cancellationToken)).ToJson();

    internal async Task<PretrainOutcome> PretrainAsync(PretrainPlan plan, IRunKeeping keeping, CancellationToken cancellationToken)
    {
        var (cohort, cohortKey, folder) = await CohortAsync(plan, keeping, cancellationToken);
        PairBatches Batches(DataPart part) => new(new PretrainClips([.. cohort.In(part)], key => Path.Combine(folder, key)), plan);
        var training = Batches(DataPart.Training);
        PairBatches? heldOut = null;
        try
        {
            heldOut = Batches(DataPart.Validation);
        }
        catch (ArgumentException)
        {
            // Too few validation patients for one batch: the run goes on without held-out figures, and its result says that there are none.
        }

        // On a thread of its own: libtorch computes for hours, and the lease's renewal must not wait for a thread of the pool.
        var result = await Task.Factory.StartNew(
            () => new Pretraining(plan, cohort.Sha256, training, heldOut, time).Run(keeping.Checkpoint, Keep, new Telling(Tell), cancellationToken),
            cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        var encoder = keeping.Write(".safetensors", result.Encoder);
        return new PretrainOutcome(
            plan.Recipe, plan.Width, encoder, ModelRelease.Hash(result.Encoder), cohort.Sha256, cohortKey, cohort.In(DataPart.Training).Count(), result.Last.Contrast, NtXent.AtChance(plan.Pairs),
            result.HeldOut?.Contrast, plan.Method.Order ? result.HeldOut?.OrderAccuracy : null, result.HeldOutClips);

        // The run's own thread may wait: nothing else runs on it.
        void Keep(byte[] checkpoint, PretrainProgress now) => keeping.KeepAsync(checkpoint, Done(now), CancellationToken.None).GetAwaiter().GetResult();

        void Tell(PretrainProgress now)
        {
            keeping.Report(Done(now), JsonSerializer.Serialize(now, JsonSerializerOptions.Web));
            progress?.Report(now);
        }

        double Done(PretrainProgress now) => plan.PretrainingShare * now.Step / now.Steps;
    }

    /// <summary>
    /// The cohort of the plan's manifest, whose files lie beside it or in the store; or of the clips there are. Such a one is written down, and a run that goes on reads it again: the
    /// checkpoint knows its hash.
    /// </summary>
    private async Task<(Cohort Cohort, string Key, string Folder)> CohortAsync(PretrainPlan plan, IRunKeeping keeping, CancellationToken cancellationToken)
    {
        if (plan.Cohort is { } path)
        {
            var beside = Path.GetDirectoryName(Path.GetFullPath(path))!;
            return (Cohort.Read(path), path, Directory.Exists(Path.Combine(beside, BlobStore.Clips)) ? beside : blobs.Root);
        }
        if (keeping.Checkpoint is { } checkpoint)
        {
            var hash = PretrainState.FromCheckpoint(checkpoint, out _).Cohort;
            var key = CohortKey(hash);
            return (Cohort.Read(blobs.PathOf(key)), key, blobs.Root);
        }
        var rows = await clips.ListLearnableAsync(ClipFormat.Pipeline, plan.View, plan.MinViewProbability, cancellationToken);
        var cohort = Cohort.Of(rows, ClipFormat.Pipeline, plan.View, plan.MinViewProbability);
        // Named by what it holds: written again it is the same file.
        cohort.Write(blobs.PathOf(CohortKey(cohort.Sha256)));
        return (cohort, CohortKey(cohort.Sha256), blobs.Root);
    }

    private static string CohortKey(string hash) => $"{BlobStore.Training}/cohort-{hash}.json";

    private sealed class Telling(Action<PretrainProgress> tell) : IProgress<PretrainProgress>
    {
        public void Report(PretrainProgress value) => tell(value);
    }
}

/// <summary>What a training leaves in its run's row.</summary>
/// <param name="Encoder">Key of the safetensors file, relative to the data folder.</param>
/// <param name="TrainingClips">Clips of training patients in the cohort.</param>
/// <param name="Contrast">NT-Xent of the last step, beside what knowing nothing costs.</param>
/// <param name="HeldOutOrderAccuracy">Share of <paramref name="HeldOutClips"/> clips of validation patients whose order was named rightly; chance is 1/24.</param>
public sealed record PretrainOutcome(
    string Recipe, int Width, string Encoder, string EncoderSha256, string CohortSha256, string Cohort, int TrainingClips, double Contrast, double ContrastAtChance,
    double? HeldOutContrast, double? HeldOutOrderAccuracy, int HeldOutClips)
{
    /// <summary>What became of the encoder; null where the plan names no findings.</summary>
    public ModelOutcome? Model { get; init; }

    public string ToJson() => JsonSerializer.Serialize(this, JsonSerializerOptions.Web);

    public static PretrainOutcome FromJson(string json) => JsonSerializer.Deserialize<PretrainOutcome>(json, JsonSerializerOptions.Web) ?? throw new FormatException("the outcome is null");
}

/// <summary>The model that a run's encoder became.</summary>
/// <param name="Id">Null where none was made.</param>
/// <param name="PassedGate">Null where it was not judged.</param>
/// <param name="Why">What the gate said, or why there is no model or no verdict.</param>
public sealed record ModelOutcome(long? Id, string? Version, bool? PassedGate, string Why);
