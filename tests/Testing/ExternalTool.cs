using System.Diagnostics;
using Xunit;

namespace EchoClr.Testing;

/// <summary>Programs of others that tests take as a yardstick (DCMTK, pydicom, dicom3tools …). A test skips, with the package's name, where one is absent.</summary>
public static class ExternalTool
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60); // far beyond what any of them needs; ends a test instead of hanging it

    /// <summary>Runs a tool to its end.</summary>
    /// <param name="package">The Debian package that has it, for the reason of a skip.</param>
    public static Task<ToolResult> RunAsync(string package, string tool, params string[] arguments) => RunAsync(package, tool, arguments, Limit, new Dictionary<string, string>());

    /// <summary>The same with a time of its own, and variables added to the tool's environment.</summary>
    public static async Task<ToolResult> RunAsync(string package, string tool, IReadOnlyList<string> arguments, TimeSpan timeLimit, IReadOnlyDictionary<string, string> environment)
    {
        var path = Find(tool);
        Assert.SkipWhen(path is null, $"{tool} is not installed (Debian package {package})");

        var start = new ProcessStartInfo(path!, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(timeLimit);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var error = process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return new ToolResult(process.ExitCode, await output, await error);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    private static string? Find(string tool)
    {
        if (Path.IsPathRooted(tool))
            return File.Exists(tool) ? tool : null;
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        return folders.Select(folder => Path.Combine(folder, tool)).FirstOrDefault(File.Exists);
    }
}

public sealed record ToolResult(int ExitCode, string Output, string Error);
