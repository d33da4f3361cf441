using System.Text.Json;
using System.Text.Json.Serialization;
using EchoClr.Retraining.Evaluation;
using EchoClr.Retraining.FineTune;
using EchoClr.Shared.Data;

namespace EchoClr.Retraining.Experiments;

/// <summary>The table, computed from the rows of an experiment and from nothing else.</summary>
/// <param name="Counts">The cohort is as large as the bars are set for; on a smaller one nothing is said to meet or miss them.</param>
public sealed record LabelEfficiencyTable(
    int TestPatients, bool Counts, IReadOnlyList<AurocCell> Cells, IReadOnlyList<ArmComparison> Comparisons, IReadOnlyList<HardnessCheck> Hardness, IReadOnlyList<OrderTask> Orders, IReadOnlyList<string> Stopped)
{
    private const int BootstrapSeed = 0;

    /// <summary>"Non-inferior" allows so much less.</summary>
    public const double Margin = 0.01;

    /// <summary>Up to here the gain must show: more labels leave nothing to gain, in the papers too.</summary>
    private const double FewLabels = 0.10;

    public static LabelEfficiencyTable Of(
        LabelEfficiencyPlan plan, IReadOnlyList<ExperimentSubject> subjects, int trainingPatients, IReadOnlyList<ExperimentCellRow> cells, IReadOnlyList<ExperimentEncoderRow> encoders, CancellationToken cancellationToken, int replicates = Bootstrap.Replicates)
    {
        bool counts = trainingPatients >= LabelEfficiencyPlan.BarTrainingPatients && subjects.Count >= LabelEfficiencyPlan.BarTestPatients;
        ILookup<(string Arm, double Budget), Repetition> chosen = Chosen(cells, plan.LearningRates.Count).ToLookup(repetition => (repetition.Arm, repetition.Budget));
        double[] budgets = [.. chosen.Select(group => group.Key.Budget).Distinct().Order()];
        string[] arms = [.. ExperimentArm.All.Select(arm => arm.Name).Where(arm => budgets.Any(budget => chosen[(arm, budget)].Any()))];
        int[] findings = [.. Enumerable.Range(0, DemoWeights.Findings.Count)];

        var aurocs = from finding in findings from arm in arms from budget in budgets where chosen[(arm, budget)].Any() select (finding, arm, budget);
        var comparisons = from bar in Bars from finding in findings from budget in budgets
                          where budget <= bar.Upto && chosen[(bar.Arm, budget)].Any() && chosen[(bar.Against, budget)].Any()
                          select (bar, finding, budget);
        AurocCell[] figures = [.. aurocs.AsParallel().AsOrdered().WithCancellation(cancellationToken).Select(at => Auroc(at.finding, at.arm, at.budget, [.. chosen[(at.arm, at.budget)]], subjects, replicates))];
        return new LabelEfficiencyTable(
            subjects.Count, counts, figures,
            [.. comparisons.AsParallel().AsOrdered().WithCancellation(cancellationToken).Select(at => Compare(at.bar, at.finding, at.budget, [.. chosen[(at.bar.Arm, at.budget)]], [.. chosen[(at.bar.Against, at.budget)]], subjects, counts, replicates)).OfType<ArmComparison>()],
            [.. figures.Where(cell => cell.Arm == ExperimentArm.Random.Name).Select(cell => Check(cell, counts)).OfType<HardnessCheck>()],
            [.. encoders.Where(encoder => encoder.State == TrainingRunState.Succeeded).GroupBy(encoder => encoder.Arm).Select(Order).OfType<OrderTask>()],
            [.. encoders.Where(encoder => encoder.State is TrainingRunState.Failed or TrainingRunState.Cancelled).Select(encoder => $"{encoder.Arm}, pretraining seed {encoder.Seed}: {encoder.Error}")]);
    }

    /// <summary>Of each cell the learning rate of the lowest validation loss. A cell whose learning rates have not all been tried stays out.</summary>
    private static IEnumerable<Repetition> Chosen(IReadOnlyList<ExperimentCellRow> cells, int rates) =>
        cells.GroupBy(cell => (cell.Arm, cell.Budget, cell.PretrainingSeed, cell.Seed)).Where(group => group.Count() == rates).Select(group =>
        {
            // The lowest is scored whenever it was tried: none before it was as good.
            ExperimentCellRow best = group.Where(cell => cell.Scores is not null).MinBy(cell => cell.ValidationLoss)!;
            double[][] scores = JsonSerializer.Deserialize<double[][]>(best.Scores!)!;
            return new Repetition(best.Arm, best.Budget, best.PretrainingSeed, best.Seed, [.. Enumerable.Range(0, scores[0].Length).Select(finding => scores.Select(row => row[finding]).ToArray())]);
        });

    private static AurocCell Auroc(int finding, string arm, double budget, Repetition[] repetitions, IReadOnlyList<ExperimentSubject> subjects, int replicates)
    {
        bool[] truth = Truth(subjects, finding);
        double[] values = [.. repetitions.Select(repetition => Metrics.Auroc(repetition.Scores[finding], truth))];
        (double low, double high) = Bootstrap.Repeated(
            [.. repetitions.Select(repetition => repetition.PretrainingSeed)], subjects.Count, (r, sample) => Metrics.Auroc(Pick(repetitions[r].Scores[finding], sample), Pick(truth, sample)), BootstrapSeed, replicates);
        return new AurocCell(DemoWeights.Findings[finding], arm, budget, values.Average(), low, high, repetitions.Length, repetitions.Select(repetition => repetition.PretrainingSeed).Distinct().Count());
    }

    /// <summary>Null where no seed has both.</summary>
    private static ArmComparison? Compare(Bar bar, int finding, double budget, Repetition[] arm, Repetition[] against, IReadOnlyList<ExperimentSubject> subjects, bool counts, int replicates)
    {
        (Repetition First, Repetition Second)[] pairs = [.. from first in arm join second in against on first.Seed equals second.Seed select (first, second)];
        if (pairs.Length == 0)
            return null;
        bool[] truth = Truth(subjects, finding);
        double mean = pairs.Average(pair => Metrics.Auroc(pair.First.Scores[finding], truth) - Metrics.Auroc(pair.Second.Scores[finding], truth));
        (double low, double high) = Bootstrap.Repeated(
            [.. pairs.Select(pair => Math.Max(pair.First.PretrainingSeed, pair.Second.PretrainingSeed))], subjects.Count,
            (r, sample) =>
            {
                bool[] positive = Pick(truth, sample);
                return Metrics.Auroc(Pick(pairs[r].First.Scores[finding], sample), positive) - Metrics.Auroc(Pick(pairs[r].Second.Scores[finding], sample), positive);
            },
            BootstrapSeed, replicates);
        int pretrainings = pairs.Select(pair => pair.First.PretrainingSeed).Distinct().Count();
        Verdict verdict = bar.Least is not { } least ? Verdict.NoBar
            : !counts ? Verdict.SmallCohort
            : pairs.Length < ExperimentScope.BarSeeds || pretrainings < ExperimentScope.BarPretrainingSeeds ? Verdict.TooFewSeeds
            : low > least ? Verdict.Met : Verdict.Missed;
        return new ArmComparison(DemoWeights.Findings[finding], bar.Arm, bar.Against, budget, mean, low, high, pairs.Length, bar.Least, verdict);
    }

    /// <summary>How hard the phantoms are meant to be for a network that was not pretrained.</summary>
    private static HardnessCheck? Check(AurocCell random, bool counts)
    {
        (double Low, double High)? wanted = random.Budget switch { 0.01 => (0, 0.70), 0.10 => (0, 0.85), 1 => (0.90, 0.98), _ => null };
        if (wanted is not { } range)
            return null;
        Verdict verdict = !counts ? Verdict.SmallCohort : random.Seeds < ExperimentScope.BarSeeds ? Verdict.TooFewSeeds : random.Auroc >= range.Low && random.Auroc <= range.High ? Verdict.Met : Verdict.Missed;
        return new HardnessCheck(random.Finding, random.Budget, random.Auroc, range.Low, range.High, verdict);
    }

    /// <summary>Over all pretrainings of an arm; Wilson's interval, which is sound near the ends. Null where the order was no task, or nothing was held out.</summary>
    private static OrderTask? Order(IGrouping<string, ExperimentEncoderRow> encoders)
    {
        var held = encoders.Select(encoder => LabelEfficiency.OutcomeOf(encoder.Metrics!)).Where(outcome => outcome.HeldOutOrderAccuracy is not null).ToList();
        if (held.Count == 0)
            return null;
        double clips = held.Sum(outcome => outcome.HeldOutClips), right = held.Sum(outcome => outcome.HeldOutOrderAccuracy!.Value * outcome.HeldOutClips), share = right / clips;
        const double z = 1.959964;
        double centre = (share + z * z / (2 * clips)) / (1 + z * z / clips), half = z / (1 + z * z / clips) * Math.Sqrt(share * (1 - share) / clips + z * z / (4 * clips * clips));
        return new OrderTask(encoders.Key, held.Count, (int)clips, share, Math.Max(0, centre - half), Math.Min(1, centre + half));
    }

    private static bool[] Truth(IReadOnlyList<ExperimentSubject> subjects, int finding) => [.. subjects.Select(subject => subject.Targets[finding] > 0.5f)];

    private static T[] Pick<T>(T[] values, int[] sample) => Array.ConvertAll(sample, i => values[i]);

    /// <param name="Least">What the lower end of the difference's interval must exceed; null: shown without a bar.</param>
    /// <param name="Upto">The largest budget that it is asked of.</param>
    private sealed record Bar(string Arm, string Against, double? Least, double Upto);

    private static readonly Bar[] Bars =
    [
        new(ExperimentArm.EchoClrPlus.Name, ExperimentArm.Random.Name, 0, FewLabels),
        new(ExperimentArm.EchoClrPlus.Name, ExperimentArm.SimClr.Name, 0, FewLabels),
        new(ExperimentArm.EchoClrPlus.Name, ExperimentArm.Paper.Name, -Margin, 1),
        new(ExperimentArm.Paper.Name, ExperimentArm.MultiInstanceSimClr.Name, null, 1), // what the order task adds: the only difference of the two
    ];

    /// <summary>A fine-tuning at its chosen learning rate.</summary>
    /// <param name="Scores">By finding: probabilities in the order of the subjects.</param>
    private sealed record Repetition(string Arm, double Budget, long PretrainingSeed, long Seed, double[][] Scores);
}

