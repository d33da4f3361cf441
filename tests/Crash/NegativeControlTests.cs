using EchoClr.Crash.Harness;
using EchoClr.Crash.PowerCut;

namespace EchoClr.Crash;

/// <summary>The harness must be able to see a loss: a product without one of its syncs, or one that answers too early, turns it red.</summary>
public sealed class NegativeControlTests : IDisposable
{
    /// <summary>A loss shows at the first kill or the second; more would only prove patience.</summary>
    private const int Kills = 4;

    private readonly string _folder = Scratch.Create($"test-{Guid.NewGuid():N}");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public Task AnswerBeforeTheCommit() => AssertRedAsync("", "answered Success, and", hasty: true);

    [Fact]
    public Task CommitWithoutFsync() => AssertRedAsync("fsync echoclr.db-wal", "the database cannot be read"); // not even the tables are left

    [Theory]
    [Trait("Suite", "long")]
    [InlineData("fsync objects/*/*/*", "has a file of 0 bytes")] // the object's bytes
    [InlineData("fsyncdir objects/*/*", "has no readable file")] // its name
    [InlineData("fsyncdir objects/*", "has no readable file")] // the name of its directory
    [InlineData("fsyncdir objects", "has no readable file")] // and of the directory above
    [InlineData("fsyncdir .", "answered Success, and")] // the names of the database and of the areas
    public Task ReceivingWithoutAnFsync(string ignored, string expected) => AssertRedAsync(ignored, expected);

    [Theory]
    [Trait("Suite", "long")]
    [InlineData("fsync results/*/*/*", "result object")] // the report's bytes
    [InlineData("fsyncdir results/*/*", "result object")]
    [InlineData("fsyncdir results/*", "result object")]
    [InlineData("fsyncdir results", "result object")]
    public Task ReportingWithoutAnFsync(string ignored, string expected) =>
        AssertRedAsync(ignored, expected, point: new KillPoint("stop of report.record", Span: "report.record 1 stop"));

    /// <summary>SQLite writes its log back into the database and then overwrites the log: the database must be on the disk by then.</summary>
    [Fact]
    [Trait("Suite", "long")]
    public Task CheckpointWithoutFsync() => AssertRedAsync("fsync echoclr.db", "", point: new KillPoint("idle", Call: "unlink never 1 before"), stills: 100);

    /// <summary>The same points and losses with every sync in place: it is the missing sync that is seen, nothing else.</summary>
    [Fact]
    [Trait("Suite", "long")]
    public async Task NothingMissing_IsGreen()
    {
        foreach (var (point, stills) in ((KillPoint, int)[])[(AfterAResponse, 0), (new KillPoint("stop of report.record", Span: "report.record 1 stop"), 0), (new KillPoint("idle", Call: "unlink never 1 before"), 100)])
            Assert.Empty(await ViolationsAsync(new CrashOptions { Folder = Path.Combine(_folder, $"{point.Name}"), Seed = 1, Survival = Survival.Nothing, Points = [point], Stills = stills }));
    }

    private static readonly KillPoint AfterAResponse = new("stop of dimse.respond", Span: "dimse.respond 3 stop");

    private async Task AssertRedAsync(string ignored, string expected, bool hasty = false, KillPoint? point = null, int stills = 0)
    {
        var violations = await ViolationsAsync(new CrashOptions
        {
            Folder = Path.Combine(_folder, "run"), Seed = 1, Survival = Survival.Nothing, Points = [point ?? AfterAResponse], IgnoredSyncs = ignored, Hasty = hasty, Stills = stills,
        });
        Assert.Contains(violations, violation => violation.Contains(expected, StringComparison.Ordinal));
    }

    private static async Task<IReadOnlyList<string>> ViolationsAsync(CrashOptions options)
    {
        await using var run = await CrashRun.StartAsync(options);
        await foreach (var verdict in run.KillAsync(Kills, TestContext.Current.CancellationToken))
        {
            if (verdict.Violations.Count > 0)
                return verdict.Violations;
        }
        return [];
    }
}
