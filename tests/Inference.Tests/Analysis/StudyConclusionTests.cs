using EchoClr.Inference.Analysis;
using EchoClr.Inference.Models;
using EchoClr.Inference.Reporting;
using EchoClr.Inference.Tests.World;
using EchoClr.Shared.Data;
using EchoClr.Testing;
using EchoClr.VideoModels.Clips;

namespace EchoClr.Inference.Tests.Analysis;

/// <summary>How window probabilities become answers; the networks give only the saliency here.</summary>
public sealed class StudyConclusionTests : IDisposable
{
    private const int Size = 48;

    private readonly TemporaryFolder _folder = new();
    private readonly LoadedModels _models;

    public StudyConclusionTests()
    {
        TestModels.Write(_folder.Path);
        _models = LoadedModels.Load(Path.Combine(_folder.Path, "view-gate"), Path.Combine(_folder.Path, "as-lvh"), allowSynthetic: true);
    }

    public void Dispose()
    {
        _models.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Draw_IsTheMeanOverWindowsThenOverCines()
    {
        // A cine with many windows must not outweigh one with few.
        var analysis = Draw(Cine(1, [0.6, 0.1], [0.6, 0.1], [0.6, 0.1], [0.6, 0.1]), Cine(2, [0.9, 0.1]));

        Assert.Equal(75.0, analysis.Details.Findings[0].Percent);
        Assert.Equal(10.0, analysis.Details.Findings[1].Percent);
        var study = analysis.Findings.Where(finding => finding.InstanceId is null).ToList();
        Assert.Equal([("AS", 0.75, FindingOutcome.Present), ("LVH", 0.1, FindingOutcome.Absent)], study.Select(finding => (finding.Name, finding.Probability!.Value, finding.Outcome)));
        Assert.Equal([0.6, 0.9], analysis.Findings.Where(finding => finding is { Name: "AS", InstanceId: not null }).Select(finding => finding.Probability!.Value));
    }

    [Fact]
    public void Draw_WindowsThatDisagree_AbstainOnThatQuestionOnly()
    {
        var analysis = Draw(Cine(1, [0.95, 0.2], [0.05, 0.2]));

        Assert.Equal(AnalysisState.Analyzed, analysis.State);
        Assert.Equal("LVH", Assert.Single(analysis.Details.Findings).Question);
        Assert.Contains("abstained", Assert.Single(analysis.Details.Omissions), StringComparison.Ordinal);
        var abstained = Assert.Single(analysis.Findings, finding => finding is { Name: "AS", InstanceId: null });
        Assert.Equal((FindingOutcome.Abstained, null), (abstained.Outcome, abstained.Probability));
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Draw_OutputThatIsNoNumber_NeverBecomesAPercentage(double output)
    {
        var analysis = Draw(Cine(1, [output, output]));

        Assert.Equal(AnalysisState.NotAnalyzed, analysis.State);
        Assert.Contains("not a number", analysis.NotAnalyzed, StringComparison.Ordinal);
        Assert.All(analysis.Findings, finding => Assert.Null(finding.Probability));
    }

    [Theory]
    [InlineData(0.4996, 50.0, FindingOutcome.Present)]
    [InlineData(0.4994, 49.9, FindingOutcome.Absent)]
    public void Draw_AtTheThreshold_AnswersAsThePrintedNumbersDo(double probability, double percent, FindingOutcome outcome)
    {
        var analysis = Draw(Cine(1, [probability, 0.1]));

        Assert.Equal(percent, analysis.Details.Findings[0].Percent);
        Assert.Equal(outcome, analysis.Findings.Single(finding => finding is { Name: "AS", InstanceId: null }).Outcome);
    }

    [Fact]
    public void Draw_SaliencyIsOfTheSurestView()
    {
        var analysis = Draw(Cine(1, [0.8, 0.1]) with { ViewProbability = 0.7 }, Cine(2, [0.8, 0.1]) with { ViewProbability = 0.9 });

        Assert.All(analysis.Details.Findings, finding => Assert.Equal("2.25.2", finding.KeyFrame.Source.SopInstanceUid));
    }

    private StudyAnalysis Draw(params LongAxisCine[] cines) => StudyConclusion.Draw(
        [.. cines.Select(cine => new CineOutcome(new SourceFile(cine.InstanceId, "")) { Source = cine.Source, View = "PLAX", ViewProbability = cine.ViewProbability, Used = true })],
        cines, _models, forcedView: null, new AnalysisOptions(), Rows.Noon, Rows.Noon);

    private static LongAxisCine Cine(int number, params double[][] windows)
    {
        var pixels = new byte[8 * Size * Size];
        new Random(number).NextBytes(pixels);
        var mask = new bool[Size * Size];
        Array.Fill(mask, true);
        var clip = new ClipInput(8, Size, TimeSpan.FromMilliseconds(40), pixels, mask, [.. Enumerable.Range(0, 8)], new ClipTransform(10, 20, 4, 4));
        return new LongAxisCine(
            new ObjectReference("1.2.840.10008.5.1.4.1.1.3.1", "2.25." + number, "2.25.99"), number, 0.9, clip, windows,
            [.. Enumerable.Range(0, 8)], new PixelRectangle(10, 20, 202, 212), 240, 240);
    }
}
