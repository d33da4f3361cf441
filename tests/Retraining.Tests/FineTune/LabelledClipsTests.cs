using EchoClr.Retraining.Cohorts;
using EchoClr.Retraining.FineTune;
using EchoClr.Shared.Audit;
using EchoClr.Shared.Clips;
using EchoClr.Shared.Data;
using EchoClr.Shared.Storage;
using EchoClr.Testing;
using EchoClr.VideoModels.Checkpoints;
using EchoClr.VideoModels.Clips;

namespace EchoClr.Retraining.Tests.FineTune;

public sealed class LabelledClipsTests : IAsyncLifetime
{
    private static readonly ModelInput Input = new(4, 12, 50, 0.2, 0.2);
    private TestDatabase _test = null!;

    public async ValueTask InitializeAsync() => _test = await TestDatabase.CreateAsync();

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Fact]
    public async Task Read_StudiesWithEveryLabel_OnTheirPatientsSide()
    {
        await AddAsync("trained", DataPart.Training, ("AS", LabelValue.Present, true), ("My-label", LabelValue.Absent, false));
        await AddAsync("tested", DataPart.Test, ("AS", LabelValue.Absent, false), ("My-label", LabelValue.Present, false));
        await AddAsync("half", DataPart.Training, ("AS", LabelValue.Present, false));
        await AddAsync("unsure", DataPart.Training, ("AS", LabelValue.Unsure, false), ("My-label", LabelValue.Present, false));
        await AddAsync("seen", DataPart.Test, ("AS", LabelValue.Absent, true), ("My-label", LabelValue.Present, false)); // the AI was on the screen: not for the test

        var clips = await LabelledClips.OpenAsync(new LabelStore(_test.Database), new ClipStore(_test.Database), _test.Blobs, ["My-label", "AS"], "PLAX", 0.5, Input, default);

        var training = Assert.Single(clips.Read(DataPart.Training, default));
        Assert.Equal([0, 1], training.Targets);
        Assert.Equal((Rows.Sha256("trained"), 8 * 12 * 12), (training.Study, training.Pixels.Length));
        Assert.Equal([1, 0], Assert.Single(clips.Read(DataPart.Test, default)).Targets);
        Assert.Empty(clips.Read(DataPart.Validation, default));
        Assert.Contains("patients: 1 for training, 0 for validation, 1 for test; cohort ", clips.Description, StringComparison.Ordinal);
    }

    private async Task AddAsync(string study, DataPart part, params (string Name, LabelValue Value, bool SawAi)[] labels)
    {
        var row = await _test.AddOneClipStudyAsync(study, part, new byte[8 * 24 * 24], 24);
        await new LabelStore(_test.Database).AddAsync([.. labels.Select(label => new NewLabel(row, label.Name, label.Value, "Anna", label.SawAi))], "test", AuditParticipant.Operator(), Rows.Noon, default);
    }
}
