using EchoClr.Retraining.Evaluation;
using EchoClr.VideoModels.Augmentation;
using EchoClr.VideoModels.Checkpoints;
using EchoClr.VideoModels.Prediction;
using EchoClr.VideoModels.Training;

namespace EchoClr.Retraining.FineTune;

/// <summary>
/// Supervised training on labelled clips: one random augmented window per video and pass, AdamW with warm-up and cosine, the epoch of
/// the lowest validation loss wins. The same plan, clips, processor type and threads give the same weights.
/// </summary>
/// <param name="encoder">A pretrained encoder to begin with, as a safetensors file; empty begins with weights drawn from the seed.</param>
public sealed class FineTuning(FineTuningPlan plan, TimeProvider time, ReadOnlyMemory<byte> encoder = default) : IDisposable
{
    private readonly SupervisedTraining knobs = plan.Training;
    private SupervisedTrainer? trainer;

    /// <summary>The lowest validation loss, which the trainer's weights have.</summary>
    public double BestLoss { get; private set; } = double.PositiveInfinity;

    public SupervisedTrainer Trainer => trainer ?? throw new InvalidOperationException("not trained yet");

    public void Train(
        IReadOnlyList<TrainingClip> training, IReadOnlyList<TrainingClip> validation, IProgress<EpochReport>? progress, CancellationToken cancellationToken)
    {
        PatientSplit.AssertDisjoint(training.Select(clip => clip.Patient), validation.Select(clip => clip.Patient));
        if (training.Count < plan.BatchSize)
            throw new ArgumentException($"{training.Count} training clips do not fill a batch of {plan.BatchSize}");
        trainer?.Dispose();
        trainer = new SupervisedTrainer(knobs, knobs.Task == ModelTask.Findings ? PositiveWeights(training) : null, encoder);

        var random = new Random(HashCodeOf(knobs.Seed));
        int stepsPerPass = training.Count / plan.BatchSize; // the last, smaller batch is left out: batch norm dislikes it
        int stepsPerEpoch = plan.StepsPerEpoch ?? stepsPerPass;
        int steps = stepsPerEpoch * plan.Epochs;
        TrainingClip[] order = [];
        BestLoss = double.PositiveInfinity;
        int step = 0, sinceBest = 0;
        for (int epoch = 1; epoch <= plan.Epochs && sinceBest < plan.Patience; epoch++)
        {
            long start = time.GetTimestamp();
            double loss = 0;
            for (int i = 0; i < stepsPerEpoch; i++, step++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (step % stepsPerPass == 0)
                {
                    order = [.. training];
                    random.Shuffle(order);
                }
                ArraySegment<TrainingClip> batch = new(order, step % stepsPerPass * plan.BatchSize, plan.BatchSize);
                ReadOnlyMemory<byte>[] windows = [.. batch.Select(clip => (ReadOnlyMemory<byte>)TrainingWindow(clip, random))];
                loss += trainer.Step(windows, [.. batch.Select(clip => clip.Targets)], plan.LearningRate(step, steps)) / stepsPerEpoch;
            }
            double rate = stepsPerEpoch * plan.BatchSize / time.GetElapsedTime(start).TotalSeconds;

            IReadOnlyList<ClipScores> scores = ClipScores.Of(trainer, knobs.Input, validation, cancellationToken);
            double validationLoss = Metrics.LogLoss(scores, knobs.Task, Calibration.None(knobs.Task, knobs.Classes));
            bool isBest = validationLoss < BestLoss;
            sinceBest = isBest ? 0 : sinceBest + 1;
            if (isBest)
            {
                BestLoss = validationLoss;
                trainer.Keep();
            }
            progress?.Report(new EpochReport(epoch, plan.Epochs, loss, validationLoss, Metrics.Quality(scores, knobs.Task), isBest, rate));
        }
        trainer.Restore();
    }

    public void Dispose() => trainer?.Dispose();

    private byte[] TrainingWindow(TrainingClip clip, Random random)
    {
        ModelInput input = knobs.Input;
        int frames = clip.Pixels.Length / (input.Size * input.Size);
        int start = random.Next(Math.Max(1, frames - input.Frames + 1));
        byte[] window = ClipWindows.Cut(clip.Pixels, input.Size, start, input.Frames);
        var augmented = new byte[window.Length];
        ClipAugmentation.Apply(window, augmented, input.Size, random);
        return augmented;
    }

    /// <summary>Negatives over positives per finding, counted over videos, as EchoCLR weighs its loss.</summary>
    private float[] PositiveWeights(IReadOnlyList<TrainingClip> clips)
    {
        var weights = new float[knobs.Classes];
        for (int c = 0; c < weights.Length; c++)
        {
            int positives = clips.Count(clip => clip.Targets[c] > 0.5f);
            if (positives == 0 || positives == clips.Count)
                throw new ArgumentException($"{plan.Classes[c]}: {positives} of {clips.Count} training clips are positive; both kinds are needed");
            weights[c] = (float)(clips.Count - positives) / positives;
        }
        return weights;
    }

    /// <summary>A long seed folded into the int that Random takes.</summary>
    private static int HashCodeOf(long seed) => (int)(seed ^ (seed >> 32));
}
