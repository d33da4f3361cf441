using EchoClr.App.Learning;
using EchoClr.Retraining.Evaluation;
using EchoClr.Retraining.FineTune;
using EchoClr.Testing;
using EchoClr.VideoModels.Checkpoints;
using EchoClr.VideoModels.Prediction;

namespace EchoClr.App.Tests.Learning;

/// <summary>The two models in the tree: what their manifests promise, and that they keep it on phantoms of another seed.</summary>
public sealed class ShippedWeightsTests
{
    private const long MaxBytesTogether = 8 * 1024 * 1024;
    private const double MinAuroc = 0.90;
    private const double MinMacroF1 = 0.95;

    // Neither the seed that trained the models nor that of the demonstration.
    private const long UnseenSeed = 31415;

    [Fact]
    public void Weights_Together_AreSmallEnoughForTheTree() =>
        Assert.InRange(new[] { "view-gate", "as-lvh" }.Sum(name => new FileInfo(Path.Combine(Folder(name), ModelRelease.WeightsFileName)).Length), 1, MaxBytesTogether);

    [Theory]
    [InlineData("view-gate", "macro-F1", MinMacroF1)]
    [InlineData("as-lvh", "AUROC", MinAuroc)]
    public void Manifest_OfAShippedModel_IsSyntheticAndReachesItsBar(string name, string metric, double bar)
    {
        var manifest = ModelRelease.Load(Folder(name)).Manifest; // checks the weights' hash

        Assert.True(manifest.Synthetic);
        var figures = manifest.Metrics.Where(figure => figure.Name == metric).ToList();
        Assert.Equal(manifest.Task == ModelTask.View ? 1 : manifest.Classes.Count, figures.Count);
        Assert.All(figures, figure => Assert.InRange(figure.Value, bar, 1));
    }

    [Fact]
    [Trait("Suite", "long")]
    public void Findings_OnPhantomsOfAnotherSeed_ReachTheBar()
    {
        using var predictor = new Predictor(ModelRelease.Load(Folder("as-lvh")));
        var scored = Score(predictor, patients: 160); // 80 test patients
        var byPatient = scored.GroupBy(clip => clip.Clip.Patient).Select(clips => (
            clips.First().Clip.Targets, Mean: Enumerable.Range(0, 2).Select(c => clips.Average(clip => clip.Probabilities[c])).ToArray())).ToList();

        for (var c = 0; c < 2; c++)
            Assert.InRange(Metrics.Auroc([.. byPatient.Select(patient => patient.Mean[c])], [.. byPatient.Select(patient => patient.Targets[c] > 0.5f)]), MinAuroc, 1);
    }

    [Fact]
    [Trait("Suite", "long")]
    public void Views_OnPhantomsOfAnotherSeed_ReachTheBar()
    {
        using var predictor = new Predictor(ModelRelease.Load(Folder("view-gate")));
        var scored = Score(predictor, patients: 40); // 60 test patients

        var macroF1 = Metrics.MacroF1(
            [.. scored.Select(clip => Array.IndexOf(clip.Probabilities, clip.Probabilities.Max()))], [.. scored.Select(clip => Array.IndexOf(clip.Clip.Targets, 1f))], 5);
        Assert.InRange(macroF1, MinMacroF1, 1);
    }

    [Fact]
    [Trait("Suite", "long")]
    public void Train_SamePlanTwice_GivesTheSameWeights()
    {
        using var folder = new TemporaryFolder();
        var hashes = new[] { "first", "second" }.Select(name =>
        {
            var release = DemoWeights.AsLvh(5, "test");
            var plan = release.Plan with { Epochs = 1, Training = release.Plan.Training with { MixedPrecision = true } };
            var clips = new PhantomClips(ModelTask.Findings, plan.Training.Input, patients: 30, seed: 5, null);
            return ReleaseTraining.Train(release with { Plan = plan }, clips, Path.Combine(folder.Path, name), TimeProvider.System, null, TestContext.Current.CancellationToken).Weights.Sha256;
        }).ToList();

        Assert.Equal(hashes[0], hashes[1]);
    }

    private static List<(TrainingClip Clip, double[] Probabilities)> Score(Predictor predictor, int patients)
    {
        var manifest = predictor.Manifest;
        var clips = new PhantomClips(manifest.Task, manifest.Input, patients, UnseenSeed, null).Read(DataPart.Test, TestContext.Current.CancellationToken);
        return [.. clips.Select(clip => (clip, predictor.Predict(ClipWindows.Evaluation(clip.Pixels, manifest.Input.Size, manifest.Input.Frames))))];
    }

    private static string Folder(string name) => Path.Combine(RealData.RepositoryRoot, "models", name);
}
