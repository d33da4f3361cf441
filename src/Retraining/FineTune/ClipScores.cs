using EchoClr.VideoModels.Checkpoints;
using EchoClr.VideoModels.Prediction;
using EchoClr.VideoModels.Training;

namespace EchoClr.Retraining.FineTune;

/// <summary>A video's logits, window by window, with its truth.</summary>
public sealed record ClipScores(string Patient, float[] Targets, float[][] WindowLogits)
{
    public string Study { get; init; } = Patient;

    public double[] Probability(ModelTask task, Calibration calibration) =>
        VideoModels.Prediction.Probability.Mean([.. WindowLogits.Select(logits => VideoModels.Prediction.Probability.OfWindow(logits, task, calibration))]);

    /// <summary>Evaluates clips window by window, several clips a batch.</summary>
    public static IReadOnlyList<ClipScores> Of(SupervisedTrainer trainer, ModelInput input, IReadOnlyList<TrainingClip> clips, CancellationToken cancellationToken) =>
        Of(trainer.Logits, input, clips, cancellationToken);

    /// <param name="network">Windows in, a row of logits each out.</param>
    public static IReadOnlyList<ClipScores> Of(Func<IReadOnlyList<ReadOnlyMemory<byte>>, float[][]> network, ModelInput input, IEnumerable<TrainingClip> clips, CancellationToken cancellationToken)
    {
        const int clipsPerBatch = 8;
        var scores = new List<ClipScores>();
        foreach (TrainingClip[] chunk in clips.Chunk(clipsPerBatch))
        {
            cancellationToken.ThrowIfCancellationRequested();
            ReadOnlyMemory<byte>[][] windows = [.. chunk.Select(clip => ClipWindows.Evaluation(clip.Pixels, input.Size, input.Frames))];
            float[][] logits = network([.. windows.SelectMany(own => own)]);
            int next = 0;
            for (int i = 0; i < chunk.Length; i++)
            {
                scores.Add(new ClipScores(chunk[i].Patient, chunk[i].Targets, logits[next..(next + windows[i].Length)]) { Study = chunk[i].Study });
                next += windows[i].Length;
            }
        }
        return scores;
    }

    /// <summary>One score set per patient: the windows of all of a patient's videos count alike, truth is any video's (they share it).</summary>
    public static IReadOnlyList<PatientScore> ByPatient(IReadOnlyList<ClipScores> scores, ModelTask task, Calibration calibration) =>
    [
        .. scores.GroupBy(score => score.Patient).Select(group => new PatientScore(
            group.Key,
            group.First().Targets,
            VideoModels.Prediction.Probability.Mean([.. group.Select(score => score.Probability(task, calibration))]))),
    ];
}

/// <summary>A patient's (one study's) mean probability per class over its videos.</summary>
public sealed record PatientScore(string Patient, float[] Targets, double[] Probabilities);
