using System.Text.RegularExpressions;
using EchoClr.Crash.Harness;
using EchoClr.Crash.PowerCut;
using EchoClr.Testing;

namespace EchoClr.Crash;

/// <summary>The proof is as good as its journal: no change of the data folder may go past the preloaded library. The kernel's own list of the calls says whether one did.</summary>
public sealed partial class PreloadedLibraryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>A whole life, from the first start to a confirmed report. What the library does it does by the newer calls (pwritev, renameat2 …), so that the older ones, which programs use, tell of a leak.</summary>
    [Fact]
    [Trait("Suite", "long")]
    public async Task WholeLife_EveryChangeOfTheDataFolder_GoesThroughTheLibrary()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/strace"), "no strace here (Debian: strace)");
        var trace = Path.Combine(_folder.Path, "strace");
        var options = new CrashOptions
        {
            Folder = Path.Combine(_folder.Path, "run"), Seed = 1, Strace = trace, Survival = Survival.Everything,
            Points = [new KillPoint("stop of delivery.record-sent", Span: "delivery.record-sent 1 stop")],
        };
        await using (var run = await CrashRun.StartAsync(options))
        {
            await foreach (var verdict in run.KillAsync(1, TestContext.Current.CancellationToken))
                Assert.True(verdict is { Reached: true, Violations.Count: 0 }, string.Join('\n', verdict.Violations));
        }
        var calls = ((string[])[trace + ".1", trace + ".2"]).SelectMany(File.ReadLines)
            .Where(line => line.Contains(Path.Combine(options.Folder, "data") + "/", StringComparison.Ordinal) && !line.Contains("-shm", StringComparison.Ordinal));
        var names = calls.Select(line => Call().Match(line).Groups[1].Value).Where(name => name.Length > 0).ToHashSet();
        Assert.Superset(new HashSet<string> { "pwritev", "renameat2", "mkdirat", "unlinkat" }, names);
        Assert.Subset(new HashSet<string> { "pwritev", "writev", "renameat2", "mkdirat", "unlinkat", "linkat", "ftruncate" }, names);
    }

    /// <summary>strace -f: process id, call; a resumed call was named when it began.</summary>
    [GeneratedRegex(@"^\d+ +([a-z0-9_]+)\(")]
    private static partial Regex Call();
}
