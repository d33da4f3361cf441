using EchoClr.Retraining.Cohorts;
using EchoClr.Retraining.FineTune;
using EchoClr.Retraining.Promotion;
using EchoClr.Shared.Audit;
using EchoClr.Shared.Clips;
using EchoClr.Shared.Data;
using EchoClr.Shared.Storage;
using EchoClr.Testing;
using EchoClr.VideoModels.Checkpoints;
using EchoClr.VideoModels.Clips;
using EchoClr.VideoModels.Networks;
using EchoClr.VideoModels.Prediction;
#if TORCHSHARP
using TorchSharp;
#else
using EchoClr.Torch;
#endif

namespace EchoClr.Retraining.Tests.Promotion;

/// <summary>Two tiny networks before the gate, over clips and labels in a real database.</summary>
public sealed class ModelJudgementTests : IAsyncLifetime
{
    private static readonly JudgedClips Which = new("PLAX", 0.5);
    private readonly TemporaryFolder _folder = new();
    private TestDatabase _test = null!;
    private ModelRow _serving = null!;

    public async ValueTask InitializeAsync()
    {
        _test = await TestDatabase.CreateAsync();
        _serving = await ImportAsync("serving", scale: 1);
    }

    public async ValueTask DisposeAsync()
    {
        await _test.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task NothingInService_OrTheSameModel_CannotBeJudged()
    {
        Assert.Contains("the first is promoted without a gate", (await Assert.ThrowsAsync<InvalidOperationException>(() => JudgeAsync(_serving))).Message, StringComparison.Ordinal);
        await new ModelStore(_test.Database).PromoteAsync(_serving.Id, "test", Rows.Noon, default);
        Assert.Contains("is the one in service", (await Assert.ThrowsAsync<InvalidOperationException>(() => JudgeAsync(_serving))).Message, StringComparison.Ordinal);
    }

    /// <summary>Labels that follow the model in service: one that ranks alike passes and enters its shadow period, one that ranks the other way round does not.</summary>
    [Fact]
    public async Task Judge_ByBlindLabelsOfTestPatients()
    {
        await new ModelStore(_test.Database).PromoteAsync(_serving.Id, "test", Rows.Noon, default);
        var alike = await ImportAsync("alike", scale: 1.001f);
        var reversed = await ImportAsync("reversed", scale: -1);
        Assert.Contains("not enough labels: 0 positive and 0 negative", (await JudgeAsync(alike)).Reason, StringComparison.Ordinal);

        await AddStudiesAsync(64, DataPart.Test, sawAi: false);
        await AddStudiesAsync(5, DataPart.Training, sawAi: false); // learned from: not judged by
        await AddStudiesAsync(5, DataPart.Test, sawAi: true); // their readers saw the AI: not judged by
        var passed = await JudgeAsync(alike);
        Assert.True(passed.Passed, passed.Reason);
        Assert.Contains("\"studies\":64,\"patients\":64,\"positives\":32", passed.Details, StringComparison.Ordinal);
        Assert.NotNull((await new ModelStore(_test.Database).FindAsync(alike.Id, default))!.ShadowSince);

        var failed = await JudgeAsync(reversed);
        Assert.False(failed.Passed);
        Assert.Contains("its AUROC may be worse by", failed.Reason, StringComparison.Ordinal);
        Assert.Null((await new ModelStore(_test.Database).FindAsync(reversed.Id, default))!.ShadowSince);
        Assert.Equal(passed.LabelSetSha256, failed.LabelSetSha256); // the same set
        await AddStudiesAsync(1, DataPart.Test, sawAi: false);
        Assert.NotEqual(passed.LabelSetSha256, (await JudgeAsync(reversed)).LabelSetSha256);
    }

    private Task<VerdictRow> JudgeAsync(ModelRow model) => new ModelJudgement(
        new ModelStore(_test.Database), new PromotionStore(_test.Database), new LabelStore(_test.Database), new ClipStore(_test.Database), _test.Blobs, new GateRules(), new ManualTime())
        .JudgeAsync(model, Which, AuditParticipant.Operator(), "Anna", null, default);

    private int _studies;

    /// <summary>Studies of one clip each, of random pictures; the brighter half for the model in service is labelled as having AS.</summary>
    private async Task AddStudiesAsync(int count, DataPart part, bool sawAi)
    {
        using var model = new Predictor(ModelRelease.Load(_serving.Folder));
        var added = new List<(long Study, double Probability)>();
        for (var i = 0; i < count; i++)
        {
            var number = _studies++;
            var version = await _test.CompleteStudyAsync($"study {number}", cines: 1);
            var pixels = new byte[8 * 24 * 24];
            new Random(number).NextBytes(pixels);
            for (var p = 0; p < pixels.Length; p++)
                pixels[p] = (byte)(pixels[p] * (number % 17 + 1) / 17);
            var key = BlobStore.NewKey(BlobStore.Clips, ".clip");
            var path = _test.Blobs.PathOf(key);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            var file = ClipFile.ToBytes(pixels, 24, 24, [.. Enumerable.Range(0, 8).Select(t => TimeSpan.FromMilliseconds(50 * t))]);
            await File.WriteAllBytesAsync(path, file);
            var instance = (await new StudyStore(_test.Database).ListInstancesAsync(version.Id, default))[0].Id;
            Assert.True(await new ClipStore(_test.Database).AddAsync(
                new NewClip(instance, ClipFormat.Pipeline, key, "x", file.Length, 8, 24, 24, 350, Patient(number, part), Rows.Sha256($"s{number}"), "FrameTime", "PLAX", 0.9, null, null, Rows.Noon, "t"), default));
            added.Add((version.StudyId, model.Predict(ClipWindows.Evaluation(pixels, 24, 8))[0]));
        }
        var labels = added.OrderBy(study => study.Probability).Select((study, place) => new NewLabel(study.Study, "AS", place >= count / 2 ? LabelValue.Present : LabelValue.Absent, "Anna", sawAi));
        await new LabelStore(_test.Database).AddAsync([.. labels], "test", AuditParticipant.Operator(), Rows.Noon, default);
    }

    /// <summary>A key of a patient who stands on that side.</summary>
    private static string Patient(int number, DataPart part) => Enumerable.Range(0, 1000).Select(i => Rows.Sha256($"patient {number} {i}")).First(key => CohortSplit.Of(key) == part);

    private async Task<ModelRow> ImportAsync(string version, float scale)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder.Path, version)).FullName;
        torch.manual_seed(7);
        using var network = new R3D18(width: 2, 1);
        var weights = network.state_dict();
        // About one half for everything, so that a model whose ranking is right is also calibrated well enough.
        weights["fc.bias"] = torch.tensor(new float[1]);
        weights["fc.weight"] = torch.tensor(Enumerable.Repeat(0.02f * scale, 16).ToArray()).reshape(1, 16);
        var file = Path.Combine(folder, ModelRelease.WeightsFileName);
        SafeTensors.Write(file, weights);
        var manifest = new ModelManifest
        {
            Name = "as-lvh", Version = version, Task = ModelTask.Findings, Width = 2, Classes = ["AS"], Input = new ModelInput(8, 24, 50, 0.2, 0.2), Calibration = Calibration.None(ModelTask.Findings, 1),
            Thresholds = [new Thresholds("AS", 0.5, 0.9)], Weights = new WeightsFile(ModelRelease.WeightsFileName, ModelRelease.Hash(File.ReadAllBytes(file)), "float32"), Command = "tests", Seed = 7,
            Data = "none", Metrics = [], Synthetic = true, IntendedUse = "tests", Environment = "tests",
        };
        manifest.Write(Path.Combine(folder, ModelManifest.FileName));
        return await new ModelStore(_test.Database).ImportAsync(new NewModel("as-lvh", "as-lvh", version, manifest.Weights.Sha256, "{}", folder, true), Rows.Noon, default);
    }
}
