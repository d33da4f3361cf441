using EchoClr.Retraining.FineTune;
using EchoClr.VideoModels.Checkpoints;

namespace EchoClr.Retraining.Evaluation;

/// <summary>Figures of merit on plain numbers.</summary>
public static class Metrics
{
    /// <summary>Area under the ROC curve = the Mann–Whitney probability that a positive scores above a negative; a tie counts ½.</summary>
    /// <returns>NaN when one kind is absent.</returns>
    public static double Auroc(IReadOnlyList<double> scores, IReadOnlyList<bool> positive)
    {
        double[] sorted = [.. scores];
        bool[] truth = [.. positive];
        Array.Sort(sorted, truth); // a bootstrap asks thousands of times
        double positives = positive.Count(value => value), negatives = scores.Count - positives;
        double rankSum = 0;
        for (int i = 0; i < sorted.Length;)
        {
            int end = i;
            while (end < sorted.Length && sorted[end].Equals(sorted[i]))
                end++;
            double rank = (i + 1 + end) / 2.0; // the mean rank of the tied ones
            for (; i < end; i++)
            {
                if (truth[i])
                    rankSum += rank;
            }
        }
        return (rankSum - positives * (positives + 1) / 2) / (positives * negatives);
    }

    /// <summary>The unweighted mean of each class's F1. A class that is neither present nor predicted is left out.</summary>
    public static double MacroF1(IReadOnlyList<int> predicted, IReadOnlyList<int> actual, int classes) =>
        Enumerable.Range(0, classes).Select(c => F1(predicted, actual, c)).Where(score => !double.IsNaN(score)).Average();

    /// <summary>The harmonic mean of a class's precision and recall.</summary>
    /// <returns>NaN where it is neither present nor predicted.</returns>
    public static double F1(IReadOnlyList<int> predicted, IReadOnlyList<int> actual, int @class)
    {
        int hits = 0, claimed = 0, present = 0;
        for (int i = 0; i < actual.Count; i++)
        {
            hits += predicted[i] == @class && actual[i] == @class ? 1 : 0;
            claimed += predicted[i] == @class ? 1 : 0;
            present += actual[i] == @class ? 1 : 0;
        }
        return claimed + present == 0 ? double.NaN : 2.0 * hits / (claimed + present);
    }

    /// <summary>Mean negative log likelihood of the videos' truth; for findings positives weigh as much as negatives in all.</summary>
    public static double LogLoss(IReadOnlyList<ClipScores> scores, ModelTask task, Calibration calibration)
    {
        double[][] probabilities = [.. scores.Select(score => score.Probability(task, calibration))];
        if (task == ModelTask.View)
            return Enumerable.Range(0, scores.Count).Average(i => -Log(probabilities[i][ClassOf(scores[i].Targets)]));

        int classes = scores[0].Targets.Length;
        double loss = 0;
        for (int c = 0; c < classes; c++)
        {
            ILookup<bool, double> byTruth = Enumerable.Range(0, scores.Count).ToLookup(i => scores[i].Targets[c] > 0.5f, i => probabilities[i][c]);
            loss += byTruth.Sum(group => group.Average(p => -Log(group.Key ? p : 1 - p))) / byTruth.Count / classes;
        }
        return loss;
    }

    /// <summary>Mean AUROC over findings, or macro-F1 over views, video by video.</summary>
    public static double Quality(IReadOnlyList<ClipScores> scores, ModelTask task)
    {
        int classes = scores[0].Targets.Length;
        double[][] probabilities = [.. scores.Select(score => score.Probability(task, Calibration.None(task, classes)))];
        return task == ModelTask.View
            ? MacroF1([.. probabilities.Select(ClassOf)], [.. scores.Select(score => ClassOf(score.Targets))], classes)
            : Enumerable.Range(0, classes).Average(c => Auroc([.. probabilities.Select(p => p[c])], [.. scores.Select(score => score.Targets[c] > 0.5f)]));
    }

    public static int ClassOf<T>(T[] values) where T : IComparable<T>
    {
        int best = 0;
        for (int i = 1; i < values.Length; i++)
        {
            if (values[i].CompareTo(values[best]) > 0)
                best = i;
        }
        return best;
    }

    /// <summary>Away from log 0 for a score that is wrong with all its confidence.</summary>
    private static double Log(double p) => Math.Log(Math.Max(p, 1e-12));
}
