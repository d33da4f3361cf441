using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using EchoClr.Shared.Charts;
using EchoClr.Shared.Data;

namespace EchoClr.Retraining.Evaluation;

/// <summary>A report as two files: <c>evaluation.json</c> for programs, <c>evaluation.html</c> for people: one page by itself, without a script.</summary>
public static class EvaluationFiles
{
    public const string JsonName = ModelRow.EvaluationFileName, HtmlName = "evaluation.html";

    private static readonly JsonSerializerOptions json = new(JsonSerializerDefaults.Web) { WriteIndented = true, NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals };

    public static void Write(EvaluationReport report, string folder)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, JsonName), JsonSerializer.Serialize(report, json) + "\n");
        File.WriteAllText(Path.Combine(folder, HtmlName), Html(report));
    }

    public static string Html(EvaluationReport report)
    {
        var page = new StringBuilder();
        string name = $"{report.Model} {report.Version}";
        page.Append($"""
            <!DOCTYPE html>
            <html lang="en">
            <head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Evaluation of {Escape(name)}</title><style>{Style}</style></head>
            <body><main>
            <h1>Evaluation of {Escape(name)}</h1>

            """);
        if (report.Synthetic)
            page.Append("<p class=\"warning\"><strong>Synthetic phantoms.</strong> These figures say nothing about patients.</p>\n");
        page.Append($"""
            <table><caption>What was measured</caption><tbody>
            <tr><th scope="row">Data</th><td>{Escape(report.Data)}</td></tr>
            <tr><th scope="row">Weights (SHA-256)</th><td><code>{Escape(report.WeightsSha256)}</code></td></tr>
            <tr><th scope="row">Command</th><td><code>{Escape(report.Command)}</code></td></tr>
            <tr><th scope="row">Measured at</th><td>{report.MeasuredAt.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)} UTC</td></tr>
            </tbody></table>
            <p>Intervals are 95 % intervals: the 2.5th and 97.5th percentile of {Bootstrap.Replicates} resamples of patients, each with all of his studies. They tell of these patients only, not of other hospitals.</p>

            """);
        for (int i = 0; i < report.Findings.Count; i++)
            Finding(page, report.Findings[i], $"f{i}");
        if (report.Epochs.Count > 0)
            Training(page, report.Epochs);
        return page.Append("</main></body>\n</html>\n").ToString();
    }

    private static void Finding(StringBuilder page, FindingEvaluation finding, string id)
    {
        Figure auroc = finding.Figure(FindingsEvaluation.Auroc), sensitivity = finding.Figure(FindingsEvaluation.Sensitivity), specificity = finding.Figure(FindingsEvaluation.Specificity);
        page.Append($"<h2>{Escape(finding.Name)}</h2>\n<p>{finding.Studies} studies of {finding.Patients} patients, {finding.Positives} positive. Reported as present from {Percent(finding.Threshold)} on. ");
        page.Append($"Predictive values at a prevalence of {Percent(finding.Prevalence)} ({(finding.PrevalenceIsNatural ? "among those who come for an echo" : "that of these studies; the natural one was not given, and may be far lower")}). ");
        page.Append($"Calibration: temperature {Number(finding.Temperature)}, offset {Number(finding.Offset)}.</p>\n");
        page.Append("<table><caption>Figures</caption><thead><tr><th scope=\"col\">Figure</th><th scope=\"col\">Value</th><th scope=\"col\">95 % interval</th></tr></thead><tbody>\n");
        foreach (Figure figure in finding.Figures)
            page.Append($"<tr><th scope=\"row\">{Escape(figure.Name)}</th><td>{Number(figure.Value)}</td><td>{Interval(figure)}</td></tr>\n");
        page.Append("</tbody></table>\n<div class=\"charts\">\n");

        Chart(page, "ROC", new SvgChart($"{id}-roc", $"ROC of {finding.Name}", $"Area {Number(auroc.Value)}, 95 % interval {Interval(auroc)}. Operating point: sensitivity {Number(sensitivity.Value)}, specificity {Number(specificity.Value)}.", "1 − specificity", "sensitivity")
            .Guide(0, 0, 1, 1).Line("model", "line", finding.Roc.Select(point => (point.X, point.Y)))
            .Points("operating point", "mark", [(1 - (specificity.Value ?? 1), sensitivity.Value ?? 0, 5)]));
        double share = (double)finding.Positives / finding.Studies;
        Chart(page, "Precision and recall", new SvgChart($"{id}-pr", $"Precision and recall of {finding.Name}", $"Average precision {Number(finding.Figure(FindingsEvaluation.Aupr).Value)}; chance is {Number(share)}, the share of positives among these studies.", "recall (sensitivity)", "precision (PPV here)")
            .Guide(0, share, 1, share).Line("model", "line", finding.PrecisionRecall.Select(point => (point.X, point.Y))));
        Chart(page, "Calibration", new SvgChart($"{id}-cal", $"Reliability of {finding.Name}", $"Groups of about equal size; expected calibration error {Number(finding.Reliability.ExpectedError)}. " + string.Join("; ", finding.Reliability.Bins.Select(bin => $"said {Percent(bin.Predicted)}, was {Percent(bin.Observed)} of {bin.Studies}")) + ".", "mean probability", "share of positives")
            .Guide(0, 0, 1, 1).Line("groups", "line", finding.Reliability.Bins.Select(bin => (bin.Predicted, bin.Observed))).Points(null, "dot", finding.Reliability.Bins.Select(bin => (bin.Predicted, bin.Observed, 4.0))));
        CoveragePoint[] answered = [.. finding.Coverage.Where(point => point.Auroc is not null)];
        Chart(page, "Abstention", new SvgChart($"{id}-cov", $"Abstention of {finding.Name}", "AUROC, sensitivity and specificity among the studies that are answered, when those whose windows disagree most are left out.", "share of studies answered", "figure")
            .Line("AUROC", "line", answered.Select(point => (point.Coverage, point.Auroc!.Value)))
            .Line("sensitivity", "line second", finding.Coverage.Where(point => point.Sensitivity is not null).Select(point => (point.Coverage, point.Sensitivity!.Value)))
            .Line("specificity", "line third", finding.Coverage.Where(point => point.Specificity is not null).Select(point => (point.Coverage, point.Specificity!.Value))));
        page.Append("</div>\n<table><caption>Abstention by coverage</caption><thead><tr><th scope=\"col\">Answered</th><th scope=\"col\">Studies</th><th scope=\"col\">Largest deviation of windows</th><th scope=\"col\">AUROC</th><th scope=\"col\">Sensitivity</th><th scope=\"col\">Specificity</th></tr></thead><tbody>\n");
        foreach (CoveragePoint point in finding.Coverage)
            page.Append($"<tr><th scope=\"row\">{Percent(point.Coverage)}</th><td>{point.Studies}</td><td>{Number(point.MaxSpread)}</td><td>{Number(point.Auroc)}</td><td>{Number(point.Sensitivity)}</td><td>{Number(point.Specificity)}</td></tr>\n");
        page.Append("</tbody></table>\n");
    }

    private static void Training(StringBuilder page, IReadOnlyList<FineTune.EpochReport> epochs)
    {
        double top = Math.Ceiling(10 * epochs.Max(epoch => Math.Max(epoch.TrainingLoss, epoch.ValidationLoss))) / 10;
        var best = epochs.Last(epoch => epoch.Best);
        page.Append("<h2>Training</h2>\n<div class=\"charts\">\n");
        Chart(page, "Loss", new SvgChart("loss", "Loss by epoch", $"Training and validation loss over {epochs.Count} epochs; the lowest validation loss, {Number(best.ValidationLoss)}, came at epoch {best.Epoch}, whose weights were kept.", "epoch", "loss", epochs.Count, top)
            .Line("training", "line", epochs.Select(epoch => ((double)epoch.Epoch, epoch.TrainingLoss))).Line("validation", "line second", epochs.Select(epoch => ((double)epoch.Epoch, epoch.ValidationLoss)))
            .Points("kept", "mark", [(best.Epoch, best.ValidationLoss, 5)]));
        page.Append("</div>\n");
    }

    private static void Chart(StringBuilder page, string heading, SvgChart chart) => page.Append($"<figure><figcaption>{Escape(heading)}</figcaption>{chart}</figure>\n");

    private static string Interval(Figure figure) => figure is { Low: { } low, High: { } high } ? $"{Number(low)} to {Number(high)}" : "–";

    private static string Number(double? value) => value is { } known ? known.ToString("0.000", CultureInfo.InvariantCulture) : "–";

    private static string Percent(double value) => value.ToString("0.0 %", CultureInfo.InvariantCulture);

    private static string Escape(string text) => WebUtility.HtmlEncode(text);

    private const string Style = """
        :root{--ink:#1b2430;--paper:#fff;--soft:#e3e8ee;--muted:#55616f;--a:#1257a8;--b:#b3420d;--c:#3a7a2c}
        @media (prefers-color-scheme:dark){:root{--ink:#e6ebf1;--paper:#14181d;--soft:#333c46;--muted:#a9b4c0;--a:#7db4f5;--b:#f3a377;--c:#92d081}}
        body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}main{max-width:68rem;margin:auto;padding:1.5rem}
        h1{font-size:1.6rem}h2{margin-top:2.5rem;border-top:1px solid var(--soft);padding-top:1rem}code{overflow-wrap:anywhere}
        table{border-collapse:collapse;margin:1rem 0}caption{text-align:left;font-weight:600;padding:.3rem 0}th,td{padding:.25rem .9rem .25rem 0;text-align:left;border-bottom:1px solid var(--soft);font-variant-numeric:tabular-nums}tbody th{font-weight:400}
        .charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(26rem,100%),1fr));gap:1.5rem}figure{margin:0}figcaption{font-weight:600}
        svg{width:100%;height:auto;max-width:30rem}svg text{font-size:12px;fill:var(--muted)}.grid{stroke:var(--soft)}.guide{stroke:var(--muted);stroke-dasharray:4 4}
        polyline{fill:none;stroke-width:2}.line{stroke:var(--a);--key:var(--a)}.second{stroke:var(--b);stroke-dasharray:7 3;--key:var(--b)}.third{stroke:var(--c);stroke-dasharray:2 3;--key:var(--c)}
        .mark{fill:var(--b);--key:var(--b)}.dot{fill:var(--a);--key:var(--a)}.legend{display:flex;flex-wrap:wrap;gap:.3rem 1.2rem;margin:.2rem 0;font-size:.9rem}.legend i{display:inline-block;width:1.6em;height:.25em;margin-right:.4em;vertical-align:middle;background:var(--key)}
        .warning{border-left:.4rem solid var(--b);padding:.5rem 1rem;background:color-mix(in srgb,var(--b) 12%,var(--paper))}
        @media print{main{max-width:none}figure{break-inside:avoid}}
        """;
}
