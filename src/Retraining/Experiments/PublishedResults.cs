namespace EchoClr.Retraining.Experiments;

/// <summary>
/// What the authors of EchoCLR report on their internal test set (1,063 studies; severe AS in 23 %): Holste et al., Communications Medicine 2024;4:133, read off the figure of the main results
/// (± 0.001). Of patients and of a network four times as wide (CPU preset): to be set beside a table of phantoms, not to be compared with it.
/// </summary>
public static class PublishedResults
{
    /// <summary>AUROC by finding, arm and budget.</summary>
    public static double? Auroc(string finding, string arm, double budget) =>
        Rows.TryGetValue((finding, arm), out double[]? row) && Array.IndexOf(Budgets, budget) is >= 0 and var i ? row[i] : null;

    private static readonly double[] Budgets = [0.01, 0.05, 0.10, 0.25, 1];

    private static readonly Dictionary<(string Finding, string Arm), double[]> Rows = new()
    {
        [("AS", "random")] = [0.511, 0.638, 0.851, 0.901, 0.925],
        [("AS", "simclr")] = [0.569, 0.635, 0.849, 0.877, 0.902],
        [("AS", "mi-simclr")] = [0.718, 0.819, 0.866, 0.903, 0.930],
        [("AS", "paper")] = [0.818, 0.872, 0.893, 0.904, 0.934],
        [("LVH", "random")] = [0.462, 0.506, 0.488, 0.625, 0.710],
        [("LVH", "simclr")] = [0.521, 0.565, 0.619, 0.683, 0.740],
        [("LVH", "mi-simclr")] = [0.572, 0.632, 0.666, 0.703, 0.749],
        [("LVH", "paper")] = [0.605, 0.669, 0.722, 0.750, 0.795],
    };
}
