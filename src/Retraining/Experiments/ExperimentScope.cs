namespace EchoClr.Retraining.Experiments;

/// <summary>Which cells are to be filled. It decides no cell's result, so a table may be widened at any time.</summary>
/// <param name="Budgets">Shares of the training patients, 0 to 1.</param>
/// <param name="Seeds">How many fine-tunings of every arm and budget; each draws other labelled patients.</param>
/// <param name="PretrainingSeeds">How many pretrainings of every arm; fine-tuning s begins with pretraining 1 + (s − 1) mod this.</param>
public sealed record ExperimentScope(IReadOnlyList<ExperimentArm> Arms, IReadOnlyList<double> Budgets, int Seeds, int PretrainingSeeds)
{
    /// <summary>What the bars are set for.</summary>
    public const int BarSeeds = 5, BarPretrainingSeeds = 3;

    public static ExperimentScope Usual { get; } = new(ExperimentArm.Usual, [0.01, 0.05, 0.10, 0.25, 1], BarSeeds, BarPretrainingSeeds);

    public long PretrainingSeedOf(ExperimentArm arm, long seed) => arm.Recipe is null ? 0 : 1 + (seed - 1) % PretrainingSeeds;
}
