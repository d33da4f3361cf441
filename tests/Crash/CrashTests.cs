using EchoClr.App.Demo;
using EchoClr.Crash.Harness;
using EchoClr.Crash.PowerCut;
using EchoClr.Testing;

namespace EchoClr.Crash;

/// <summary>Success means kept (design §5.1 and §5.2): the product is killed at drawn points, its folder loses what was not synced, and every audit finds everything.</summary>
public sealed class CrashTests : IDisposable
{
    /// <summary>Fixed, so that a red run can be made again; other seeds are <c>./echoclr bench crash</c>'s.</summary>
    private const int Seed = 20261120;

    private readonly string _folder = Scratch.Create($"test-{Guid.NewGuid():N}");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public Task TwentyKills_NothingAcknowledgedIsLost() => AssertWholeAsync(20, broker: null, Seed);

    [Fact]
    [Trait("Suite", "long")]
    public Task FiftyKills_BusInMemory_NothingAcknowledgedIsLost() => AssertWholeAsync(50, broker: null, Seed + 1);

    [Fact]
    [Trait("Suite", "long")]
    public async Task FiftyKills_RabbitMq_NothingAcknowledgedIsLost()
    {
        DebianPackage.RequireRabbitMq();
        await using var broker = await RabbitMqBroker.StartAsync(Path.Combine(_folder, "rabbitmq"), TestContext.Current.CancellationToken);
        await AssertWholeAsync(50, broker, Seed + 2);
    }

    /// <summary>Half-sent studies, kills at every response: the sender's word against the store, when the cut is the cruellest.</summary>
    [Fact]
    [Trait("Suite", "long")]
    public async Task EveryResponse_FollowedByAPowerCut_IsTrue()
    {
        var points = Enumerable.Range(1, 3).Select(n => new KillPoint("stop of dimse.respond", Span: $"dimse.respond {n} stop")).ToList();
        await AssertWholeAsync(12, broker: null, Seed + 3, new CrashOptions { Folder = "", Seed = 0, Points = points, Survival = Survival.Nothing });
    }

    private async Task AssertWholeAsync(int kills, RabbitMqBroker? broker, int seed, CrashOptions? options = null)
    {
        options = (options ?? new CrashOptions { Folder = "", Seed = 0 }) with { Folder = Path.Combine(_folder, "run"), Seed = seed, Broker = broker };
        var verdicts = new List<KillVerdict>();
        await using (var run = await CrashRun.StartAsync(options))
        {
            await foreach (var verdict in run.KillAsync(kills, TestContext.Current.CancellationToken))
                verdicts.Add(verdict);
        }
        Assert.All(verdicts, verdict => Assert.True(verdict.Violations.Count == 0, $"kill {verdict.Number} at {verdict.Point}, {verdict.Survival}:\n{string.Join('\n', verdict.Violations)}"));
        Assert.Equal(kills, verdicts.Count);
        // Most lives must end where they were meant to, or the points prove little.
        Assert.True(verdicts.Count(verdict => verdict.Reached) >= kills / 2, $"only {verdicts.Count(verdict => verdict.Reached)} of {kills} kill points were reached");
    }
}
