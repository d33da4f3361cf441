using System.Globalization;
using EchoClr.Retraining.Evaluation;

namespace EchoClr.Retraining.Promotion;

/// <summary>
/// Whether a model is no worse than the one in service, on studies that both read and whose labels were given without seeing either: paired, and by patients. Numbers in, a
/// verdict out.
/// </summary>
public static class Gate
{
    private const int BootstrapSeed = 0;

    /// <param name="heads">Every finding of the model in service, with the studies that have a label of it.</param>
    public static GateVerdict Judge(IReadOnlyList<(string Head, IReadOnlyList<JudgedStudy> Studies)> heads, GateRules rules)
    {
        HeadVerdict[] verdicts = [.. heads.Select(head => Judge(head.Head, head.Studies, rules))];
        if (verdicts.Length == 0)
            return new GateVerdict(false, "not enough labels: the model in service answers nothing that readers label", verdicts);
        string[] failures = [.. verdicts.Where(verdict => verdict.Failure is not null).Select(verdict => $"{verdict.Head}: {verdict.Failure}")];
        return failures.Length > 0
            ? new GateVerdict(false, string.Join("; ", failures), verdicts)
            : new GateVerdict(true, string.Join("; ", verdicts.Select(verdict => $"{verdict.Head}: AUROC {Figure(verdict.Auroc)} against {Figure(verdict.ServingAuroc)}, difference {Signed(verdict.DifferenceLow)} to {Signed(verdict.DifferenceHigh)}")), verdicts);
    }

    private static HeadVerdict Judge(string head, IReadOnlyList<JudgedStudy> studies, GateRules rules)
    {
        int positives = studies.Count(study => study.Positive), negatives = studies.Count - positives;
        var verdict = new HeadVerdict(head, studies.Count, studies.Select(study => study.Patient).Distinct().Count(), positives);
        if (positives < rules.MinOfEachKind || negatives < rules.MinOfEachKind)
            return verdict with { Failure = $"not enough labels: {positives} positive and {negatives} negative studies were read without seeing the AI, {rules.MinOfEachKind} of each are needed" };
        if (studies.Any(study => !double.IsFinite(study.Candidate) || !double.IsFinite(study.Serving)))
            return verdict with { Failure = "it gives answers that are no numbers" };

        bool[] positive = [.. studies.Select(study => study.Positive)];
        double[] candidate = [.. studies.Select(study => study.Candidate)], serving = [.. studies.Select(study => study.Serving)];
        (double low, double high) = Bootstrap.Clustered(
            [.. studies.Select(study => study.Patient)],
            sample =>
            {
                bool[] truth = Pick(positive, sample);
                return Metrics.Auroc(Pick(candidate, sample), truth) - Metrics.Auroc(Pick(serving, sample), truth);
            },
            BootstrapSeed);
        verdict = verdict with
        {
            Auroc = Metrics.Auroc(candidate, positive), ServingAuroc = Metrics.Auroc(serving, positive), DifferenceLow = low, DifferenceHigh = high,
            CalibrationError = Reliability.Of(candidate, positive).ExpectedError, ServingCalibrationError = Reliability.Of(serving, positive).ExpectedError,
            Abstention = studies.Average(study => study.CandidateAbstains ? 1.0 : 0), ServingAbstention = studies.Average(study => study.ServingAbstains ? 1.0 : 0),
        };
        return verdict with { Failure = Failure(verdict, rules) };
    }

    private static string? Failure(HeadVerdict verdict, GateRules rules)
    {
        if (verdict.DifferenceLow <= -rules.MaxAurocLoss)
            return $"its AUROC may be worse by {Figure(-verdict.DifferenceLow)} (95 % interval of the difference {Signed(verdict.DifferenceLow)} to {Signed(verdict.DifferenceHigh)}), {Figure(rules.MaxAurocLoss)} are allowed";
        if (verdict.CalibrationError > Math.Max(rules.MaxCalibrationError, verdict.ServingCalibrationError + rules.MaxCalibrationErrorRise))
            return $"its calibration error is {Figure(verdict.CalibrationError)}, that of the model in service {Figure(verdict.ServingCalibrationError)}";
        if (verdict.Abstention > Math.Min(rules.MaxAbstention, verdict.ServingAbstention + rules.MaxAbstentionRise))
            return $"it abstains on {Share(verdict.Abstention)} of the studies, the model in service on {Share(verdict.ServingAbstention)}";
        return null;
    }

    private static T[] Pick<T>(T[] values, int[] sample) => Array.ConvertAll(sample, i => values[i]);

    private static string Figure(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);

    private static string Signed(double value) => value.ToString("+0.000;-0.000;0.000", CultureInfo.InvariantCulture);

    private static string Share(double value) => value.ToString("0.0 %", CultureInfo.InvariantCulture);
}

/// <summary>One study as both models read it.</summary>
/// <param name="Patient">Resampling goes by it.</param>
/// <param name="Candidate">Probability; NaN where the model does not answer.</param>
public sealed record JudgedStudy(string Patient, bool Positive, double Candidate, double Serving, bool CandidateAbstains, bool ServingAbstains);

/// <param name="Reason">One sentence: why not, or what was found.</param>
public sealed record GateVerdict(bool Passed, string Reason, IReadOnlyList<HeadVerdict> Heads);

/// <summary>The figures of one finding.</summary>
/// <param name="Failure">Null where it passed.</param>
public sealed record HeadVerdict(string Head, int Studies, int Patients, int Positives)
{
    public string? Failure { get; init; }
    public double Auroc { get; init; }
    public double ServingAuroc { get; init; }

    /// <summary>95 % interval of the difference of the AUROCs, candidate less serving.</summary>
    public double DifferenceLow { get; init; }
    public double DifferenceHigh { get; init; }
    public double CalibrationError { get; init; }
    public double ServingCalibrationError { get; init; }
    public double Abstention { get; init; }
    public double ServingAbstention { get; init; }
}
