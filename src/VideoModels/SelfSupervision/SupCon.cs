namespace EchoClr.VideoModels.SelfSupervision;

/// <summary>
/// Supervised contrast (Khosla et al. 2020, equation 2): every view of the same class is a positive, all others are in the denominator, and the mean over the positives is taken of the logarithms
/// (L_out). Chartsias et al. 2021 print the mean inside the logarithm (L_in), which Khosla et al. show to be the weaker of the two: its gradient does not normalise by the number of positives.
/// </summary>
public static class SupCon
{
    /// <summary>Khosla et al.'s. (Chartsias et al. print 1000, which cannot be meant of cosines.)</summary>
    public const double Temperature = 0.1;

    private const float Never = -1e4f; // as in NtXent: e to that is 0 in float32, and no gradient becomes NaN

    private const double Epsilon = 1e-12; // of a squared length: a view whose projection is exactly 0 has no direction

    /// <param name="projections">(V, D), not normalised.</param>
    /// <param name="classes">Of each view. A view that is alone in its class has no positives and costs nothing.</param>
    /// <returns>The mean over the views that have positives; a network that knows nothing costs ln(V − 1).</returns>
    public static Tensor Loss(Tensor projections, IReadOnlyList<int> classes, double temperature = Temperature)
    {
        using DisposeScope scope = NewDisposeScope();
        int views = classes.Count;
        Tensor directions = projections / (projections * projections).sum(1, keepdim: true).clamp(min: Epsilon).sqrt();
        (float[] self, float[] weights) = Masks(classes);
        Tensor similarity = directions.matmul(directions.t()) / temperature + torch.tensor(self).reshape(views, views);
        Tensor logarithms = nn.functional.log_softmax(similarity, 1);
        Tensor mean = (logarithms * torch.tensor(weights).reshape(views, views)).sum();
        return (-mean).MoveToOuterDisposeScope();
    }

    /// <summary>What keeps a view from itself, and the weight of each pair: positives of a view share its weight, views with positives share 1.</summary>
    private static (float[] Self, float[] Weights) Masks(IReadOnlyList<int> classes)
    {
        int views = classes.Count;
        var members = classes.GroupBy(c => c).ToDictionary(group => group.Key, group => group.Count());
        int anchors = classes.Count(c => members[c] > 1);
        if (anchors == 0)
            throw new ArgumentException("no two views are of one class", nameof(classes));
        var (self, weights) = (new float[views * views], new float[views * views]);
        for (int i = 0; i < views; i++)
        {
            self[i * views + i] = Never;
            for (int j = 0; j < views; j++)
                if (i != j && classes[i] == classes[j])
                    weights[i * views + j] = 1f / ((members[classes[i]] - 1) * anchors);
        }
        return (self, weights);
    }
}
