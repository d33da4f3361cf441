using System.Diagnostics;
using EchoClr.Shared.Data;
using EchoClr.Testing;

namespace EchoClr.App.Tests.Commands;

/// <summary><c>migrate</c> as an operator runs it.</summary>
public sealed class MigrateCommandTests : IDisposable
{
    private static readonly int Newest = Migrator.ForProvider(DatabaseProvider.Sqlite)[^1].Number;

    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        _folder.Dispose();
    }

    [Fact]
    public async Task TwoProcessesAtOnce_ApplyEachMigrationOnce_AndAThirdNothing()
    {
        var outputs = await Task.WhenAll(ProcessAsync(), ProcessAsync());
        Assert.All(outputs, output => Assert.StartsWith($"schema {Newest}, ", output, StringComparison.Ordinal));
        Assert.Equal(Migrator.ForProvider(DatabaseProvider.Sqlite).Count, outputs.Sum(output => int.Parse(output.Split(' ')[2])));
        Assert.Equal($"schema {Newest}, 0 migrations applied now", (await RunAsync("migrate")).Output.Trim());
    }

    [Fact]
    public async Task MigrateAtStartOff_CommandsRefuseUntilMigrateRan()
    {
        Directory.CreateDirectory(_folder.Path);
        await File.WriteAllBytesAsync(Path.Combine(_folder.Path, "echoclr.db"), []);
        var refused = await RunAsync("parked", "list", "--set", "Data:MigrateAtStart=false");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains($"has schema 0 and this program needs {Newest}, and Data:MigrateAtStart is off; run ./echoclr migrate", refused.Error, StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync("migrate", "--set", "Data:MigrateAtStart=false")).ExitCode);
        Assert.Equal(0, (await RunAsync("parked", "list", "--set", "Data:MigrateAtStart=false")).ExitCode);
    }

    [Fact]
    public async Task NoServer_SaysSo()
    {
        var run = await RunAsync("migrate", "--set", "Data:ConnectionString=Data Source=/nonexistent/echoclr.db");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("was not migrated", run.Error, StringComparison.Ordinal);
    }

    private async Task<string> ProcessAsync()
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", [typeof(Terminal).Assembly.Location, "migrate", "--data", _folder.Path]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await errors);
        return output;
    }

    private async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var exitCode = await CommandLine.RunAsync([.. arguments, "--data", _folder.Path], new Terminal(output, error, interactive: false));
        return (exitCode, output.ToString(), error.ToString());
    }
}
