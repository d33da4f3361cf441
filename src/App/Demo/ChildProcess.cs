using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace EchoClr.App.Demo;

/// <summary>A server that we start, watch and end by its process id; what it prints goes to <c>NAME.log</c> in its folder.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(10);
    private readonly Process process;
    private readonly Task logging;
    private readonly string pidFile;

    private ChildProcess(Process process, Task logging, string logFile, string pidFile)
    {
        this.process = process;
        this.logging = logging;
        this.pidFile = pidFile;
        LogFile = logFile;
    }

    public string LogFile { get; }
    public int Id => process.Id;
    public bool HasExited => process.HasExited;

    public static ChildProcess Start(string name, string folder, string program, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        Directory.CreateDirectory(folder);
        var pidFile = Path.Combine(folder, name + ".pid");
        EndLeftover(pidFile);
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (key, value) in environment ?? new Dictionary<string, string>())
            start.Environment[key] = value;
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new CommandException($"{program} does not start ({e.Message}); install it with apt or let ./echoclr do it", e);
        }
        process.StandardInput.Close();
        File.WriteAllText(pidFile, string.Create(CultureInfo.InvariantCulture, $"{process.Id} {StartTicks(process.Id)}"));
        var logFile = Path.Combine(folder, name + ".log");
        return new ChildProcess(process, CopyOutputAsync(process, logFile), logFile, pidFile);
    }

    /// <summary>Waits until <paramref name="isReady"/> answers true; a server that ends or takes longer than the deadline is an error that shows what it said.</summary>
    public async Task WaitUntilReadyAsync(string what, TimeSpan deadline, Func<CancellationToken, Task<bool>> isReady, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        while (!await isReady(cancellationToken))
        {
            if (process.HasExited || watch.Elapsed > deadline)
            {
                var why = process.HasExited ? $"ended with exit code {process.ExitCode}" : $"was not ready within {deadline.TotalSeconds:0} s";
                throw new CommandException($"{what} {why}: {Cause()}; its log is {LogFile}");
            }
            await Task.Delay(TimeSpan.FromMilliseconds(100), cancellationToken);
        }
    }

    /// <summary>Ends it at once, as a power cut would. For tests of what survives.</summary>
    public async Task KillAsync()
    {
        process.Kill();
        await process.WaitForExitAsync(CancellationToken.None);
        File.Delete(pidFile);
    }

    /// <summary>Asks it to end (SIGTERM), and kills it when it has not in time. Its exit code.</summary>
    public async Task<int> StopAsync(TimeSpan patience)
    {
        if (!process.HasExited)
        {
            Signal(process.Id, "TERM");
            using var timeout = new CancellationTokenSource(patience);
            try
            {
                await process.WaitForExitAsync(timeout.Token);
            }
            catch (OperationCanceledException)
            {
                process.Kill();
                await process.WaitForExitAsync(CancellationToken.None);
            }
        }
        return process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(StopTimeout);
        await logging;
        process.Dispose();
        File.Delete(pidFile);
    }

    private static void Signal(int processId, string signal)
    {
        using var kill = Process.Start(new ProcessStartInfo("kill", [$"-{signal}", processId.ToString(CultureInfo.InvariantCulture)]) { RedirectStandardError = true });
        kill?.WaitForExit();
    }

    // We were killed before we could end it: the next start does. A process id may by now be another's, so its start time must agree too.
    private static void EndLeftover(string pidFile)
    {
        if (!File.Exists(pidFile))
            return;
        var words = File.ReadAllText(pidFile).Split(' ');
        if (words.Length == 2 && int.TryParse(words[0], out var id) && StartTicks(id) is var ticks && ticks != "" && ticks == words[1])
            Signal(id, "KILL");
        File.Delete(pidFile);
    }

    /// <summary>Field 22 of /proc/PID/stat (proc(5)): start time in clock ticks after boot; empty where there is no such process.</summary>
    private static string StartTicks(int processId)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{processId}/stat");
            return stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[19];
        }
        catch (IOException)
        {
            return "";
        }
    }

    private static async Task CopyOutputAsync(Process process, string logFile)
    {
        await using var log = new StreamWriter(logFile, append: false, new UTF8Encoding(false)) { AutoFlush = true };
        using var gate = new SemaphoreSlim(1);
        await Task.WhenAll(CopyAsync(process.StandardOutput), CopyAsync(process.StandardError));

        async Task CopyAsync(StreamReader reader)
        {
            while (await reader.ReadLineAsync() is { } line)
            {
                await gate.WaitAsync();
                try
                {
                    await log.WriteLineAsync(line);
                }
                finally
                {
                    gate.Release();
                }
            }
        }
    }

    private string Cause()
    {
        using var stream = new FileStream(LogFile, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        var lines = reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        // The first error is the cause (Orthanc begins such lines with E); what follows is the fall.
        return lines.FirstOrDefault(line => line.StartsWith('E') || line.Contains("error", StringComparison.OrdinalIgnoreCase)) ?? lines.LastOrDefault() ?? "it said nothing";
    }
}
