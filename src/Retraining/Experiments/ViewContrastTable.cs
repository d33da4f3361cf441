using System.Text.Json;
using EchoClr.Retraining.Evaluation;
using EchoClr.Retraining.FineTune;
using EchoClr.Shared.Data;

namespace EchoClr.Retraining.Experiments;

/// <summary>F1 of both arms, whole and by class, computed from the rows of an experiment and from nothing else.</summary>
public sealed record ViewContrastTable(int TestPatients, int TestClips, IReadOnlyList<ViewFigure> Figures, IReadOnlyList<ViewComparison> Comparisons)
{
    public const string Macro = "macro-F1";

    private const int BootstrapSeed = 0;

    public static ViewContrastTable Of(IReadOnlyList<ExperimentSubject> subjects, IReadOnlyList<ExperimentCellRow> cells, CancellationToken cancellationToken, int replicates = Bootstrap.Replicates)
    {
        int[] actual = [.. subjects.Select(subject => Metrics.ClassOf(subject.Targets))];
        string[] patients = [.. subjects.Select(subject => subject.Patient).Distinct(StringComparer.Ordinal)];
        int[][] clipsOf = [.. patients.Select(patient => Enumerable.Range(0, subjects.Count).Where(i => subjects[i].Patient == patient).ToArray())];
        ILookup<(string Arm, double Share), (long Seed, int[] Predicted)> repetitions = cells.Where(cell => cell.Scores is not null).ToLookup(
            cell => (cell.Arm, cell.Budget), cell => (cell.Seed, Predicted: JsonSerializer.Deserialize<double[][]>(cell.Scores!)!.Select(Metrics.ClassOf).ToArray()));
        string[] names = [Macro, .. DemoWeights.Views.Where((_, c) => actual.Contains(c))];
        double[] shares = [.. repetitions.Select(group => group.Key.Share).Distinct().Order()];

        var wanted = from share in shares from name in names from arm in new[] { ViewContrast.CrossEntropy, ViewContrast.SupCon } where repetitions[(arm, share)].Any() select (share, name, arm);
        ViewFigure[] figures = [.. wanted.AsParallel().AsOrdered().WithCancellation(cancellationToken).Select(at =>
        {
            int[][] runs = [.. repetitions[(at.arm, at.share)].Select(run => run.Predicted)];
            (double value, double low, double high) = Interval(runs.Length, (r, clips) => F1(at.name, runs[r], clips));
            return new ViewFigure(at.name, at.arm, at.share, value, low, high, runs.Length);
        })];
        var compared = from share in shares from name in names select (share, name);
        ViewComparison[] comparisons = [.. compared.AsParallel().AsOrdered().WithCancellation(cancellationToken).Select(at =>
        {
            (int[] SupCon, int[] Plain)[] pairs = [.. from one in repetitions[(ViewContrast.SupCon, at.share)] join other in repetitions[(ViewContrast.CrossEntropy, at.share)] on one.Seed equals other.Seed select (one.Predicted, other.Predicted)];
            if (pairs.Length == 0)
                return null;
            (double value, double low, double high) = Interval(pairs.Length, (r, clips) => F1(at.name, pairs[r].SupCon, clips) - F1(at.name, pairs[r].Plain, clips));
            return new ViewComparison(at.name, at.share, value, low, high, pairs.Length);
        }).OfType<ViewComparison>()];
        return new ViewContrastTable(patients.Length, subjects.Count, figures, comparisons);

        double F1(string name, int[] predicted, int[] clips)
        {
            int[] said = Array.ConvertAll(clips, i => predicted[i]), truth = Array.ConvertAll(clips, i => actual[i]);
            return name == Macro ? Metrics.MacroF1(said, truth, DemoWeights.Views.Count) : Metrics.F1(said, truth, DemoWeights.Views.ToList().IndexOf(name));
        }

        // Every run is a pretraining of its own: they are drawn, and patients with all their clips.
        (double Value, double Low, double High) Interval(int runs, Func<int, int[], double> statistic)
        {
            int[] whole = [.. Enumerable.Range(0, subjects.Count)];
            (double low, double high) = Bootstrap.Repeated(
                [.. Enumerable.Range(0, runs).Select(run => (long)run)], patients.Length, (r, sample) => statistic(r, [.. sample.SelectMany(patient => clipsOf[patient])]), BootstrapSeed, replicates);
            return (Enumerable.Range(0, runs).Average(r => statistic(r, whole)), low, high);
        }
    }
}

/// <param name="Name">A class, or macro-F1.</param>
/// <param name="Share">Of the training patients that have the rare views.</param>
/// <param name="Value">Mean over seeds.</param>
/// <param name="Low">With <paramref name="High"/> its 95 % interval over test patients and seeds.</param>
public sealed record ViewFigure(string Name, string Arm, double Share, double Value, double Low, double High, int Seeds);

/// <param name="Difference">Supervised contrast less plain cross entropy, paired by patients and seeds.</param>
public sealed record ViewComparison(string Name, double Share, double Difference, double Low, double High, int Seeds);
