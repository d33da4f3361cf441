using EchoClr.VideoModels.Checkpoints;

namespace EchoClr.Retraining.Evaluation;

/// <summary>Operating points chosen on validation patients.</summary>
public static class ThresholdChoice
{
    /// <summary>Of the validation negatives, the share that an alert must leave alone.</summary>
    public const double AlertSpecificity = 0.98;

    /// <summary>Report at the best sensitivity + specificity (Youden 1950); alert at the lowest cut, not below it, with the specificity above.</summary>
    public static Thresholds Choose(string @class, IReadOnlyList<double> probabilities, IReadOnlyList<bool> positive)
    {
        double[] sorted = [.. probabilities.Distinct().Order()];
        // Cuts halfway between neighbours: on a score itself, a rounding error decides.
        double[] cuts = [.. sorted.Zip(sorted.Skip(1), (a, b) => (a + b) / 2)];
        if (cuts.Length == 0)
            throw new ArgumentException($"{@class}: all validation probabilities are equal");
        double report = cuts.MaxBy(cut => Sensitivity(cut, probabilities, positive) + Specificity(cut, probabilities, positive));
        double alert = cuts.Where(cut => cut >= report && Specificity(cut, probabilities, positive) >= AlertSpecificity).DefaultIfEmpty(1).First();
        return new Thresholds(@class, Math.Round(report, 4), Math.Round(Math.Max(alert, report), 4));
    }

    public static double Sensitivity(double cut, IReadOnlyList<double> probabilities, IReadOnlyList<bool> positive) =>
        Share(probabilities, positive, true, p => p >= cut);

    public static double Specificity(double cut, IReadOnlyList<double> probabilities, IReadOnlyList<bool> positive) =>
        Share(probabilities, positive, false, p => p < cut);

    private static double Share(IReadOnlyList<double> probabilities, IReadOnlyList<bool> positive, bool kind, Func<double, bool> right)
    {
        int of = 0, hits = 0;
        for (int i = 0; i < probabilities.Count; i++)
        {
            if (positive[i] != kind)
                continue;
            of++;
            hits += right(probabilities[i]) ? 1 : 0;
        }
        return (double)hits / of;
    }
}
