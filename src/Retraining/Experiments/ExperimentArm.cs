using EchoClr.Retraining.Pretrain;

namespace EchoClr.Retraining.Experiments;

/// <summary>How an encoder came about before it is fine-tuned.</summary>
/// <param name="Recipe">Null: it was not pretrained.</param>
public sealed record ExperimentArm(string Name, PretrainRecipe? Recipe, PretrainOptimizer Optimizer = PretrainOptimizer.Tuned)
{
    public static readonly ExperimentArm Random = new("random", null);
    public static readonly ExperimentArm SimClr = new(PretrainRecipe.SimClr.Name, PretrainRecipe.SimClr);
    public static readonly ExperimentArm MultiInstanceSimClr = new(PretrainRecipe.MultiInstanceSimClr.Name, PretrainRecipe.MultiInstanceSimClr);

    /// <summary>EchoCLR as published, but with an optimiser that works for small batches: the comparison is of methods.</summary>
    public static readonly ExperimentArm Paper = new(PretrainRecipe.Paper.Name, PretrainRecipe.Paper);

    /// <summary>The same with Adam at 0.1 throughout, as published.</summary>
    public static readonly ExperimentArm PaperAdam = new("paper-adam", PretrainRecipe.Paper, PretrainOptimizer.Adam);

    public static readonly ExperimentArm EchoClrPlus = new(PretrainRecipe.EchoClrPlus.Name, PretrainRecipe.EchoClrPlus);

    /// <summary>Those that the table needs.</summary>
    public static IReadOnlyList<ExperimentArm> Usual { get; } = [Random, SimClr, MultiInstanceSimClr, Paper, EchoClrPlus];

    public static IReadOnlyList<ExperimentArm> All { get; } = [.. Usual, PaperAdam];

    /// <exception cref="FormatException">There is no such arm.</exception>
    public static ExperimentArm Named(string name) =>
        All.FirstOrDefault(arm => arm.Name == name) ?? throw new FormatException($"there is no arm {name}; there are {string.Join(", ", All.Select(arm => arm.Name))}");
}
