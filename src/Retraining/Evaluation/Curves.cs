namespace EchoClr.Retraining.Evaluation;

/// <summary>ROC and precision–recall curves, cut between different scores only: tied scores are taken together.</summary>
public static class Curves
{
    /// <summary>From (0, 0) to (1, 1): false positive rate, sensitivity.</summary>
    public static IReadOnlyList<CurvePoint> Roc(IReadOnlyList<double> scores, IReadOnlyList<bool> positive)
    {
        double positives = positive.Count(value => value), negatives = positive.Count - positives;
        var points = new List<CurvePoint> { new(0, 0, 1) };
        foreach ((double cut, int truePositives, int falsePositives) in Cuts(scores, positive))
            points.Add(new CurvePoint(falsePositives / negatives, truePositives / positives, cut));
        return points;
    }

    /// <summary>Recall (sensitivity), precision (PPV among these studies), from the highest score down.</summary>
    public static IReadOnlyList<CurvePoint> PrecisionRecall(IReadOnlyList<double> scores, IReadOnlyList<bool> positive)
    {
        double positives = positive.Count(value => value);
        return [.. Cuts(scores, positive).Select(at => new CurvePoint(at.TruePositives / positives, (double)at.TruePositives / (at.TruePositives + at.FalsePositives), at.Cut))];
    }

    /// <summary>
    /// Area under the precision–recall curve as average precision: the precision at each cut, weighted by the recall that it adds. Nothing is interpolated, which would flatter.
    /// </summary>
    /// <returns>NaN when there are no positives.</returns>
    public static double AveragePrecision(IReadOnlyList<double> scores, IReadOnlyList<bool> positive)
    {
        double positives = positive.Count(value => value), area = 0;
        int before = 0;
        foreach ((_, int truePositives, int falsePositives) in Cuts(scores, positive))
        {
            area += (truePositives - before) / positives * truePositives / (truePositives + falsePositives);
            before = truePositives;
        }
        return positives == 0 ? double.NaN : area;
    }

    /// <summary>At each different score, from the highest: how many of both kinds reach it.</summary>
    private static IEnumerable<(double Cut, int TruePositives, int FalsePositives)> Cuts(IReadOnlyList<double> scores, IReadOnlyList<bool> positive)
    {
        double[] sorted = [.. scores];
        bool[] truth = [.. positive];
        Array.Sort(sorted, truth);
        int truePositives = 0, falsePositives = 0;
        for (int i = sorted.Length - 1; i >= 0; i--)
        {
            if (truth[i])
                truePositives++;
            else
                falsePositives++;
            if (i == 0 || !sorted[i - 1].Equals(sorted[i]))
                yield return (sorted[i], truePositives, falsePositives);
        }
    }
}

/// <param name="Cut">The score from which on studies count as positive there.</param>
public readonly record struct CurvePoint(double X, double Y, double Cut);
