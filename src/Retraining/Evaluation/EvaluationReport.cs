using EchoClr.Retraining.FineTune;

namespace EchoClr.Retraining.Evaluation;

/// <summary>What a findings model reached on patients that it never saw, with every figure's interval and the points of the curves.</summary>
/// <param name="Data">What it was measured on, in words.</param>
/// <param name="Epochs">How it was trained; empty where only a model was measured.</param>
public sealed record EvaluationReport(
    string Model, string Version, string WeightsSha256, bool Synthetic, string Data, DateTimeOffset MeasuredAt, string Command, IReadOnlyList<FindingEvaluation> Findings, IReadOnlyList<EpochReport> Epochs);

/// <summary>One finding.</summary>
/// <param name="Threshold">The operating point: the manifest's report threshold.</param>
/// <param name="Prevalence">At which predictive values are given.</param>
/// <param name="PrevalenceIsNatural">Named by the user, or known; else it is that of these studies.</param>
public sealed record FindingEvaluation(
    string Name, int Studies, int Patients, int Positives, double Threshold, double Prevalence, bool PrevalenceIsNatural, IReadOnlyList<Figure> Figures, double Temperature, double Offset,
    Reliability Reliability, IReadOnlyList<CurvePoint> Roc, IReadOnlyList<CurvePoint> PrecisionRecall, IReadOnlyList<CoveragePoint> Coverage)
{
    public Figure Figure(string name) => Figures.First(figure => figure.Name == name);
}

/// <summary>A figure with its 95 % interval over patients; null where these studies do not tell.</summary>
public sealed record Figure(string Name, double? Value, double? Low, double? High);

/// <summary>The model allowed to abstain on the studies whose windows disagree most.</summary>
/// <param name="Coverage">Share of the studies that are answered.</param>
/// <param name="MaxSpread">The largest standard deviation of the windows' probabilities among these.</param>
public sealed record CoveragePoint(double Coverage, int Studies, double MaxSpread, double? Auroc, double? Sensitivity, double? Specificity);
