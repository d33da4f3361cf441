using System.Globalization;
using System.Text.Json;
using EchoClr.Retraining.FineTune;
using EchoClr.Retraining.Pretrain;
using EchoClr.Retraining.Runs;
using EchoClr.Shared.Clips;
using EchoClr.Shared.Data;
using EchoClr.Shared.Storage;
using EchoClr.VideoModels.Checkpoints;

namespace EchoClr.Retraining.Experiments;

/// <summary>
/// The papers' experiment: encoders pretrained in different ways without labels, fine-tuned with few labels and with many, measured on patients of neither. Fills the table cell by cell, one seed
/// after the other, so that it is whole, if wide in its intervals, after the first. What is in the database is not done again; a pretraining goes on from its checkpoint.
/// </summary>
public sealed class LabelEfficiency(ExperimentStore store, TrainingRunStore runs, ClipStore clips, BlobStore blobs, TimeProvider time)
{
    public const string Kind = "label-efficiency";

    /// <summary>The table of that name, begun where there is none.</summary>
    /// <param name="plan">Null goes on with the plan that it was begun with.</param>
    /// <exception cref="InvalidDataException">It was begun with other phantoms, other clips or another plan: its cells and new ones must not stand in one table.</exception>
    public async Task<(ExperimentRow Row, LabelEfficiencyPlan Plan)> OpenAsync(string name, LabelEfficiencyPlan plan, string phantomSha256, LabelledCohort cohort, CancellationToken cancellationToken)
    {
        ExperimentSubject[] subjects = [.. cohort.Patients(DataPart.Test).Select(patient => new ExperimentSubject(patient.Key, patient.Value))];
        ExperimentRow row = await store.BeginAsync(
            new NewExperiment(Kind, name, plan.ToJson(), phantomSha256, cohort.Sha256, ExperimentSubject.ToJson(subjects)), time.GetUtcNow(), cancellationToken);
        LabelEfficiencyPlan begun = LabelEfficiencyPlan.FromJson(row.ExperimentPlan);
        string? other = row.PhantomSha256 != phantomSha256 ? $"phantoms of another hardness ({row.PhantomSha256[..16]}…, these are {phantomSha256[..16]}…)"
            : !begun.IsSameAs(plan) ? "another plan"
            : row.CohortSha256 != cohort.Sha256 ? $"other clips (cohort {row.CohortSha256[..16]}…, this is {cohort.Sha256[..16]}…)"
            : null;
        return other is null ? (row, begun) : throw new InvalidDataException($"the table {name} was begun with {other}, and cells of both must not be mixed; take another name, or let it be forgotten");
    }

