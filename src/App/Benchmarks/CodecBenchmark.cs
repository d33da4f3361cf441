using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using EchoClr.Dicom;
using EchoClr.Dicom.Codecs;
using EchoClr.Phantom;
using EchoClr.Phantom.Studies;

namespace EchoClr.App.Benchmarks;

/// <summary>
/// <c>bench codec</c>: a study's cines decoded by the codec worker, and by the same decoders in one process (<c>src/Micro/native</c>), by turns. Both read every pixel; the sums must
/// agree. The worker's start counts, since each study has its own; a first round, in which .NET compiles, does not.
/// </summary>
internal static class CodecBenchmark
{
    /// <summary>Different ones are rendered; the others repeat them, which costs a decoder the same.</summary>
    private const int Rendered = 4;

    public static Command Create(Terminal terminal)
    {
        var cines = new Option<int>("--cines") { Description = "Of the study", DefaultValueFactory = _ => 40 };
        var rounds = new Option<int>("--rounds") { Description = "Both take their turn in each; the median counts", DefaultValueFactory = _ => 5 };
        var command = new Command("codec", "Time to decode a study's cines in the codec worker and in one process, side by side") { cines, rounds };
        command.SetAction((parse, cancellationToken) => RunAsync(terminal, parse.GetValue(cines), parse.GetValue(rounds), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(Terminal terminal, int cines, int rounds, CancellationToken cancellationToken)
    {
        var root = Checkout.RequireRoot();
        var folder = Directory.CreateDirectory(Path.Combine(root, "artifacts", "bench", "codec")).FullName;
        try
        {
            terminal.Note($"writing {cines} cines");
            var files = Write(folder, cines);
            var (ours, theirs) = (new List<Turn>(), new List<Turn>());
            for (var round = 0; round <= rounds; round++)
            {
                terminal.Note(round == 0 ? "warming up" : $"round {round}");
                ours.Add(await InWorkerAsync(files, cancellationToken));
                theirs.Add(await InOneProcessAsync(Path.Combine(root, "artifacts", "native", "Micro", "decode-in-process"), files, cancellationToken));
                if (ours[^1].Sum != theirs[^1].Sum)
                    throw new CommandException("the worker's pixels are others than those of one process");
            }
            var (worker, inProcess) = (Median(ours[1..]), Median(theirs[1..]));
            terminal.Table(["decoded by", "seconds", "processor seconds"], [Row("codec worker", worker), Row("one process", inProcess)]);
            terminal.Line(string.Create(CultureInfo.InvariantCulture,
                $"worker / one process: {worker.Took / inProcess.Took:0.000} on the clock, {worker.Processor / inProcess.Processor:0.000} of processor time ({cines} cines, {files.Sum(file => new FileInfo(file).Length) / 1e6:0} MB)"));
            terminal.Line($"load of the machine (1, 5, 15 minutes): {(await File.ReadAllTextAsync("/proc/loadavg", cancellationToken)).Trim()}");
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static List<string> Write(string folder, int cines)
    {
        var study = PhantomStudy.Create(PhantomPatient.Draw(seed: 1, number: 0));
        var rendered = study.Objects.Where(item => item.IsCine).Take(Rendered).Select(item => PhantomFile.Create(study, item).File).ToList();
        var files = new List<string>();
        for (var i = 0; i < cines; i++)
        {
            files.Add(Path.Combine(folder, $"{i:00}.dcm"));
            rendered[i % rendered.Count].Write(files[i]);
        }
        return files;
    }

    private static async Task<Turn> InWorkerAsync(IReadOnlyList<string> files, CancellationToken cancellationToken)
    {
        using var self = Process.GetCurrentProcess();
        var processor = self.TotalProcessorTime;
        var clock = Stopwatch.StartNew();
        ulong sum = 0;
        await using var worker = CodecWorker.Start();
        foreach (var file in files)
        {
            using var frames = await worker.DecodeAsync(file, cancellationToken);
            sum += SumOf(frames.Pixels.Span);
        }
        var took = clock.Elapsed;
        self.Refresh();
        using var child = Process.GetProcessById(worker.ProcessId!.Value);
        return new Turn(took, self.TotalProcessorTime - processor + child.TotalProcessorTime, sum);
    }

    private static async Task<Turn> InOneProcessAsync(string program, IReadOnlyList<string> files, CancellationToken cancellationToken)
    {
        if (!File.Exists(program))
            throw new CommandException($"{program} is not built; ./echoclr bench builds it");
        using var process = Process.Start(new ProcessStartInfo(program, files) { RedirectStandardOutput = true })!;
        var answer = (await process.StandardOutput.ReadToEndAsync(cancellationToken)).Split(' ');
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0)
            throw new CommandException($"{program} ended with code {process.ExitCode}");
        return new Turn(Seconds(answer[0]), Seconds(answer[1]), ulong.Parse(answer[2], CultureInfo.InvariantCulture));

        static TimeSpan Seconds(string text) => TimeSpan.FromSeconds(double.Parse(text, CultureInfo.InvariantCulture));
    }

    private static ulong SumOf(ReadOnlySpan<byte> pixels)
    {
        ulong sum = 0;
        foreach (var word in MemoryMarshal.Cast<byte, ulong>(pixels))
            sum += word;
        return sum;
    }

    /// <summary>The round in the middle by processor time, which other work on the machine disturbs least.</summary>
    private static Turn Median(List<Turn> turns) => turns.OrderBy(turn => turn.Processor).ElementAt(turns.Count / 2);

    private static IReadOnlyList<string> Row(string name, Turn turn) =>
        [name, turn.Took.TotalSeconds.ToString("0.00", CultureInfo.InvariantCulture), turn.Processor.TotalSeconds.ToString("0.00", CultureInfo.InvariantCulture)];

    private sealed record Turn(TimeSpan Took, TimeSpan Processor, ulong Sum);
}
