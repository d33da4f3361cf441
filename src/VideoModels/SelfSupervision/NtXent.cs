namespace EchoClr.VideoModels.SelfSupervision;

/// <summary>
/// The normalised temperature-scaled cross entropy of SimCLR (Chen et al. 2020): each of 2N views must find its partner among the 2N − 1 others by cosine similarity.
/// Views that know nothing cost ln(2N − 1).
/// </summary>
public static class NtXent
{
    /// <summary>EchoCLR's.</summary>
    public const double Temperature = 0.05;

    // e^(-10^4) is 0 in float32, and unlike minus infinity it makes no NaN of a row's gradient.
    private const float Never = -1e4f;

    private const double Epsilon = 1e-12; // of a squared length: a view whose projection is exactly 0 has no direction

    /// <param name="projections">(2N, D): the first views of the N pairs, then the second ones.</param>
    /// <param name="patients">Of each pair. Given, other views of the same patient are left out of the denominator: they are no negatives. Null leaves them in, as EchoCLR does.</param>
    public static Tensor Loss(Tensor projections, double temperature = Temperature, IReadOnlyList<int>? patients = null)
    {
        using DisposeScope scope = NewDisposeScope();
        int views = (int)projections.shape[0], pairs = views / 2;
        Tensor directions = projections / (projections * projections).sum(1, keepdim: true).clamp(min: Epsilon).sqrt();
        Tensor similarity = directions.matmul(directions.t()) / temperature;
        Tensor masked = similarity + torch.tensor(Mask(pairs, patients)).reshape(views, views);
        Tensor partner = torch.tensor([.. Enumerable.Range(0, views).Select(view => (long)((view + pairs) % views))]);
        return nn.functional.cross_entropy(masked, partner).MoveToOuterDisposeScope();
    }

    /// <summary>The loss of views that know nothing: ln(2N − 1).</summary>
    public static double AtChance(int pairs) => Math.Log(2 * pairs - 1);

    private static float[] Mask(int pairs, IReadOnlyList<int>? patients)
    {
        int views = 2 * pairs;
        var mask = new float[views * views];
        for (int i = 0; i < views; i++)
            for (int j = 0; j < views; j++)
            {
                bool partner = (i + pairs) % views == j;
                bool samePatient = patients is not null && patients[i % pairs] == patients[j % pairs];
                if (i == j || (samePatient && !partner))
                    mask[i * views + j] = Never;
            }
        return mask;
    }
}
