using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace EchoClr.Dicom.Codecs;

/// <summary>
/// A child process that decodes one file after another, so that a crash, a hang or a memory blow-up in a codec costs that file and no more.
/// Meant to live as long as the work on one study. Calls wait for one another; a worker that died is replaced by the next call.
/// </summary>
public sealed class CodecWorker : IAsyncDisposable
{
    private readonly CodecOptions options;
    private readonly TimeProvider time;
    private readonly SemaphoreSlim turn = new(1);
    private Process? process;

    private CodecWorker(CodecOptions options, TimeProvider time) => (this.options, this.time) = (options, time);

    /// <summary>The process that decodes now, or null between its end and the next request.</summary>
    public int? ProcessId => process?.Id;

    public static CodecWorker Start(CodecOptions? options = null, TimeProvider? time = null)
    {
        var worker = new CodecWorker(options ?? new CodecOptions(), time ?? TimeProvider.System);
        worker.process = worker.StartProcess();
        return worker;
    }

    /// <summary>All frames of a Part 10 file. The caller disposes them.</summary>
    /// <exception cref="CodecException">The file cannot be decoded, or not within the limits.</exception>
    public async Task<DecodedFrames> DecodeAsync(string path, CancellationToken cancellationToken = default)
    {
        if (path.Contains('\0'))
            throw new CodecException("a path holds a NUL");
        await turn.WaitAsync(cancellationToken);
        try
        {
            if (process is { HasExited: true } dead)
                await KillAsync(dead);
            process ??= StartProcess();
            return await AskAsync(process, Path.GetFullPath(path), cancellationToken);
        }
        finally
        {
            turn.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await turn.WaitAsync();
        if (process is not null)
            await KillAsync(process);
        turn.Dispose();
    }

    private Process StartProcess()
    {
        var start = new ProcessStartInfo(options.Program)
        {
            ArgumentList =
            {
                "--address-space", Number(options.MaxAddressSpaceBytes),
                "--output", Number(options.MaxDecodedBytes),
                "--cpu-seconds", Number(Math.Max(1, (long)Math.Ceiling(options.MaxCpuTime.TotalSeconds))),
            },
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
            WorkingDirectory = "/",
        };
        start.Environment.Clear(); // nothing of ours, passwords least of all, belongs in a process that reads strangers' files
        return Process.Start(start)!;

        static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
    }

    private async Task<DecodedFrames> AskAsync(Process asked, string path, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(options.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        string? answer;
        try
        {
            await asked.StandardInput.WriteAsync((path + '\0').AsMemory(), either.Token);
            await asked.StandardInput.FlushAsync(either.Token);
            answer = await asked.StandardOutput.ReadLineAsync(either.Token);
        }
        catch (IOException)
        {
            answer = null; // the pipe broke: it died between two files
        }
        catch (OperationCanceledException)
        {
            await KillAsync(asked);
            cancellationToken.ThrowIfCancellationRequested();
            throw new CodecException($"decoding took more than {options.Timeout.TotalSeconds:0.###} s");
        }
        if (answer is null)
            throw new CodecException(await ReasonOfDeathAsync(asked));
        var fields = answer.Split('\t');
        if (fields is ["exhausted", var limit])
        {
            await KillAsync(asked); // it is ending already; the next file must not meet it
            throw new CodecException(limit);
        }
        return Read(fields, asked.Id);
    }

    // answer.h describes the lines.
    private static DecodedFrames Read(string[] fields, int processId)
    {
        if (fields is ["error", var reason])
            throw new CodecException(reason);
        if (fields is not ["ok", var fd, var frames, var rows, var columns, var samples, var missing, .. var warnings])
            throw new CodecException("the decoder gave no sensible answer");
        var (n, r, c, s) = (int.Parse(frames), int.Parse(rows), int.Parse(columns), int.Parse(samples));
        int[] lost = missing.Length == 0 ? [] : [.. missing.Split(',').Select(int.Parse)];
        var pixels = SharedPixels.Open(processId, int.Parse(fd), checked((long)n * r * c * s));
        return new DecodedFrames(pixels, n, r, c, s, lost, warnings);
    }

    private async Task<string> ReasonOfDeathAsync(Process dead)
    {
        await dead.WaitForExitAsync(CancellationToken.None);
        const int SignalBase = 128; // how .NET, like a shell, reports an end by signal
        const int Sigkill = 9, Sigxcpu = 24;
        var reason = dead.ExitCode switch
        {
            SignalBase + Sigxcpu => $"decoding took more than {options.MaxCpuTime.TotalSeconds:0} s of processor time",
            SignalBase + Sigkill => "the decoder was killed",
            > SignalBase => $"the decoder crashed (signal {dead.ExitCode - SignalBase})",
            _ => $"the decoder ended (code {dead.ExitCode})",
        };
        await KillAsync(dead);
        return reason;
    }

    // Also the ordinary end: between requests the worker has nothing to lose.
    private async Task KillAsync(Process doomed)
    {
        process = null;
        doomed.Kill();
        await doomed.WaitForExitAsync(CancellationToken.None);
        doomed.Dispose();
    }
}
