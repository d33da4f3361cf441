using EchoClr.Retraining.FineTune;
using EchoClr.Retraining.Promotion;
using EchoClr.Shared.Audit;
using EchoClr.Shared.Clips;
using EchoClr.Shared.Data;
using EchoClr.Testing;
using EchoClr.VideoModels.Checkpoints;
using EchoClr.VideoModels.Clips;
using EchoClr.VideoModels.Prediction;

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
            var pixels = new byte[SmallModel.Frames * SmallModel.Side * SmallModel.Side];
            new Random(number).NextBytes(pixels);
            for (var p = 0; p < pixels.Length; p++)
                pixels[p] = (byte)(pixels[p] * (number % 17 + 1) / 17);
            added.Add((await _test.AddOneClipStudyAsync($"study {number}", part, pixels, SmallModel.Side), model.Predict(ClipWindows.Evaluation(pixels, SmallModel.Side, SmallModel.Frames))[0]));
        }
        var labels = added.OrderBy(study => study.Probability).Select((study, place) => new NewLabel(study.Study, "AS", place >= count / 2 ? LabelValue.Present : LabelValue.Absent, "Anna", sawAi));
        await new LabelStore(_test.Database).AddAsync([.. labels], "test", AuditParticipant.Operator(), Rows.Noon, default);
    }

    private Task<ModelRow> ImportAsync(string version, float scale) => SmallModel.ImportAsync(_test, Path.Combine(_folder.Path, version), version, scale);
}
