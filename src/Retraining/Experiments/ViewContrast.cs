using System.Globalization;
using System.Text.Json;
using EchoClr.Retraining.FineTune;
using EchoClr.Retraining.Pretrain;
using EchoClr.Shared.Data;
using EchoClr.VideoModels.Checkpoints;

namespace EchoClr.Retraining.Experiments;

/// <summary>
/// Views by supervised contrast (Chartsias et al. 2021): the encoder learns by SupCon, is frozen, and a linear classifier is put on it; beside it the same network by plain cross entropy. Once with
/// all clips, once with two views that few patients have. A cell is a row once it is done.
/// </summary>
public sealed class ViewContrast(ExperimentStore store, TimeProvider time)
{
    public const string Kind = "views", SupCon = "supcon", CrossEntropy = "cross-entropy";

    /// <summary>The table of that name, begun where there is none.</summary>
    /// <exception cref="InvalidDataException">It was begun with other phantoms, other clips or another plan.</exception>
    public async Task<ExperimentRow> OpenAsync(string name, ViewContrastPlan plan, string phantomSha256, LabelledCohort cohort, CancellationToken cancellationToken)
    {
        ExperimentSubject[] subjects = [.. Test(cohort, cancellationToken).Select(clip => new ExperimentSubject(clip.Patient, clip.Targets))];
        ExperimentRow row = await store.BeginAsync(new NewExperiment(Kind, name, plan.ToJson(), phantomSha256, cohort.Sha256, ExperimentSubject.ToJson(subjects)), time.GetUtcNow(), cancellationToken);
        return row.ExperimentPlan == plan.ToJson() && row.PhantomSha256 == phantomSha256 && row.CohortSha256 == cohort.Sha256
            ? row
            : throw new InvalidDataException($"the table {name} was begun with other phantoms, other clips or another plan, and cells of both must not be mixed; take another name, or let it be forgotten");
    }

    /// <param name="shares">Of the training patients that have the rare views, 0 to 1.</param>
    public async Task FillAsync(ExperimentRow experiment, ViewContrastPlan plan, LabelledCohort cohort, IReadOnlyList<double> shares, int seeds, IProgress<string> said, CancellationToken cancellationToken)
    {
        var done = (await store.ListCellsAsync(experiment.Id, cancellationToken)).Select(cell => cell.Key).ToHashSet();
        for (int seed = 1; seed <= seeds; seed++)
            foreach (double share in shares)
                foreach (string arm in new[] { CrossEntropy, SupCon })
                {
                    var key = new ExperimentCellKey(arm, share, arm == SupCon ? seed : 0, seed, plan.LearningRate);
                    if (done.Contains(key))
                        continue;
                    ExperimentCellRow cell = await Task.Factory.StartNew(() => Train(key, plan, cohort, cancellationToken), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
                    await store.RecordCellAsync(experiment.Id, cell, time.GetUtcNow(), CancellationToken.None);
                    said.Report(string.Create(CultureInfo.InvariantCulture, $"{arm}, rare views of {share:P0} of the patients, seed {seed}: validation loss {cell.ValidationLoss:0.000}, {cell.Seconds:0} s"));
                }
    }

    /// <summary>Which clips are learned from: all of the frequent views, and the rare ones of some patients, drawn by the seed.</summary>
    public static IReadOnlyList<TrainingClip> Rare(IReadOnlyList<TrainingClip> clips, IReadOnlyList<string> rareViews, double share, int seed)
    {
        string[] patients = [.. clips.Select(clip => clip.Patient).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        new Random(seed).Shuffle(patients);
        var have = patients.Take(Math.Max(1, (int)Math.Round(share * patients.Length))).ToHashSet(StringComparer.Ordinal);
        return [.. clips.Where(clip => have.Contains(clip.Patient) || !rareViews.Contains(DemoWeights.Views[ClassOf(clip)]))];
    }

    private ExperimentCellRow Train(ExperimentCellKey key, ViewContrastPlan plan, LabelledCohort cohort, CancellationToken cancellationToken)
    {
        IReadOnlyList<TrainingClip> all = cohort.Clips(DataPart.Training, cohort.PatientsOf(DataPart.Training), cancellationToken);
        IReadOnlyList<TrainingClip> training = Rare(all, plan.RareViews, key.Budget, (int)key.Seed);
        var chosenBy = cohort.PatientsOf(DataPart.Validation).Order(StringComparer.Ordinal).Take(plan.ValidationPatients).ToHashSet(StringComparer.Ordinal);
        IReadOnlyList<TrainingClip> validation = cohort.Clips(DataPart.Validation, chosenBy, cancellationToken);
        long begun = time.GetTimestamp();
        ReadOnlyMemory<byte> encoder = default;
        if (key.Arm == SupCon)
        {
            var ids = training.Select(clip => clip.Video).ToHashSet(StringComparer.Ordinal);
            var batches = new PairBatches(cohort.PretrainClips(DataPart.Training, ids, targets => Array.IndexOf(targets, targets.Max())), plan.Contrast(key.Seed));
            encoder = new Pretraining(plan.Contrast(key.Seed), cohort.Sha256, batches, null, time).Run(null, (_, _) => { }, null, cancellationToken).Encoder;
        }
        using var tuning = new FineTuning(plan.Classifier(key.Seed, frozen: key.Arm == SupCon), time, encoder);
        tuning.Train(training, validation, null, cancellationToken);
        float[][] scores =
        [
            .. ClipScores.Of(tuning.Trainer, plan.Input, Test(cohort, cancellationToken), cancellationToken)
                .Select(score => score.Probability(ModelTask.View, Calibration.None(ModelTask.View, DemoWeights.Views.Count)).Select(p => (float)p).ToArray()),
        ];
        return new ExperimentCellRow
        {
            Arm = key.Arm, Budget = key.Budget, PretrainingSeed = key.PretrainingSeed, Seed = key.Seed, LearningRate = key.LearningRate, ValidationLoss = tuning.BestLoss, Scores = JsonSerializer.Serialize(scores),
            Environment = TrainingEnvironment.Describe(plan.Threads), Seconds = time.GetElapsedTime(begun).TotalSeconds,
        };
    }

    private static IReadOnlyList<TrainingClip> Test(LabelledCohort cohort, CancellationToken cancellationToken) => cohort.Clips(DataPart.Test, cohort.PatientsOf(DataPart.Test), cancellationToken);

    private static int ClassOf(TrainingClip clip) => Array.IndexOf(clip.Targets, clip.Targets.Max());
}
