using System.Text.Json;
using System.Xml.Linq;
using EchoClr.Retraining.Evaluation;
using EchoClr.Retraining.FineTune;
using EchoClr.Testing;
using EchoClr.VideoModels.Checkpoints;

namespace EchoClr.Retraining.Tests.Evaluation;

public sealed class FindingsEvaluationTests
{
    private static readonly Calibration None = Calibration.None(ModelTask.Findings, 1);
    private static readonly Thresholds[] Half = [new("AS", 0.5, 0.9)];

    /// <summary>The method's own example: 90 % sensitivity and 95 % specificity give a PPV of 0.84 at 22.3 % and of 0.22 at 1.5 %.</summary>
    [Theory]
    [InlineData(0.223, 0.84)]
    [InlineData(0.015, 0.22)]
    public void PredictiveValue_CollapsesAtNaturalPrevalence(double prevalence, double ppv) => Assert.Equal(ppv, FindingsEvaluation.PredictiveValues(0.9, 0.95, prevalence).Ppv, 2);

    [Fact]
    public void Of_KnownScores_GivesKnownFigures()
    {
        // 10 of 12 positives at 0.8, 2 at 0.2; 27 of 30 negatives at 0.2, 3 at 0.8.
        var finding = FindingsEvaluation.Of([.. Scores(12, 10, true), .. Scores(30, 3, false)], ["AS"], None, Half, FindingsEvaluation.NaturalPrevalence)[0];
        Assert.Equal((42, 42, 12), (finding.Studies, finding.Patients, finding.Positives));
        Assert.Equal(10 / 12.0, finding.Figure(FindingsEvaluation.Sensitivity).Value!.Value, 9);
        Assert.Equal(27 / 30.0, finding.Figure(FindingsEvaluation.Specificity).Value!.Value, 9);
        Assert.Equal((10 * 27 + 0.5 * (10 * 3 + 2 * 27)) / 360, finding.Figure(FindingsEvaluation.Auroc).Value!.Value, 9);
        Assert.Equal(FindingsEvaluation.PredictiveValues(10 / 12.0, 0.9, 0.015).Ppv, finding.Figure(FindingsEvaluation.Ppv).Value!.Value, 9);
        Assert.True(finding.PrevalenceIsNatural);
        Assert.All(finding.Figures, figure => Assert.InRange(figure.Value!.Value, figure.Low!.Value, figure.High!.Value));
        Assert.Equal(12 / 42.0, FindingsEvaluation.Of([.. Scores(12, 10, true), .. Scores(30, 3, false)], ["AS"], None, Half, new Dictionary<string, double>())[0].Prevalence, 9);
    }

    [Fact]
    public void Of_NobodyAboveTheThreshold_HasNoPredictiveValue_AndSaysSo()
    {
        var finding = FindingsEvaluation.Of([.. Scores(5, 0, true), .. Scores(20, 0, false)], ["AS"], None, Half, FindingsEvaluation.NaturalPrevalence)[0];
        Assert.Equal(new Figure(FindingsEvaluation.Ppv, null, null, null), finding.Figure(FindingsEvaluation.Ppv));
    }

    [Fact]
    public void Of_OneKindOnly_CannotBeMeasured() =>
        Assert.Contains("0 of 5 studies are positive", Assert.Throws<ArgumentException>(() => FindingsEvaluation.Of([.. Scores(5, 0, false)], ["AS"], None, Half, FindingsEvaluation.NaturalPrevalence)).Message, StringComparison.Ordinal);

