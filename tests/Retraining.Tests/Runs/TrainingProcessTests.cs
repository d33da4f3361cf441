using EchoClr.Retraining.Runs;
using EchoClr.Shared.Data;
using EchoClr.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace EchoClr.Retraining.Tests.Runs;

/// <summary>The process around a run, with a shell in the place of the program.</summary>
public sealed class TrainingProcessTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    [Fact]
    public async Task Run_Ends_TellsHow_AndWhatItSaid()
    {
        var lines = new List<string>();
        Assert.Equal(TrainingEnd.Succeeded, await Shell($"echo one $0; nice; exit {TrainingProcess.ExitCodeOf(TrainingEnd.Succeeded)}").RunAsync(7, lines.Add, default));
        Assert.Equal(["one 7", "10"], lines); // the run's id, and the niceness it runs at
        Assert.Equal(TrainingEnd.Failed, await Shell($"exit {TrainingProcess.ExitCodeOf(TrainingEnd.Failed)}").RunAsync(7, _ => { }, default));
        Assert.Null(await Shell("kill -9 $$").RunAsync(7, _ => { }, default));
        Assert.Null(await Shell("exit 1").RunAsync(7, _ => { }, default));
    }

    [Fact]
    public async Task Run_Cancelled_ClosesItsInputAndWaitsForItsLastWord()
    {
        using var stop = new CancellationTokenSource();
        var lines = new List<string>();
        var end = await Shell($"echo begun; cat >/dev/null; echo kept; exit {TrainingProcess.ExitCodeOf(TrainingEnd.GivenBack)}").RunAsync(7, line =>
        {
            lines.Add(line);
            stop.Cancel();
        }, stop.Token);

        Assert.Equal(TrainingEnd.GivenBack, end);
        Assert.Equal(["begun", "kept"], lines);
    }

    [Fact]
    public async Task Keeper_RunThatWaits_IsWorkedOn_ButNeverTwoAtOnce()
    {
        await using var test = await TestDatabase.CreateAsync();
        var runs = new TrainingRunStore(test.Database);
        var time = new ManualTime(Rows.Noon);
        var first = await CreateAsync("first");
        var second = await CreateAsync("second");
        var lease = (await runs.TryTakeAsync(first, "another machine", Rows.Noon, TrainingWorker.Lease, default))!;
        var seen = Path.Combine(folder.Path, "seen");
        using var keeper = new TrainingKeeper(runs, Shell($"echo $0 >> '{seen}'; exit {TrainingProcess.ExitCodeOf(TrainingEnd.NotTaken)}"), time, NullLogger<TrainingKeeper>.Instance);

        await keeper.StartAsync(default);
        time.Advance(TimeSpan.FromSeconds(30));
        Assert.False(File.Exists(seen)); // the other machine's is running
        await runs.FinishAsync(lease, TrainingRunState.Succeeded, "{}", null, Rows.Noon, default);
        await Eventually.IsTrueAsync(() =>
        {
            time.Advance(TimeSpan.FromSeconds(15));
            return File.Exists(seen) && new FileInfo(seen).Length > 0;
        }, "the keeper began the run that waits");
        await keeper.StopAsync(default);

        Assert.Equal($"{second}", (await File.ReadAllLinesAsync(seen)).First());

        async Task<long> CreateAsync(string name) => (await runs.CreateAsync(new NewTrainingRun(null, Rows.Noon, "{}", Rows.Sha256(name)[..32]), default))!.Value;
    }

    public void Dispose() => folder.Dispose();

    /// <summary>$0 is the run's id.</summary>
    private static TrainingProcess Shell(string script) => new(new TrainingProgram("sh", ["-c", script], new Dictionary<string, string?>()));
}
