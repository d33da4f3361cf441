using EchoClr.Dicom.Codecs;
using EchoClr.Inference.Analysis;
using EchoClr.Inference.Models;
using EchoClr.Inference.Tests.World;
using EchoClr.Shared.Data;
using EchoClr.Testing;

namespace EchoClr.Inference.Tests.Analysis;

/// <summary>Real files with the view forced, as the command line does it. The models are tiny: what counts is what is read, refused and written.</summary>
public sealed class RealCinesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task BModeCines_ReachAProbability_AndColourIsRefusedAsColour()
    {
        var outcomes = await AnalyzeAsync("echo_cine");

        Assert.Equal(20, outcomes.Count);
        Assert.True(outcomes.Count(outcome => outcome.Used) >= 8, Describe(outcomes));
        // By eye, after the manifest's notes.
        foreach (var name in new[] { "go-dicom__I_000003.dcm", "go-dicom__I_000005.dcm", "octave-dicom__US-PAL-8-10x-echo.dcm", "dicomParser__IM00001.implicit_little_endian.dcm" })
            Assert.Equal("colour Doppler", Outcome(outcomes, name).Reason);
        Assert.All(["go-dicom__I_000001.dcm", "go-dicom__I_000031.dcm", "pydicom__examples_ybr_color.dcm"], name => Assert.True(Outcome(outcomes, name).Used, Outcome(outcomes, name).Reason));
    }

    [Theory]
    [InlineData("echo_still")]
    [InlineData("malformed_echo")]
    [InlineData("malformed")]
    [InlineData("not_dicom")]
    [InlineData("other_modality")]
    [InlineData("us_nonecho")]
    public async Task EverythingElse_EndsWithAReasonAndWithoutACrash(string folder)
    {
        var outcomes = await AnalyzeAsync(folder);

        Assert.NotEmpty(outcomes);
        Assert.All(outcomes, outcome => Assert.True(outcome.Used || outcome.Reason is { Length: > 0 and < 300 }, outcome.File.Path));
        Assert.All(outcomes, outcome => Assert.DoesNotContain('\n', outcome.Reason ?? ""));
        if (folder is "echo_still" or "not_dicom" or "other_modality")
            Assert.All(outcomes, outcome => Assert.False(outcome.Used, Path.GetFileName(outcome.File.Path)));
    }

    private async Task<List<CineOutcome>> AnalyzeAsync(string folder)
    {
        var files = Directory.EnumerateFiles(Path.Combine(RealData.RequireRoot(), folder)).Order().ToList();
        var models = TestModels.Write(Path.Combine(_folder.Path, "models"));
        using var loaded = LoadedModels.Load(Path.Combine(models, "view-gate"), Path.Combine(models, "as-lvh"), allowSynthetic: true);
        var analysis = await new StudyAnalyzer(new AnalysisOptions(), new CodecOptions(), TimeProvider.System)
            .AnalyzeAsync([.. files.Select(file => new SourceFile(null, file))], loaded, "PLAX", null, CancellationToken.None);
        Assert.Equal(analysis.Outcomes.Any(outcome => outcome.Used), analysis.State == AnalysisState.Analyzed);
        return [.. analysis.Outcomes];
    }

    private static CineOutcome Outcome(List<CineOutcome> outcomes, string name) => Assert.Single(outcomes, outcome => Path.GetFileName(outcome.File.Path) == name);

    private static string Describe(List<CineOutcome> outcomes) => string.Join("\n", outcomes.Select(outcome => $"{Path.GetFileName(outcome.File.Path)}: {(outcome.Used ? "used" : outcome.Reason)}"));
}
