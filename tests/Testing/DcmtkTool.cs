using System.Diagnostics;
using System.Text;
using Xunit;

namespace EchoClr.Testing;

/// <summary>Programs of other people as peers and judges: DCMTK's and whatever else is on the PATH.</summary>
public static class DcmtkTool
{
    /// <summary>A run takes milliseconds; on a loaded machine seconds.</summary>
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(60);

    /// <param name="Output">Standard output and standard error as they came.</param>
    public sealed record Result(int ExitCode, string Output);

    /// <summary>Runs a tool to its end; skips the calling test where it is not installed. Takes DCMTK's configuration of sockets: no Nagle delay.</summary>
    public static async Task<Result> RunAsync(string tool, IEnumerable<string> arguments, TimeSpan? timeout = null)
    {
        using var process = new Process { StartInfo = StartInfo(tool, arguments) };
        var output = new StringBuilder();
        Collect(process, output);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        using var deadline = new CancellationTokenSource(timeout ?? DefaultTimeout);
        try
        {
            await process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
            throw new TimeoutException($"{tool} did not end in time; it said:\n{Text(output)}");
        }
        return new Result(process.ExitCode, Text(output));
    }

    /// <summary>Starts a tool that serves until it is disposed, and waits until it listens.</summary>
    public static async Task<RunningTool> StartServerAsync(string tool, IEnumerable<string> arguments, int port)
    {
        var process = new Process { StartInfo = StartInfo(tool, arguments) };
        var output = new StringBuilder();
        Collect(process, output);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var server = new RunningTool(process, () => Text(output));
        await server.WaitUntilListeningAsync(tool, port);
        return server;
    }

    public static void RequireInstalled(string tool) => Assert.SkipWhen(Find(tool) is null, $"{tool} is not installed (see infra/apt-packages.txt)");

    private static string? Find(string tool) => Path.IsPathRooted(tool)
        ? File.Exists(tool) ? tool : null
        : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Append("/usr/sbin").Select(folder => Path.Combine(folder, tool)).FirstOrDefault(File.Exists);

    private static ProcessStartInfo StartInfo(string tool, IEnumerable<string> arguments)
    {
        RequireInstalled(tool);
        var start = new ProcessStartInfo(Find(tool)!, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        start.Environment["TCP_NODELAY"] = "1";
        return start;
    }

    private static void Collect(Process process, StringBuilder output)
    {
        process.OutputDataReceived += (_, line) => Append(line.Data);
        process.ErrorDataReceived += (_, line) => Append(line.Data);

        void Append(string? line)
        {
            lock (output)
                output.AppendLine(line);
        }
    }

    private static string Text(StringBuilder output)
    {
        lock (output)
            return output.ToString();
    }
}
