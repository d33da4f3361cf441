using System.Diagnostics;
using EchoClr.Testing;

namespace EchoClr.Crash.PowerCut;

/// <summary>The instrument itself: what a process that really ran leaves behind after a power cut, by how much it synced.</summary>
public sealed class RebuiltFolderTests : IDisposable
{
    private const int Killed = 137;

    private readonly TemporaryFolder _folder = new();

    public RebuiltFolderTests()
    {
        Directory.CreateDirectory(Data);
        Directory.CreateDirectory(Shadows);
        File.WriteAllText(Path.Combine(Data, "a"), "old");
    }

    private string Data => Path.Combine(_folder.Path, "data");
    private string Shadows => Path.Combine(_folder.Path, "shadow");
    private string JournalFile => Path.Combine(_folder.Path, "journal");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("overwrite", "a=new", "a=old")]
    [InlineData("overwrite, fsync", "a=new", "a=new")]
    [InlineData("create", "a=old b=new", "a=old")]
    [InlineData("create, fsync", "a=old b=new", "a=old")]
    [InlineData("create, fsync of the directory only", "a=old b=new", "a=old b=")]
    [InlineData("create, fsync, fsync of the directory", "a=old b=new", "a=old b=new")]
    [InlineData("append, fsync, append", "a=old one two", "a=old one")]
    [InlineData("truncate", "a=o", "a=old")]
    [InlineData("truncate on opening", "a=n", "a=old")]
    [InlineData("delete", "", "a=old")]
    [InlineData("delete, fsync of the directory", "", "")]
    [InlineData("durable file over another", "a=new", "a=new")]
    [InlineData("rename over another", "a=new", "a=old b=new")]
    [InlineData("move without overwriting", "b=old", "a=old")]
    [InlineData("all synced below a directory that is not", "a=old d/b=new", "a=old")]
    [InlineData("taken over", "a=old objects/aa/bb/b=new", "a=old objects/aa/bb/b=new")]
    [InlineData("copy", "a=old b=old", "a=old")]
    public void AfterADeath_WhatWasSyncedIsThere(string scenario, string afterADeath, string afterAPowerCut)
    {
        Run(scenario);
        Assert.Equal(afterADeath, Contents());
        Rebuild(Survival.Everything);
        Assert.Equal(afterADeath, Contents());
        Rebuild(Survival.Nothing);
        Assert.Equal(afterAPowerCut, Contents());
    }

    [Theory]
    [InlineData("fsync objects/*/*/*", "a=old objects/aa/bb/b=")]
    [InlineData("fsyncdir objects/aa/bb", "a=old")]
    [InlineData("fsyncdir objects/aa", "a=old")]
    [InlineData("fsyncdir objects", "a=old")]
    [InlineData("fsyncdir .", "a=old")]
    public void TakenOver_WithoutOneOfItsSyncs_IsLost(string ignored, string afterAPowerCut)
    {
        Run("taken over", ignored: ignored);
        Rebuild(Survival.Nothing);
        // Without the name of its directory a file may still be found under the one that it had before.
        Assert.Equal(afterAPowerCut, string.Join(' ', Contents().Split(' ').Where(file => !file.StartsWith("spool", StringComparison.Ordinal))));
    }

    [Fact]
    public void SomePages_SurviveInAnyMixture()
    {
        File.WriteAllBytes(Path.Combine(Data, "pages"), [.. Enumerable.Repeat((byte)'o', 64 * 4096)]);
        Run("many pages");
        Rebuild(Survival.Some);

        var pages = File.ReadAllBytes(Path.Combine(Data, "pages")).Chunk(4096).Select(page => Assert.Single(page.Distinct())).ToList();
        Assert.Equal(64, pages.Count);
        Assert.Equal("no", string.Concat(pages.Distinct().Order().Select(page => (char)page)));
    }

    [Theory]
    [InlineData("write a 1 before", "a=old")]
    [InlineData("write a 1 half", "a=nld")]
    [InlineData("write a 1 after", "a=new")]
    [InlineData("write b 1 before", "a=new")]
    public void KillPoint_EndsTheProcessThere(string point, string afterADeath)
    {
        Run("overwrite", kill: point);
        Assert.Equal(afterADeath, Contents());
    }

    [Fact]
    public void TornJournal_IsReadToItsLastWholeRecord()
    {
        Run("create, fsync, fsync of the directory");
        var records = Journal.Read(JournalFile);
        using (var journal = File.OpenWrite(JournalFile))
            journal.SetLength(journal.Length - 3);
        Assert.Equal(records.SkipLast(1).Select(record => record.Sequence), Journal.Read(JournalFile).Select(record => record.Sequence));
    }

    [Fact]
    public void CallThatTheModelDoesNotKnow_EndsTheProcessWithAWord()
    {
        var (exitCode, said) = Execute("shared mapping", "", "");
        Assert.Equal(97, exitCode);
        Assert.Contains("a writable shared mapping of a file in the folder", said, StringComparison.Ordinal);
    }

    private void Run(string scenario, string ignored = "", string kill = "")
    {
        var (exitCode, said) = Execute(scenario, ignored, kill);
        Assert.True(exitCode == Killed, said);
    }

    private (int ExitCode, string Said) Execute(string scenario, string ignored, string kill)
    {
        var control = Path.Combine(_folder.Path, "control");
        File.WriteAllBytes(control, [1, .. new byte[15]]);
        var start = new ProcessStartInfo("dotnet", [typeof(RebuiltFolderTests).Assembly.Location, "scenario", scenario, Data]) { RedirectStandardError = true };
        start.Environment["LD_PRELOAD"] = Path.Combine(AppContext.BaseDirectory, "libpowercut.so");
        start.Environment["POWERCUT_FOLDER"] = Data;
        start.Environment["POWERCUT_SHADOW"] = Shadows;
        start.Environment["POWERCUT_JOURNAL"] = JournalFile;
        start.Environment["POWERCUT_CONTROL"] = control;
        start.Environment["POWERCUT_KILL"] = kill;
        start.Environment["POWERCUT_IGNORE"] = ignored;
        using var process = Process.Start(start)!;
        var said = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, said);
    }

    private void Rebuild(Survival survival)
    {
        using var folder = new RebuiltFolder(Data, Shadows, Journal.Read(JournalFile), survival, new Random(7));
        folder.Rebuild();
    }

    private string Contents() => string.Join(' ', Directory.EnumerateFiles(Data, "*", SearchOption.AllDirectories)
        .Select(file => $"{Path.GetRelativePath(Data, file)}={(new FileInfo(file).Length > 100 ? "long" : File.ReadAllText(file))}").Order(StringComparer.Ordinal));
}