    /// <summary>Works until everything asked for is there, or it is cancelled.</summary>
    /// <returns>False where a pretraining that is needed stands still: it failed, or another process has it.</returns>
    /// <exception cref="ArgumentException">A budget has too few patients to say anything.</exception>
    public async Task<bool> FillAsync(ExperimentRow experiment, LabelEfficiencyPlan plan, LabelledCohort cohort, ExperimentScope scope, IProgress<string> said, CancellationToken cancellationToken)
    {
        IReadOnlyDictionary<string, float[]> training = cohort.Patients(DataPart.Training);
        var budgets = Enumerable.Range(1, scope.Seeds).ToDictionary(seed => seed, seed => Budgets(training, scope.Budgets, seed));
        var validation = cohort.Patients(DataPart.Validation).Keys.Take(plan.ValidationPatients).ToHashSet(StringComparer.Ordinal);
        var done = (await store.ListCellsAsync(experiment.Id, cancellationToken)).ToDictionary(cell => cell.Key);
        bool whole = true;
        for (int seed = 1; seed <= scope.Seeds; seed++)
            foreach (ExperimentArm arm in scope.Arms)
            {
                long pretrainingSeed = scope.PretrainingSeedOf(arm, seed);
                ExperimentCellKey[] wanted = [.. scope.Budgets.SelectMany(budget => plan.LearningRates.Select(rate => new ExperimentCellKey(arm.Name, budget, pretrainingSeed, seed, rate)))];
                if (wanted.All(done.ContainsKey))
                    continue;
                ReadOnlyMemory<byte> encoder = default;
                if (arm.Recipe is not null)
                {
                    if (await PretrainAsync(experiment, plan.Pretraining(arm, pretrainingSeed, cohort.Manifest), arm, pretrainingSeed, said, cancellationToken) is not { } file)
                    {
                        whole = false;
                        continue;
                    }
                    encoder = file;
                }
                foreach (ExperimentCellKey key in wanted.Where(key => !done.ContainsKey(key)))
                {
                    double? best = done.Values.Where(cell => cell.Key with { LearningRate = key.LearningRate } == key).Select(cell => (double?)cell.ValidationLoss).Min();
                    ExperimentCellRow cell = await Task.Factory.StartNew(
                        () => FineTune(key, plan, cohort, budgets[seed][key.Budget], validation, encoder, best, cancellationToken), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
                    await store.RecordCellAsync(experiment.Id, cell, time.GetUtcNow(), CancellationToken.None);
                    done.Add(key, cell);
                    said.Report(string.Create(CultureInfo.InvariantCulture, $"{key.Arm}, {key.Budget:P0} of the labels, seed {key.Seed}, learning rate {key.LearningRate}: validation loss {cell.ValidationLoss:0.000}, {cell.Seconds:0} s"));
                }
            }
        return whole;
    }

    /// <summary>The labelled patients of each budget, the same for every arm; checked to be enough.</summary>
    public static IReadOnlyDictionary<double, IReadOnlySet<string>> Budgets(IReadOnlyDictionary<string, float[]> training, IReadOnlyList<double> fractions, int seed)
    {
        IReadOnlyDictionary<double, IReadOnlySet<string>> budgets = LabelBudget.Draw(training, fractions, seed);
        foreach ((double fraction, IReadOnlySet<string> patients) in budgets)
        {
            int fewest = Enumerable.Range(0, DemoWeights.Findings.Count).Min(finding => patients.Count(patient => training[patient][finding] > 0.5f));
            if (patients.Count < LabelEfficiencyPlan.MinPatients || fewest < LabelEfficiencyPlan.MinPositives)
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                    $"a budget of {fraction:P0} of {training.Count} training patients has {patients.Count}, and {fewest} with a finding; {LabelEfficiencyPlan.MinPatients} and {LabelEfficiencyPlan.MinPositives} are needed"));
        }
        return budgets;
    }

    /// <summary>The encoder, pretrained where it is not yet; null where that stands still.</summary>
    private async Task<byte[]?> PretrainAsync(ExperimentRow experiment, PretrainPlan plan, ExperimentArm arm, long seed, IProgress<string> said, CancellationToken cancellationToken)
    {
        long id = await store.EncoderAsync(experiment.Id, arm.Name, seed, new NewTrainingRun(null, time.GetUtcNow(), plan.ToJson(), Guid.NewGuid().ToString("N")), cancellationToken);
        TrainingRunRow run = (await runs.FindAsync(id, cancellationToken))!;
        if (run.State == TrainingRunState.Running && run.LeaseUntil > time.GetUtcNow())
        {
            said.Report($"pretraining {arm.Name}, seed {seed}: run {id} is in another process's hands, or its process died; waiting for its lease");
            await Task.Delay(run.LeaseUntil.Value - time.GetUtcNow(), time, cancellationToken);
        }
        if (!run.IsOver)
        {
            var job = new PretrainJob(clips, blobs, time, new Told(now => said.Report(string.Create(CultureInfo.InvariantCulture,
                $"pretraining {arm.Name}, seed {seed}: step {now.Step} of {now.Steps}, contrast {now.Contrast:0.000}, order {now.OrderAccuracy:P0} right, {now.ClipsPerSecond:0.#} clips/s")), time));
            TrainingEnd end = await new TrainingWorker(runs, blobs, job, time).RunAsync(id, $"{Environment.MachineName}/{Environment.ProcessId}", cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();
            run = (await runs.FindAsync(id, cancellationToken))!;
            said.Report($"pretraining {arm.Name}, seed {seed}: run {id} {(end == TrainingEnd.Succeeded ? "is done" : run.Error ?? "is in another process's hands")}");
        }
        return run.State == TrainingRunState.Succeeded ? await File.ReadAllBytesAsync(blobs.PathOf(OutcomeOf(run.Metrics!).Encoder), cancellationToken) : null;
    }

    internal static PretrainOutcome OutcomeOf(string metrics) => PretrainOutcome.FromJson(metrics);

    /// <summary>Test patients are scored only where no learning rate before had a lower validation loss: of the others nobody would look at the scores.</summary>
    private ExperimentCellRow FineTune(
        ExperimentCellKey key, LabelEfficiencyPlan plan, LabelledCohort cohort, IReadOnlySet<string> labelled, IReadOnlySet<string> validation, ReadOnlyMemory<byte> encoder, double? bestBefore, CancellationToken cancellationToken)
    {
        IReadOnlyList<TrainingClip> training = cohort.Clips(DataPart.Training, labelled, cancellationToken), chosenOn = cohort.Clips(DataPart.Validation, validation, cancellationToken);
        long begun = time.GetTimestamp();
        using var tuning = new FineTuning(plan.FineTuning(key.Seed, key.LearningRate), time, encoder);
        tuning.Train(training, chosenOn, null, cancellationToken);
        string? scores = bestBefore <= tuning.BestLoss ? null : JsonSerializer.Serialize(Score(tuning, plan, cohort, cancellationToken));
        return new ExperimentCellRow
        {
            Arm = key.Arm, Budget = key.Budget, PretrainingSeed = key.PretrainingSeed, Seed = key.Seed, LearningRate = key.LearningRate, ValidationLoss = tuning.BestLoss, Scores = scores,
            Environment = TrainingEnvironment.Describe(plan.Threads), Seconds = time.GetElapsedTime(begun).TotalSeconds,
        };
    }

    /// <summary>Probabilities of the test patients in the order of their keys, the mean over windows and videos.</summary>
    private static float[][] Score(FineTuning tuning, LabelEfficiencyPlan plan, LabelledCohort cohort, CancellationToken cancellationToken)
    {
        IReadOnlyDictionary<string, float[]> test = cohort.Patients(DataPart.Test);
        IReadOnlyList<TrainingClip> clips = cohort.Clips(DataPart.Test, test.Keys.ToHashSet(StringComparer.Ordinal), cancellationToken);
        IReadOnlyList<ClipScores> scores = ClipScores.Of(tuning.Trainer, plan.Input, clips, cancellationToken);
        var byPatient = ClipScores.ByPatient(scores, ModelTask.Findings, Calibration.None(ModelTask.Findings, DemoWeights.Findings.Count)).ToDictionary(score => score.Patient, score => score.Probabilities, StringComparer.Ordinal);
        return [.. test.Keys.Select(patient => byPatient[patient].Select(p => (float)p).ToArray())];
    }

    /// <summary>Tells of a pretraining now and then: its steps are fractions of a second.</summary>
    private sealed class Told(Action<PretrainProgress> tell, TimeProvider time) : IProgress<PretrainProgress>
    {
        private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);
        private long last = time.GetTimestamp();

        public void Report(PretrainProgress value)
        {
            if (time.GetElapsedTime(last) < Interval)
                return;
            last = time.GetTimestamp();
            tell(value);
        }
    }
}
