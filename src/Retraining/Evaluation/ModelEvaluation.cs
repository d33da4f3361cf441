using EchoClr.Retraining.FineTune;
using EchoClr.VideoModels.Checkpoints;

namespace EchoClr.Retraining.Evaluation;

/// <summary>The figures that go into a manifest, each with its interval over patients.</summary>
public static class ModelEvaluation
{
    private const int BootstrapSeed = 0;

    /// <summary>Per finding, patient by patient: AUROC, Brier score, and sensitivity and specificity at the report threshold.</summary>
    public static IReadOnlyList<Metric> Findings(
        IReadOnlyList<ClipScores> scores, IReadOnlyList<string> classes, Calibration calibration, IReadOnlyList<Thresholds> thresholds)
    {
        IReadOnlyList<PatientScore> patients = ClipScores.ByPatient(scores, ModelTask.Findings, calibration);
        var metrics = new List<Metric>();
        for (int c = 0; c < classes.Count; c++)
        {
            double[] probability = [.. patients.Select(patient => patient.Probabilities[c])];
            bool[] positive = [.. patients.Select(patient => patient.Targets[c] > 0.5f)];
            double cut = thresholds[c].Report;
            Add("AUROC", sample => Metrics.Auroc(Pick(probability, sample), Pick(positive, sample)));
            Add("sensitivity at report threshold", sample => ThresholdChoice.Sensitivity(cut, Pick(probability, sample), Pick(positive, sample)));
            Add("specificity at report threshold", sample => ThresholdChoice.Specificity(cut, Pick(probability, sample), Pick(positive, sample)));
            Add("Brier score", sample => sample.Average(i => Math.Pow(probability[i] - (positive[i] ? 1 : 0), 2)));

            void Add(string name, Func<int[], double> statistic) =>
                metrics.Add(Measure(name, classes[c], patients.Count, positive.Count(value => value), statistic));
        }
        return metrics;
    }

    /// <summary>Macro-F1 over videos, resampled by patient, and each view's F1.</summary>
    public static IReadOnlyList<Metric> Views(IReadOnlyList<ClipScores> scores, IReadOnlyList<string> classes, Calibration calibration)
    {
        (int Predicted, int Actual)[][] patients =
        [
            .. scores.GroupBy(score => score.Patient).Select(group => group
                .Select(score => (Metrics.ClassOf(score.Probability(ModelTask.View, calibration)), Metrics.ClassOf(score.Targets))).ToArray()),
        ];
        var metrics = new List<Metric> { Measure("macro-F1", "all", patients.Length, scores.Count, sample => MacroF1([.. sample.SelectMany(i => patients[i])], classes.Count)) };
        for (int c = 0; c < classes.Count; c++)
        {
            int videos = scores.Count(score => Metrics.ClassOf(score.Targets) == c);
            metrics.Add(Measure("F1", classes[c], patients.Length, videos, sample => F1([.. sample.SelectMany(i => patients[i])], c)));
        }
        return metrics;
    }

    private static Metric Measure(string name, string @class, int patients, int positives, Func<int[], double> statistic)
    {
        double value = statistic([.. Enumerable.Range(0, patients)]);
        if (double.IsNaN(value))
            throw new ArgumentException($"{name} of {@class} cannot be measured: the test patients lack one of the two kinds");
        (double low, double high) = Bootstrap.Interval(patients, statistic, BootstrapSeed);
        return new Metric(name, @class, Math.Round(value, 4), Math.Round(low, 4), Math.Round(high, 4), patients, positives);
    }

    private static double MacroF1((int Predicted, int Actual)[] videos, int classes) =>
        Metrics.MacroF1([.. videos.Select(video => video.Predicted)], [.. videos.Select(video => video.Actual)], classes);

    private static double F1((int Predicted, int Actual)[] videos, int @class)
    {
        int hits = videos.Count(video => video.Predicted == @class && video.Actual == @class);
        return 2.0 * hits / (videos.Count(video => video.Predicted == @class) + videos.Count(video => video.Actual == @class));
    }

    private static T[] Pick<T>(T[] values, int[] sample) => [.. sample.Select(i => values[i])];
}
