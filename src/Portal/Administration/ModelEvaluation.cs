using System.Text.Json;
using System.Text.Json.Serialization;
using EchoClr.Shared.Charts;
using EchoClr.Shared.Data;

namespace EchoClr.Portal.Administration;

/// <summary>The curves of a model, from the <c>evaluation.json</c> that <c>finetune</c> and <c>evaluate</c> leave beside its weights.</summary>
/// <param name="Data">Whom it was measured on.</param>
public sealed record ModelEvaluation(DateTimeOffset MeasuredAt, string Data, IReadOnlyList<FindingCurves> Findings)
{
    private const string FileName = "evaluation.json";

    private static readonly string[] Styles = ["line", "line second", "line third"];

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true,
    };

    /// <summary>Null where none lies there that can be read.</summary>
    public static ModelEvaluation? Of(ModelRow model)
    {
        try
        {
            using var file = File.OpenRead(Path.Combine(model.Folder, FileName));
            return JsonSerializer.Deserialize<ModelEvaluation>(file, Json);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    /// <summary>ROC of one finding, a line a model, as SVG.</summary>
    /// <param name="id">Of the page, unlike any other chart's.</param>
    public static string Roc(string id, string finding, IReadOnlyList<(string Model, FindingCurves Curves)> models)
    {
        var chart = new SvgChart(id, $"ROC of {finding}", Describe("Area", models, FindingCurves.Auroc), "1 − specificity", "sensitivity").Guide(0, 0, 1, 1);
        foreach (var ((model, curves), style) in models.Zip(Styles))
            chart.Line(model, style, curves.Roc.Select(point => (point.X, point.Y)));
        return chart.ToString();
    }

    /// <summary>Reliability of one finding, a line a model, as SVG.</summary>
    public static string Calibration(string id, string finding, IReadOnlyList<(string Model, FindingCurves Curves)> models)
    {
        var description = string.Join("; ", models.Select(one => $"{one.Model}: expected calibration error {one.Curves.Reliability.ExpectedError:0.000}"));
        var chart = new SvgChart(id, $"Reliability of {finding}", $"Groups of about equal size. {description}.", "mean probability", "share of positives").Guide(0, 0, 1, 1);
        foreach (var ((model, curves), style) in models.Zip(Styles))
            chart.Line(model, style, curves.Reliability.Bins.Select(bin => (bin.Predicted, bin.Observed)));
        return chart.ToString();
    }

    private static string Describe(string what, IReadOnlyList<(string Model, FindingCurves Curves)> models, string figure) =>
        string.Join("; ", models.Select(one => $"{one.Model}: {what.ToLowerInvariant()} {one.Curves.Figures.FirstOrDefault(known => known.Name == figure)?.Value:0.000}")) + ".";
}

/// <param name="Threshold">From which probability on the finding is reported as present.</param>
public sealed record FindingCurves(string Name, double Threshold, IReadOnlyList<CurveFigure> Figures, CurveReliability Reliability, IReadOnlyList<CurvePlace> Roc)
{
    /// <summary>As the evaluation names the area under the ROC.</summary>
    public const string Auroc = "AUROC";
}

/// <param name="Low">Of the 95 % interval over patients.</param>
public sealed record CurveFigure(string Name, double? Value, double? Low, double? High);

public sealed record CurveReliability(IReadOnlyList<CurveBin> Bins, double ExpectedError);

/// <param name="Predicted">Mean probability of a group.</param>
/// <param name="Observed">Its share of positives.</param>
public sealed record CurveBin(double Predicted, double Observed, int Studies);

public readonly record struct CurvePlace(double X, double Y);
