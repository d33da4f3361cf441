namespace EchoClr.Retraining.Promotion;

/// <summary>What a model must keep to before it may serve.</summary>
public sealed record GateRules
{
    public const string SectionName = "Promotion";

    /// <summary>AUROC that may be lost against the model in service, at the lower end of the 95 % interval of the difference.</summary>
    public double MaxAurocLoss { get; init; } = 0.02;

    /// <summary>Studies of each kind, read without seeing the AI, below which nothing can be said.</summary>
    public int MinOfEachKind { get; init; } = 30;

    /// <summary>Calibration error (ECE) that is always good enough.</summary>
    public double MaxCalibrationError { get; init; } = 0.10;

    /// <summary>By how much it may be worse than that of the model in service, where that one's is beyond the bound too.</summary>
    public double MaxCalibrationErrorRise { get; init; } = 0.02;

    /// <summary>Share of studies without an answer that is never good enough.</summary>
    public double MaxAbstention { get; init; } = 0.20;

    /// <summary>By how much the model may abstain more often than the one in service.</summary>
    public double MaxAbstentionRise { get; init; } = 0.05;

    /// <summary>Standard deviation of a study's windows beyond which a model abstains: Inference:Analysis:MaxSpread.</summary>
    public double MaxSpread { get; init; } = 0.35;
}
