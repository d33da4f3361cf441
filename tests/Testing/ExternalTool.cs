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
        var start = StartInfo(package, tool, arguments);
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

    /// <summary>Starts a tool that serves until it is disposed, and waits until it listens.</summary>
    public static async Task<RunningTool> StartServerAsync(string package, string tool, IReadOnlyList<string> arguments, int port)
    {
        var server = new RunningTool(Process.Start(StartInfo(package, tool, arguments))!);
        await server.WaitUntilListeningAsync(tool, port);
        return server;
    }

    private static ProcessStartInfo StartInfo(string package, string tool, IReadOnlyList<string> arguments)
    {
        var path = Find(tool);
        Assert.SkipWhen(path is null, $"{tool} is not installed (Debian package {package})");
        var start = new ProcessStartInfo(path!, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["TCP_NODELAY"] = "1"; // DCMTK's switch: without it each small response costs 40 ms
        return start;
    }

    private static string? Find(string tool)
    {
        if (Path.IsPathRooted(tool))
            return File.Exists(tool) ? tool : null;
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Append("/usr/sbin");
        return folders.Select(folder => Path.Combine(folder, tool)).FirstOrDefault(File.Exists);
    }
}

public sealed record ToolResult(int ExitCode, string Output, string Error)
{
    /// <summary>Output and error together, for tools that use both for the same.</summary>
    public string Said => Output + Error;
}