    /// <summary>Studies whose windows contradict one another are the wrong ones here: leaving them out makes the rest right.</summary>
    [Fact]
    public void Coverage_LeavesOutTheStudiesWhoseWindowsDisagree()
    {
        ClipScores[] scores =
        [
            .. Scores(20, 20, true), .. Scores(20, 0, false),
            .. Enumerable.Range(0, 10).Select(i => new ClipScores($"torn{i}", [i % 2], [[i % 2 == 0 ? 4f : -4f], [i % 2 == 0 ? 3f : -4f], [i % 2 == 0 ? -1f : 1f]])),
        ];
        var coverage = FindingsEvaluation.Of(scores, ["AS"], None, Half, FindingsEvaluation.NaturalPrevalence)[0].Coverage;
        Assert.True(coverage.Single(point => point.Coverage == 1).Auroc < 0.97);
        Assert.Equal(1, coverage.Single(point => point.Coverage == 0.8).Auroc);
        Assert.Equal((40, 0), (coverage.Single(point => point.Coverage == 0.8).Studies, coverage.Single(point => point.Coverage == 0.8).MaxSpread));
    }

    [Fact]
    public void StudiesOfOnePatient_AreStudies_ButAreDrawnTogether()
    {
        ClipScores[] scores = [.. Scores(12, 10, true), .. Scores(30, 3, false)];
        ClipScores[] twice = [.. scores, .. scores.Select(score => score with { Study = score.Patient + " again" })];
        var (once, doubled) = (FindingsEvaluation.Of(scores, ["AS"], None, Half, FindingsEvaluation.NaturalPrevalence)[0], FindingsEvaluation.Of(twice, ["AS"], None, Half, FindingsEvaluation.NaturalPrevalence)[0]);
        Assert.Equal((84, 42), (doubled.Studies, doubled.Patients));
        Assert.Equal(once.Figure(FindingsEvaluation.Auroc), doubled.Figure(FindingsEvaluation.Auroc));
    }

    [Fact]
    public void Files_AreOnePageWithoutScripts_AndJsonThatReadsBack()
    {
        using var folder = new TemporaryFolder();
        var findings = FindingsEvaluation.Of([.. Scores(12, 10, true), .. Scores(30, 3, false)], ["AS"], None, Half, FindingsEvaluation.NaturalPrevalence);
        EpochReport[] epochs = [new(1, 2, 0.9, 0.8, 0.6, true, 30), new(2, 2, 0.5, 0.85, 0.7, false, 30)];
        var report = new EvaluationReport("as-lvh", "1.0", new string('a', 64), true, "<script>alert(1)</script> & \"more\"", DateTimeOffset.UnixEpoch, "./echoclr evaluate", findings, epochs);
        EvaluationFiles.Write(report, folder.Path);

        string html = File.ReadAllText(Path.Combine(folder.Path, EvaluationFiles.HtmlName));
        foreach (string forbidden in (string[])["<script", "http:", "https:", "src=", "javascript"])
            Assert.DoesNotContain(forbidden, html, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("Synthetic phantoms.", html, StringComparison.Ordinal);
        int charts = 0;
        for (int at = html.IndexOf("<svg", StringComparison.Ordinal); at >= 0; at = html.IndexOf("<svg", at + 1, StringComparison.Ordinal), charts++)
        {
            var svg = XElement.Parse(html[at..(html.IndexOf("</svg>", at, StringComparison.Ordinal) + 6)]);
            string[] described = svg.Attribute("aria-labelledby")!.Value.Split(' ');
            Assert.Equal(["title", "desc"], described.Select(id => svg.Elements().Single(element => element.Attribute("id")?.Value == id).Name.LocalName));
            Assert.DoesNotContain("NaN", svg.ToString(), StringComparison.Ordinal);
        }
        Assert.Equal(5, charts); // ROC, precision and recall, calibration, abstention, loss
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder.Path, EvaluationFiles.JsonName)));
        Assert.Equal(0.8, Math.Round(json.RootElement.GetProperty("findings")[0].GetProperty("figures")[2].GetProperty("value").GetDouble(), 1));
    }

    private static IEnumerable<ClipScores> Scores(int count, int high, bool positive) => Enumerable.Range(0, count).Select(i =>
        new ClipScores($"{positive}{i}", [positive ? 1 : 0], [[(float)(i < high ? Math.Log(4) : -Math.Log(4))]]));
}
