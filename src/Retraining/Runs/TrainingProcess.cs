using System.Diagnostics;
using System.Globalization;

namespace EchoClr.Retraining.Runs;

/// <summary>How the program is started that works on one run: arguments end where the run's id follows.</summary>
/// <param name="Environment">Settings that must not stand in an argument list, which every user of the machine can read.</param>
public sealed record TrainingProgram(string FileName, IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string?> Environment);

/// <summary>
/// A run in a process of its own, of low priority: killing it, or libtorch aborting in it, costs no association. It ends by itself when its standard input does, so it outlives nobody.
/// </summary>
public sealed class TrainingProcess(TrainingProgram program)
{
    /// <summary>Politer than any other role by ten steps of nice(1).</summary>
    private const string Niceness = "10";

    /// <summary>Of the managed part; what libtorch takes lies outside. Batches, clips and checkpoints of a full-width network stay below.</summary>
    private const string HeapLimit = "0x80000000"; // 2 GiB

    /// <summary>A step of a full-width network takes seconds, and a checkpoint of 400 MB some more.</summary>
    private static readonly TimeSpan StopTimeout = TimeSpan.FromMinutes(2);

    /// <summary>Runs it to its end; a cancellation lets it keep a checkpoint and give the run back. Null where it died.</summary>
    /// <param name="said">Called with every line of its standard output.</param>
    public async Task<TrainingEnd?> RunAsync(long runId, Action<string> said, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("nice", ["-n", Niceness, program.FileName, .. program.Arguments, runId.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true,
        };
        foreach (var (name, value) in program.Environment)
            start.Environment[name] = value;
        start.Environment["DOTNET_GCHeapHardLimit"] = HeapLimit;
        using var process = Process.Start(start) ?? throw new IOException("the training process does not start");
        Started?.Invoke(process.Id);
        var reading = ReadAsync(process.StandardOutput, said);
        try
        {
            await process.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            process.StandardInput.Close();
            using var timeout = new CancellationTokenSource(StopTimeout);
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
        await reading;
        return ExitCodes.TryGetValue(process.ExitCode, out var end) ? end : null;
    }

    /// <summary>Told its process id.</summary>
    public event Action<int>? Started;

    /// <summary>The exit code of a process that saw a run end so. Above the codes of shells and of errors of the command line.</summary>
    public static int ExitCodeOf(TrainingEnd end) => 40 + (int)end;

    private static readonly Dictionary<int, TrainingEnd> ExitCodes = Enum.GetValues<TrainingEnd>().ToDictionary(ExitCodeOf);

    private static async Task ReadAsync(StreamReader output, Action<string> said)
    {
        while (await output.ReadLineAsync() is { } line)
            said(line);
    }
}
