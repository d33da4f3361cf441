using EchoClr.Shared.Data;
using EchoClr.Testing;

namespace EchoClr.Shared.Tests.Data;

public sealed class ExperimentStoreTests
{
    private static readonly ExperimentCellRow cell = new()
    {
        Arm = "random", Budget = 0.01, PretrainingSeed = 0, Seed = 1, LearningRate = 3e-4, ValidationLoss = 0.69, Scores = "[[0.1,0.2]]", Environment = "a processor", Seconds = 2,
    };

    [Theory, EachDatabase]
    public async Task Begin_Again_GivesTheExperimentAsItWasBegun(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        var store = new ExperimentStore(test.Database);
        var first = await store.BeginAsync(new NewExperiment("label-efficiency", "cpu", "{}", "phantoms", "clips", "[]"), Rows.Noon, default);

        var again = await store.BeginAsync(new NewExperiment("label-efficiency", "cpu", """{"other":1}""", "others", "others", "[1]"), Rows.Noon.AddDays(1), default);

        Assert.Equal(first, again);
        Assert.Equal(("{}", "phantoms", "clips", "[]", Rows.Noon), (again.ExperimentPlan, again.PhantomSha256, again.CohortSha256, again.Subjects, again.BegunAt));
        Assert.NotEqual(first.Id, (await store.BeginAsync(new NewExperiment("label-efficiency", "gpu", "{}", "p", "c", "[]"), Rows.Noon, default)).Id);
    }

    [Theory, EachDatabase]
    public async Task RecordCell_Twice_TheFirstStands(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        var store = new ExperimentStore(test.Database);
        var id = (await store.BeginAsync(new NewExperiment("label-efficiency", "cpu", "{}", "p", "c", "[]"), Rows.Noon, default)).Id;

        Assert.True(await store.RecordCellAsync(id, cell, Rows.Noon, default));
        Assert.False(await store.RecordCellAsync(id, cell with { ValidationLoss = 0.1 }, Rows.Noon, default));
        Assert.True(await store.RecordCellAsync(id, cell with { LearningRate = 1e-3, Scores = null }, Rows.Noon, default));

        var cells = await store.ListCellsAsync(id, default);
        Assert.Equal(cell, cells[0]); // budget and rate come back to the last bit: they are the cell's name
        Assert.Null(cells[1].Scores);
    }

    [Theory, EachDatabase]
    public async Task Encoder_AskedForTwice_IsOneRun_AndForgettingLeavesIt(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        var (store, runs) = (new ExperimentStore(test.Database), new TrainingRunStore(test.Database));
        var id = (await store.BeginAsync(new NewExperiment("label-efficiency", "cpu", "{}", "p", "c", "[]"), Rows.Noon, default)).Id;
        await store.RecordCellAsync(id, cell, Rows.Noon, default);

        var run = await store.EncoderAsync(id, "paper", 1, new NewTrainingRun(null, Rows.Noon, "{}", Rows.Sha256("one")[..32]), default);
        Assert.Equal(run, await store.EncoderAsync(id, "paper", 1, new NewTrainingRun(null, Rows.Noon, "{}", Rows.Sha256("two")[..32]), default));
        Assert.NotEqual(run, await store.EncoderAsync(id, "paper", 2, new NewTrainingRun(null, Rows.Noon, "{}", Rows.Sha256("three")[..32]), default));
        var listed = await store.ListEncodersAsync(id, default);
        Assert.Equal([("paper", 1L, run, TrainingRunState.Waiting), ("paper", 2L, listed[1].TrainingRunId, TrainingRunState.Waiting)], listed.Select(row => (row.Arm, row.Seed, row.TrainingRunId, row.State)));

        Assert.True(await store.ForgetAsync("label-efficiency", "cpu", default));
        Assert.False(await store.ForgetAsync("label-efficiency", "cpu", default));
        Assert.Null(await store.FindAsync("label-efficiency", "cpu", default));
        Assert.Empty(await store.ListCellsAsync(id, default));
        Assert.Equal(2, (await runs.ListAsync(default)).Count);
    }
}
