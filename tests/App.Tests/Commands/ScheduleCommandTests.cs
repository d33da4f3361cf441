using EchoClr.Testing;

namespace EchoClr.App.Tests.Commands;

/// <summary><c>schedule</c> as an administrator types it.</summary>
public sealed class ScheduleCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task SetListNextRunPauseResume()
    {
        var set = await RunAsync("schedule", "set", "weekly", "0 2 * * SUN", "--zone", "Europe/Berlin", "--quiet", "01:00-04:00", "--by", "Anna");
        Assert.Equal((0, ""), (set.ExitCode, set.Error));
        Assert.Contains("Sun ", set.Output, StringComparison.Ordinal);
        Assert.Contains("begins when quiet hours end, Sun", set.Output, StringComparison.Ordinal);
        Assert.Equal(3, (await RunAsync("schedule", "next", "weekly", "--count", "3")).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Equal(0, (await RunAsync("schedule", "set", "weekly", "0 2 * * SUN", "--labels", "AS, MR")).ExitCode);
        Assert.Contains("weekly", (await RunAsync("schedule", "list")).Output, StringComparison.Ordinal);

        Assert.Contains("waits for a training worker", (await RunAsync("schedule", "run", "weekly", "--by", "Anna")).Output, StringComparison.Ordinal);
        Assert.Contains("never two at once", (await RunAsync("schedule", "run", "weekly")).Error, StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync("schedule", "pause", "weekly", "--by", "Bela")).ExitCode);
        Assert.Contains("paused already", (await RunAsync("schedule", "pause", "weekly")).Error, StringComparison.Ordinal);
        Assert.Contains("paused by Bela", (await RunAsync("schedule", "list")).Output, StringComparison.Ordinal);
        Assert.Contains("\"enabled\": false", (await RunAsync("schedule", "list", "--json")).Output, StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync("schedule", "resume", "weekly")).ExitCode);
    }

    [Fact]
    public async Task WhatCannotWork_SaysWhy()
    {
        Assert.Contains("no cron expression", (await RunAsync("schedule", "set", "weekly", "never")).Error, StringComparison.Ordinal);
        Assert.Contains("no time zone", (await RunAsync("schedule", "set", "weekly", "0 2 * * *", "--zone", "Mars/Olympus")).Error, StringComparison.Ordinal);
        var plan = Path.Combine(_folder.Path, "plan.json");
        await File.WriteAllTextAsync(plan, """{"recipe":"echoclr+","steps":0}""");
        Assert.Contains("steps must be above 0", (await RunAsync("schedule", "set", "weekly", "0 2 * * *", "--plan", plan)).Error, StringComparison.Ordinal);
        Assert.Contains("findings are named once each", (await RunAsync("schedule", "set", "weekly", "0 2 * * *", "--labels", "AS,AS")).Error, StringComparison.Ordinal);
        await File.WriteAllTextAsync(plan, """{"recipe":"none"}""");
        Assert.NotEqual(0, (await RunAsync("schedule", "set", "weekly", "0 2 * * *", "--plan", plan)).ExitCode);
        Assert.Contains("there is no schedule weekly", (await RunAsync("schedule", "run", "weekly")).Error, StringComparison.Ordinal);
        Assert.Contains("no schedule;", (await RunAsync("schedule", "list")).Output, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        _folder.Dispose();
    }

    private async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var exitCode = await CommandLine.RunAsync([.. arguments, "--data", _folder.Path], new Terminal(output, error, interactive: false));
        return (exitCode, output.ToString(), error.ToString());
    }
}
