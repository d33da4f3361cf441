using System.Diagnostics;

namespace EchoClr.App.Benchmarks;

/// <summary>A benchmark that is a program under <c>tests</c>: nothing of it is referenced here, so this needs the source tree.</summary>
internal static class TestProgram
{
    /// <summary>Runs it on this terminal to its end and returns its exit code.</summary>
    public static async Task<int> RunAsync(string project, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Name; // artifacts/bin/App/release
        var program = Path.Combine(Checkout.RequireRoot(), "artifacts", "bin", project, configuration, $"EchoClr.{project}.dll");
        if (!File.Exists(program))
            throw new CommandException($"tests/{project} is not built; ./echoclr bench builds it");
        var start = new ProcessStartInfo("dotnet", [program, .. arguments]);
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var process = Process.Start(start) ?? throw new CommandException("dotnet does not start; is it on the PATH?");
        try
        {
            await process.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // The terminal sent it the same signal: it ends what it started, and itself.
            await process.WaitForExitAsync(CancellationToken.None);
            throw;
        }
        return process.ExitCode;
    }
}
