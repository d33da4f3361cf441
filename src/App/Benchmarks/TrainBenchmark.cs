using System.CommandLine;
using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using EchoClr.Retraining.Cohorts;
using EchoClr.Retraining.FineTune;
using EchoClr.Retraining.Pretrain;
using EchoClr.VideoModels.Clips;
using EchoClr.VideoModels.SelfSupervision;
using EchoClr.VideoModels.Training;

namespace EchoClr.App.Benchmarks;

/// <summary><c>bench train</c>: clips a second of a pretraining step with its loading, how long it waits for clips, and the same step in Python PyTorch, by turns on the same threads.</summary>
internal static class TrainBenchmark
{
    private const string Script = "train_step.py";
    private const int WarmUp = 3;

    /// <summary>Debian's, which has python3-torch; another one on the PATH may not.</summary>
    private const string Python = "/usr/bin/python3";

    public static Command Create(Terminal terminal)
    {
        var plan = new PretrainPlan();
        var width = new Option<int>("--width") { DefaultValueFactory = _ => plan.Width, Description = "Channels of the network's first stage" };
        var size = new Option<int>("--size") { DefaultValueFactory = _ => plan.Size, Description = "Side of the network's picture" };
        var pairs = new Option<int>("--pairs") { DefaultValueFactory = _ => plan.Pairs, Description = "Pairs a step" };
        var steps = new Option<int>("--steps") { DefaultValueFactory = _ => 20, Description = "Steps measured in a turn, after three to warm up" };
        var threads = new Option<int>("--threads") { DefaultValueFactory = _ => plan.Threads, Description = "Of libtorch, and of PyTorch" };
        var rounds = new Option<int>("--rounds") { DefaultValueFactory = _ => 3, Description = "Turns of each; the median counts" };
        var float32 = new Option<bool>("--float32") { Description = "Instead of bfloat16 convolutions" };
        var command = new Command("train", "Clips a second of a pretraining step, the share of it that waits for clips, and Python PyTorch beside it") { width, size, pairs, steps, threads, rounds, float32 };
        command.SetAction(async (parse, cancellationToken) =>
        {
            var asked = plan with
            {
                Width = parse.GetValue(width), Size = parse.GetValue(size), Pairs = parse.GetValue(pairs), Steps = WarmUp + parse.GetValue(steps), Threads = parse.GetValue(threads),
                MixedPrecision = !parse.GetValue(float32),
            };
            await RunAsync(terminal, asked, parse.GetValue(rounds), cancellationToken);
            return 0;
        });
        return command;
    }

    private static async Task RunAsync(Terminal terminal, PretrainPlan plan, int rounds, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("echoclr-bench-").FullName;
        try
        {
            var batches = Batches(folder, plan);
            var (ours, waits, theirs) = (new List<double>(), new List<double>(), new List<double>());
            string? lack = null;
            var version = "";
            for (var round = 0; round < rounds; round++)
            {
                terminal.Note($"round {round + 1} of {rounds}");
                var (rate, wait) = await Task.Run(() => Measure(plan, batches), cancellationToken);
                ours.Add(rate);
                waits.Add(wait);
                if (lack is not null)
                    continue;
                (var other, version, lack) = await PythonAsync(folder, plan, cancellationToken);
                if (lack is null)
                    theirs.Add(other);
            }
            terminal.Line($"width {plan.Width}, {plan.Size}×{plan.Size}, 4 frames, {plan.Pairs} pairs, {(plan.MixedPrecision ? "bfloat16" : "float32")}, {plan.Threads} threads, libtorch {SupervisedTrainer.LibraryVersion}; medians of {rounds}");
            terminal.Line($"ours, with loading: {Median(ours):0.0} clips/s; {Median(waits):P2} of a step waits for clips (bar: 5 %)");
            terminal.Line(lack is null ? $"Python PyTorch {version}, without loading: {Median(theirs):0.0} clips/s; ours / its {Median(ours) / Median(theirs):0.00} (bar: 1.0)" : $"Python PyTorch: not measured, {lack}");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static (double ClipsPerSecond, double WaitShare) Measure(PretrainPlan plan, PairBatches batches)
    {
        using var trainer = new SelfSupervisedTrainer(plan.Settings);
        using var loader = new BatchLoader(batches, 0, plan.Steps, TimeProvider.System, CancellationToken.None);
        for (var step = 0; step < WarmUp; step++)
            trainer.Step(loader.Next(), 1e-3);
        var (begun, waited) = (TimeProvider.System.GetTimestamp(), loader.Waited);
        for (var step = WarmUp; step < plan.Steps; step++)
            trainer.Step(loader.Next(), 1e-3);
        var seconds = TimeProvider.System.GetElapsedTime(begun).TotalSeconds;
        return (2.0 * plan.Pairs * (plan.Steps - WarmUp) / seconds, (loader.Waited - waited).TotalSeconds / seconds);
    }

    /// <summary>Twice as many studies as a step has pairs, of two clips of noise each, in the size that clips are kept in.</summary>
    private static PairBatches Batches(string folder, PretrainPlan plan)
    {
        const int frames = 60;
        var random = new Random(1);
        var clips = new List<CohortClip>();
        for (var i = 0; i < 4 * plan.Pairs; i++)
        {
            var pixels = new byte[frames * ClipFormat.Size * ClipFormat.Size];
            random.NextBytes(pixels);
            var key = $"{i}.clip";
            File.WriteAllBytes(Path.Combine(folder, key), ClipFile.ToBytes(pixels, ClipFormat.Size, ClipFormat.Size, [.. Enumerable.Range(0, frames).Select(t => TimeSpan.FromMilliseconds(25 * t))]));
            clips.Add(new CohortClip(i, key, "", $"{i / 2}", $"{i / 2}", frames, DataPart.Training));
        }
        return new PairBatches(new PretrainClips(clips, key => Path.Combine(folder, key)), plan);
    }

    private static async Task<(double ClipsPerSecond, string Version, string? Lack)> PythonAsync(string folder, PretrainPlan plan, CancellationToken cancellationToken)
    {
        var script = Path.Combine(folder, Script);
        await using (var source = typeof(TrainBenchmark).Assembly.GetManifestResourceStream(Script)!)
        await using (var target = File.Create(script))
            await source.CopyToAsync(target, cancellationToken);
        int[] arguments = [plan.Width, plan.Size, plan.Pairs, plan.Steps - WarmUp, plan.Threads, plan.MixedPrecision ? 1 : 0];
        var start = new ProcessStartInfo(Python, [script, .. arguments.Select(argument => argument.ToString(CultureInfo.InvariantCulture))]) { RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            using var process = Process.Start(start)!;
            var (said, complained) = (process.StandardOutput.ReadToEndAsync(cancellationToken), process.StandardError.ReadToEndAsync(cancellationToken));
            await process.WaitForExitAsync(cancellationToken);
            if (process.ExitCode != 0)
                return (0, "", $"{Python} says: {(await complained).Trim().Split('\n')[^1]} (Debian: python3-torch)");
            var words = (await said).Trim().Split(' ');
            return (double.Parse(words[0], CultureInfo.InvariantCulture), words[1], null);
        }
        catch (Win32Exception error)
        {
            return (0, "", $"{Python} does not start: {error.Message}");
        }
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
