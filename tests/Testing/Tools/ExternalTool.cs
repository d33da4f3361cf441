using System.Diagnostics;
using Xunit;

namespace EchoClr.Testing.Tools;

/// <summary>What a program answered.</summary>
public sealed record ToolResult(int ExitCode, string Output, string Error)
{
    public IReadOnlyList<string> Lines => [.. (Output + "\n" + Error).Split('\n').Select(line => line.TrimEnd()).Where(line => line.Length > 0)];
}

/// <summary>Runs a program of another project to its end. A test that needs one skips, naming the Debian package, where it is not installed.</summary>
public static class ExternalTool
{
    /// <param name="package">The Debian package that brings the program.</param>
    public static async Task<ToolResult> RunAsync(string package, string program, IEnumerable<string> arguments, TimeSpan? timeout = null, string? javaOptions = null)
    {
        var path = Find(program);
        Assert.SkipWhen(path is null, $"{program} is not installed here (Debian package {package})");
        var start = new ProcessStartInfo(path!, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (javaOptions is not null)
            start.Environment["JAVA_TOOL_OPTIONS"] = javaOptions;
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start");
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(timeout ?? TimeSpan.FromSeconds(60));
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} did not end");
        }
        return new ToolResult(process.ExitCode, await output, await error);
    }

    /// <summary>The program's path, or null where it is not installed. Debian keeps some programs in sbin.</summary>
    public static string? Find(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Append("/usr/sbin").Append("/usr/bin")
            .Select(folder => Path.Combine(folder, program))
            .FirstOrDefault(File.Exists);
}
