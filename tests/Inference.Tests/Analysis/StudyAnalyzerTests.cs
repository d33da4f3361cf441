using EchoClr.Dicom.Codecs;
using EchoClr.Inference.Analysis;
using EchoClr.Inference.Models;
using EchoClr.Inference.Tests.World;
using EchoClr.Shared.Data;
using EchoClr.Testing;

namespace EchoClr.Inference.Tests.Analysis;

public sealed class StudyAnalyzerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ManualTime _time = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Analyze_LongAxisCines_AverageToAnswersWithAKeyFrame()
    {
        var analysis = await AnalyzeAsync(Cines(3));

        Assert.Equal(AnalysisState.Analyzed, analysis.State);
        Assert.All(analysis.Outcomes, outcome => Assert.True(outcome is { Used: true, View: "PLAX", Frames: TestCine.Frames, Rows: TestCine.Rows, Columns: TestCine.Columns }));
        Assert.Equal(["AS", "LVH"], analysis.Details.Findings.Select(finding => finding.Question));
        var stenosis = analysis.Details.Findings[0];
        Assert.InRange(stenosis.Percent, 50, 99);
        Assert.Equal(stenosis.Percent, Math.Round(stenosis.Percent, 1)); // rounded before it is stored
        Assert.InRange(stenosis.KeyFrame.FrameNumber, 1, TestCine.Frames);
        Assert.NotNull(stenosis.Saliency);
        Assert.Contains("cines=3;windows=", stenosis.Parameters, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Analyze_Twice_GivesTheSameDetails()
    {
        var files = Cines(2);

        Assert.Equal((await AnalyzeAsync(files)).Details.ToJson(), (await AnalyzeAsync(files)).Details.ToJson());
    }

    [Fact]
    public async Task Details_ReadBack_AreTheSame()
    {
        var json = (await AnalyzeAsync(Cines(1))).Details.ToJson();

        Assert.Equal(json, AnalysisDetails.FromJson(json).ToJson());
    }

    [Fact]
    public async Task Analyze_AnotherView_GivesNoNumberButAReason()
    {
        var analysis = await AnalyzeAsync(Cines(2), view: "A4C");

        Assert.Equal(AnalysisState.NotAnalyzed, analysis.State);
        Assert.Contains("2 x view A4C, not PLAX", analysis.NotAnalyzed, StringComparison.Ordinal);
        Assert.Empty(analysis.Details.Findings);
        Assert.Empty(analysis.Findings);
    }

    [Fact]
    public async Task Analyze_ForcedView_IsTakenAtTheUsersWord()
    {
        var analysis = await AnalyzeAsync(Cines(1), view: "A4C", forcedView: "PLAX");

        Assert.Equal(AnalysisState.Analyzed, analysis.State);
        Assert.Null(analysis.Details.ViewModel);
        Assert.Null(Assert.Single(analysis.Details.Cines).ViewPercent);
    }

    [Fact]
    public async Task Analyze_ViewGateUnsure_DoesNotBelieveIt()
    {
        var analysis = await AnalyzeAsync(Cines(1), options: new AnalysisOptions { MinViewProbability = 0.999 });

        Assert.Equal(AnalysisState.NotAnalyzed, analysis.State);
        Assert.Contains("below the 100 % that is asked for", analysis.NotAnalyzed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Analyze_BadFilesAmongGood_CostOnlyThemselves()
    {
        var cut = Cine("cut");
        using (var stream = File.OpenWrite(cut.Path))
            stream.SetLength(stream.Length / 3);
        var text = new SourceFile(null, Path.Combine(_folder.Path, "notes.txt"));
        await File.WriteAllTextAsync(text.Path, "not DICOM");
        var color = new SourceFile(null, TestCine.Write(Path.Combine(_folder.Path, "color.dcm"), "2.25.1", "2.25.2", "2.25.35", color: true));

        var analysis = await AnalyzeAsync([cut, text, color, Cine("good")]);

        Assert.Equal(AnalysisState.Analyzed, analysis.State);
        Assert.Equal([false, false, false, true], analysis.Outcomes.Select(outcome => outcome.Used));
        Assert.All(analysis.Outcomes.Take(3), outcome => Assert.NotEmpty(outcome.Reason!));
        Assert.Contains("unreadable", analysis.Outcomes[1].Reason, StringComparison.Ordinal);
        Assert.Equal("colour Doppler", analysis.Outcomes[2].Reason);
    }

    [Fact]
    public async Task Analyze_FlatSaliency_DrawsTheSectorAndSaysSo()
    {
        var analysis = await AnalyzeAsync(Cines(1), saliency: false);

        Assert.All(analysis.Details.Findings, finding => Assert.True(finding.KeyFrame.WholeSector));
        Assert.All(analysis.Details.Findings, finding => Assert.Null(finding.Saliency));
    }

    [Fact]
    public async Task Analyze_OwnResults_AreNeverRead()
    {
        using var models = Models();
        var cine = Cine("one");
        var options = new InferenceOptions { Models = { Directory = Path.Combine(_folder.Path, "models") } };
        using var files = new FileAnalysis(options, _time);
        var written = Assert.Single(await files.AnalyzeAsync([cine.Path], "PLAX", output: null, null, CancellationToken.None)).Written;
        Assert.Equal(3, written.Count);

        var again = Assert.Single(await files.AnalyzeAsync(written, "PLAX", output: null, null, CancellationToken.None));

        Assert.Equal(AnalysisState.NotAnalyzed, again.Analysis.State);
        Assert.All(again.Analysis.Outcomes, outcome => Assert.Equal("an object of our own", outcome.Reason));
        Assert.Empty(again.Written);
    }

    [Fact]
    public void Load_SyntheticWeightsWhereTheyAreRefused_Throws()
    {
        var folder = TestModels.Write(Path.Combine(_folder.Path, "models"));

        var exception = Assert.Throws<InvalidDataException>(() => LoadedModels.Load(Path.Combine(folder, "view-gate"), Path.Combine(folder, "as-lvh"), allowSynthetic: false));

        Assert.Contains("synthetic phantoms", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_WeightsThatTheManifestDoesNotName_Throws()
    {
        var folder = TestModels.Write(Path.Combine(_folder.Path, "models"));
        var weights = Path.Combine(folder, "as-lvh", "model.safetensors");
        var bytes = File.ReadAllBytes(weights);
        bytes[^1] ^= 1;
        File.WriteAllBytes(weights, bytes);

        Assert.Throws<InvalidDataException>(() => LoadedModels.Load(Path.Combine(folder, "view-gate"), Path.Combine(folder, "as-lvh"), allowSynthetic: true));
    }

    private List<SourceFile> Cines(int count) => [.. Enumerable.Range(0, count).Select(i => Cine("cine" + i))];

    private SourceFile Cine(string name) => new(null, TestCine.Write(Path.Combine(_folder.Path, name + ".dcm"), "2.25.1", "2.25.2", "2.25.3" + name.Length + (char)('0' + name[^1] % 10)));

    private LoadedModels Models(string view = "PLAX", bool saliency = true)
    {
        var folder = TestModels.Write(Path.Combine(_folder.Path, "models"), view, saliency: saliency);
        return LoadedModels.Load(Path.Combine(folder, "view-gate"), Path.Combine(folder, "as-lvh"), allowSynthetic: true);
    }

    private async Task<StudyAnalysis> AnalyzeAsync(
        IReadOnlyList<SourceFile> files, string view = "PLAX", string? forcedView = null, bool saliency = true, AnalysisOptions? options = null)
    {
        using var models = Models(view, saliency);
        return await new StudyAnalyzer(options ?? new AnalysisOptions(), new CodecOptions(), _time).AnalyzeAsync(files, models, forcedView, null, CancellationToken.None);
    }
}