[JsonConverter(typeof(JsonStringEnumConverter<Verdict>))]
public enum Verdict
{
    Met,
    Missed,

    /// <summary>Fewer seeds than the bar asks for: neither met nor missed yet.</summary>
    TooFewSeeds,

    /// <summary>Fewer patients than the bar asks for.</summary>
    SmallCohort,

    /// <summary>Shown, not judged.</summary>
    NoBar,
}

/// <param name="Auroc">Mean over seeds.</param>
/// <param name="Low">With <paramref name="High"/> its 95 % interval over test patients and seeds.</param>
public sealed record AurocCell(string Finding, string Arm, double Budget, double Auroc, double Low, double High, int Seeds, int PretrainingSeeds);

/// <param name="Difference">Of the AUROCs, mean over the seeds that both have.</param>
/// <param name="Least">What <paramref name="Low"/> must exceed.</param>
public sealed record ArmComparison(string Finding, string Arm, string Against, double Budget, double Difference, double Low, double High, int Seeds, double? Least, Verdict Verdict);

/// <summary>Whether fine-tuning without pretraining reaches what the phantoms' hardness was meant to allow.</summary>
public sealed record HardnessCheck(string Finding, double Budget, double Auroc, double AtLeast, double AtMost, Verdict Verdict);

/// <param name="Accuracy">Share of held-out clips whose order was named rightly; chance is 1/24.</param>
public sealed record OrderTask(string Arm, int Pretrainings, int Clips, double Accuracy, double Low, double High);
