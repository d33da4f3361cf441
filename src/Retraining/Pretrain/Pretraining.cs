using EchoClr.VideoModels.SelfSupervision;

namespace EchoClr.Retraining.Pretrain;

/// <summary>How far a pretraining is.</summary>
/// <param name="ClipsPerSecond">Two a pair; since this process began.</param>
/// <param name="WaitShare">Share of the time that steps waited for clips.</param>
public sealed record PretrainProgress(int Step, int Steps, double Contrast, double Order, double OrderAccuracy, double ClipsPerSecond, double WaitShare, TimeSpan Left);

/// <summary>What came out.</summary>
/// <param name="Encoder">safetensors, float32.</param>
/// <param name="HeldOut">On pairs of validation patients, in evaluation mode; null where these give no batch.</param>
/// <param name="HeldOutClips">How many clips the order was asked of.</param>
public sealed record PretrainResult(byte[] Encoder, StepFigures Last, StepFigures? HeldOut, int HeldOutClips);

/// <summary>
/// Self-supervised pretraining, from the beginning or from a checkpoint. With the same plan, clips, processor type and threads it ends with the same bytes, however often it
/// was interrupted: batches depend on the step's number alone, and the trainer's state is all in the checkpoint.
/// </summary>
public sealed class Pretraining(PretrainPlan plan, string cohort, PairBatches batches, PairBatches? heldOut, TimeProvider time)
{
    /// <summary>Batches of held-out pairs: 8 of 32 pairs are 512 clips, whose order accuracy has a 95 % interval of ±1.7 points at chance.</summary>
    private const int HeldOutBatches = 8;

    /// <param name="checkpoint">Where to go on; null begins.</param>
    /// <param name="keep">Called with a checkpoint every <see cref="PretrainPlan.CheckpointMinutes"/>, and once more when it is cancelled.</param>
    /// <exception cref="Runs.TrainingStoppedException">The loss is no number, or the network has collapsed.</exception>
    /// <exception cref="InvalidDataException">The checkpoint is of another plan or cohort, or a clip is gone.</exception>
    public PretrainResult Run(byte[]? checkpoint, Action<byte[], PretrainProgress> keep, IProgress<PretrainProgress>? progress, CancellationToken cancellationToken)
    {
        using var trainer = new SelfSupervisedTrainer(plan.Settings);
        var state = checkpoint is { } bytes ? Load(trainer, bytes) : new PretrainState(plan.Hash(), cohort, 0, 0, []);
        var first = state.Step;
        using var loader = new BatchLoader(batches, first, plan.Steps, time, CancellationToken.None);
        var begun = time.GetTimestamp();
        var kept = begun;
        var figures = new StepFigures(0, 0, 0, 0);
        for (var now = Progress(); state.Step < plan.Steps;)
        {
            if (cancellationToken.IsCancellationRequested)
            {
                if (state.Step > first)
                    keep(state.ToCheckpoint(trainer.Save()), now);
                cancellationToken.ThrowIfCancellationRequested();
            }
            figures = trainer.Step(loader.Next(), plan.LearningRate(state.Step));
            state = state.After(figures, plan.Pairs);
            progress?.Report(now = Progress());
            if (state.Step < plan.Steps && time.GetElapsedTime(kept) >= TimeSpan.FromMinutes(plan.CheckpointMinutes))
            {
                keep(state.ToCheckpoint(trainer.Save()), now);
                kept = time.GetTimestamp();
            }
        }
        var (held, clips) = Evaluate(trainer);
        return new PretrainResult(trainer.Encoder(), figures, held, clips);

        PretrainProgress Progress()
        {
            var (elapsed, done) = (time.GetElapsedTime(begun), state.Step - first);
            var seconds = Math.Max(elapsed.TotalSeconds, 1e-9);
            return new PretrainProgress(
                state.Step, plan.Steps, figures.Contrast, figures.Order, figures.OrderAccuracy, 2.0 * plan.Pairs * done / seconds, loader.Waited.TotalSeconds / seconds,
                done == 0 ? TimeSpan.Zero : elapsed / done * (plan.Steps - state.Step));
        }
    }

    private PretrainState Load(SelfSupervisedTrainer trainer, ReadOnlySpan<byte> checkpoint)
    {
        var state = PretrainState.FromCheckpoint(checkpoint, out var file);
        if (state.Plan != plan.Hash() || state.Cohort != cohort)
            throw new InvalidDataException("the checkpoint is of another plan or of another cohort");
        trainer.Load(file);
        return state;
    }

    private (StepFigures?, int) Evaluate(SelfSupervisedTrainer trainer)
    {
        if (heldOut is null)
            return (null, 0);
        StepFigures[] figures = [.. Enumerable.Range(0, HeldOutBatches).Select(step => trainer.Evaluate(heldOut.Draw(step)))];
        return (new StepFigures(figures.Average(f => f.Contrast), figures.Average(f => f.Order), figures.Average(f => f.OrderAccuracy), figures.Average(f => f.FeatureDeviation)),
            HeldOutBatches * 2 * plan.Pairs);
    }
}
