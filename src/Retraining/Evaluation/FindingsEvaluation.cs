using EchoClr.Retraining.FineTune;
using EchoClr.VideoModels.Checkpoints;

namespace EchoClr.Retraining.Evaluation;

/// <summary>Measures a findings model, study by study; intervals by drawing patients with all that is theirs.</summary>
public static class FindingsEvaluation
{
    public const string Auroc = "AUROC", Aupr = "AUPR (average precision)", Sensitivity = "sensitivity", Specificity = "specificity", Ppv = "PPV", Npv = "NPV", Brier = "Brier score", CalibrationError = "calibration error (ECE)";

    /// <summary>How often a finding occurs among those who come for an echo, where that is known: severe AS in about 1.5 % (Holste et al., European Heart Journal 2023).</summary>
    public static readonly IReadOnlyDictionary<string, double> NaturalPrevalence = new Dictionary<string, double> { ["AS"] = 0.015 };

    private const int BootstrapSeed = 0;

    private static readonly double[] Coverages = [1, 0.95, 0.9, 0.85, 0.8, 0.7, 0.6, 0.5];

    /// <param name="prevalences">By finding: how often it occurs among those who come for an echo. Where it is not known, these studies' own is used.</param>
    public static IReadOnlyList<FindingEvaluation> Of(
        IReadOnlyList<ClipScores> scores, IReadOnlyList<string> classes, Calibration calibration, IReadOnlyList<Thresholds> thresholds, IReadOnlyDictionary<string, double> prevalences)
    {
        StudyScore[] studies = [.. scores.GroupBy(score => score.Study, StringComparer.Ordinal).Select(videos => Read([.. videos], calibration))];
        return [.. classes.Select((name, c) => Of(name, c, studies, calibration, thresholds[c].Report, prevalences))];
    }

    private static FindingEvaluation Of(string name, int c, StudyScore[] studies, Calibration calibration, double cut, IReadOnlyDictionary<string, double> prevalences)
    {
        double[] probability = [.. studies.Select(study => study.Probabilities[c])];
        bool[] positive = [.. studies.Select(study => study.Targets[c] > 0.5f)];
        string[] patients = [.. studies.Select(study => study.Patient)];
        int positives = positive.Count(value => value);
        if (positives == 0 || positives == positive.Length)
            throw new ArgumentException($"{name} cannot be measured: {positives} of {positive.Length} studies are positive, and both kinds are needed");
        bool natural = prevalences.TryGetValue(name, out double prevalence);
        if (!natural)
            prevalence = (double)positives / positive.Length;

        var figures = new List<Figure>();
        Add(Auroc, sample => Metrics.Auroc(Pick(probability, sample), Pick(positive, sample)));
        Add(Aupr, sample => Curves.AveragePrecision(Pick(probability, sample), Pick(positive, sample)));
        Add(Sensitivity, sample => ThresholdChoice.Sensitivity(cut, Pick(probability, sample), Pick(positive, sample)));
        Add(Specificity, sample => ThresholdChoice.Specificity(cut, Pick(probability, sample), Pick(positive, sample)));
        Add(Ppv, sample => Predictive(sample).Ppv);
        Add(Npv, sample => Predictive(sample).Npv);
        Add(Brier, sample => sample.Average(i => Math.Pow(probability[i] - (positive[i] ? 1 : 0), 2)));
        Add(CalibrationError, sample => Reliability.Of(Pick(probability, sample), Pick(positive, sample)).ExpectedError);
        return new FindingEvaluation(
            name, studies.Length, patients.Distinct(StringComparer.Ordinal).Count(), positives, cut, prevalence, natural, figures, calibration.Temperature[c], calibration.Offset[c], Reliability.Of(probability, positive),
            Curves.Roc(probability, positive), Curves.PrecisionRecall(probability, positive), Cover(c, studies, cut));

        void Add(string figure, Func<int[], double> statistic)
        {
            double value = statistic([.. Enumerable.Range(0, positive.Length)]);
            // Nobody above the threshold has no predictive value, whichever patients are drawn.
            (double low, double high) = double.IsNaN(value) ? (double.NaN, double.NaN) : Bootstrap.Clustered(patients, statistic, BootstrapSeed);
            figures.Add(new Figure(figure, Finite(value), Finite(low), Finite(high)));
        }

        // By Bayes' rule: the shares above and below the threshold of either kind are the study's, how often the kinds occur is the world's.
        (double Ppv, double Npv) Predictive(int[] sample)
        {
            bool[] truth = Pick(positive, sample);
            double[] p = Pick(probability, sample);
            double sensitivity = ThresholdChoice.Sensitivity(cut, p, truth), specificity = ThresholdChoice.Specificity(cut, p, truth);
            return PredictiveValues(sensitivity, specificity, prevalence);
        }
    }

    /// <summary>Positive and negative predictive value at a prevalence; NaN where nobody is on that side.</summary>
    public static (double Ppv, double Npv) PredictiveValues(double sensitivity, double specificity, double prevalence)
    {
        double truePositives = sensitivity * prevalence, falsePositives = (1 - specificity) * (1 - prevalence);
        double trueNegatives = specificity * (1 - prevalence), falseNegatives = (1 - sensitivity) * prevalence;
        return (truePositives / (truePositives + falsePositives), trueNegatives / (trueNegatives + falseNegatives));
    }

    private static IReadOnlyList<CoveragePoint> Cover(int c, StudyScore[] studies, double cut)
    {
        StudyScore[] surest = [.. studies.OrderBy(study => study.Spreads[c]).ThenBy(study => study.Study, StringComparer.Ordinal)];
        return
        [
            .. Coverages.Select(coverage =>
            {
                StudyScore[] answered = surest[..Math.Max(1, (int)Math.Round(coverage * surest.Length))];
                double[] probability = [.. answered.Select(study => study.Probabilities[c])];
                bool[] positive = [.. answered.Select(study => study.Targets[c] > 0.5f)];
                return new CoveragePoint(
                    coverage, answered.Length, answered[^1].Spreads[c], Finite(Metrics.Auroc(probability, positive)), Finite(ThresholdChoice.Sensitivity(cut, probability, positive)),
                    Finite(ThresholdChoice.Specificity(cut, probability, positive)));
            }),
        ];
    }

    private static StudyScore Read(ClipScores[] videos, Calibration calibration)
    {
        double[] mean = VideoModels.Prediction.Probability.Mean([.. videos.Select(video => video.Probability(ModelTask.Findings, calibration))]);
        double[][] windows = [.. videos.SelectMany(video => video.WindowLogits.Select(logits => VideoModels.Prediction.Probability.OfWindow(logits, ModelTask.Findings, calibration)))];
        double[] spreads = [.. mean.Select((_, c) => Deviation([.. windows.Select(window => window[c])]))];
        return new StudyScore(videos[0].Study, videos[0].Patient, videos[0].Targets, mean, spreads);
    }

    private static double Deviation(double[] values)
    {
        double mean = values.Average();
        return Math.Sqrt(values.Average(value => (value - mean) * (value - mean)));
    }

    private static T[] Pick<T>(T[] values, int[] sample) => Array.ConvertAll(sample, i => values[i]);

    private static double? Finite(double value) => double.IsFinite(value) ? value : null;

    private sealed record StudyScore(string Study, string Patient, float[] Targets, double[] Probabilities, double[] Spreads);
}
