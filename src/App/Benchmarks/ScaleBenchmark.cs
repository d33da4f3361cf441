using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using EchoClr.App.Benchmarks.Scale;
using EchoClr.App.Commands;
using EchoClr.App.Configuration;
using EchoClr.App.Demo;
using EchoClr.Dicom;

namespace EchoClr.App.Benchmarks;

/// <summary><c>bench scale</c>: how many studies an hour N workers read from one queue, each on one core.</summary>
internal static class ScaleBenchmark
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);

    public static Command Create(Terminal terminal)
    {
        var workers = new Option<int[]>("--workers") { Description = "How many, one measurement each", DefaultValueFactory = _ => [1, 2], AllowMultipleArgumentsPerToken = true };
        var studies = new Option<int>("--studies") { Description = "Phantom studies that wait", DefaultValueFactory = _ => 24 };
        var rounds = new Option<int>("--rounds") { Description = "Every number of workers takes its turn in each; the best counts, since everything else on a machine only slows it", DefaultValueFactory = _ => 3 };
        var json = CommonOptions.Json();
        var command = new Command("scale", "Studies an hour that N inference workers read from one queue on RabbitMQ, each on one core of its own") { workers, studies, rounds, json };
        command.SetAction((parse, cancellationToken) => RunAsync(
            terminal, parse.GetValue(workers)!, parse.GetValue(studies), parse.GetValue(rounds), GlobalOptions.Settings(parse), parse.GetValue(json), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(Terminal terminal, int[] workers, int studies, int rounds, IReadOnlyList<string> settings, bool json, CancellationToken cancellationToken)
    {
        var root = Path.Combine(Checkout.RequireRoot(), "artifacts", "bench");
        var folder = Path.Combine(root, "scale");
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        var (files, truths) = await DemoStudies.EnsureAsync(terminal, root, 2, cancellationToken);
        IReadOnlyList<IReadOnlyList<DicomFile>> templates = [.. DemoStudy.Group(files, truths, _ => { }).Select(study => (IReadOnlyList<DicomFile>)[.. study.Files.Select(file => DicomFile.Read(file))])];
        var waiting = Path.Combine(folder, "waiting");
        using (var progress = new Progress(terminal, "writing", TimeProvider.System))
            await WaitingStudies.WriteAsync(waiting, templates, studies, progress, cancellationToken);

        var taken = new List<(int Workers, double AnHour)>();
        for (var round = 1; round <= rounds; round++)
        {
            foreach (var count in workers)
            {
                terminal.Note($"round {round}: {count} workers");
                taken.Add((count, await MeasureAsync(Path.Combine(folder, "run"), waiting, count, studies, settings, cancellationToken)));
            }
        }
        var best = taken.GroupBy(one => one.Workers).Select(group => (Workers: group.Key, AnHour: group.Max(one => one.AnHour), Worst: group.Min(one => one.AnHour))).ToList();
        if (json)
            terminal.Json(best.Select(row => new { row.Workers, StudiesAnHour = row.AnHour, row.Worst, OfOneEach = row.AnHour / row.Workers / (best[0].AnHour / best[0].Workers) }));
        else
            terminal.Table(["workers", "studies an hour", "the worst round", "of the first row, a worker"], best.Select(row => (IReadOnlyList<string>)
                [Text(row.Workers), Text(row.AnHour), Text(row.Worst), $"{100 * row.AnHour / row.Workers / (best[0].AnHour / best[0].Workers):0} %"]));
        return 0;
    }

    /// <summary>From the moment at which every worker is at a study to the last study's end.</summary>
    private static async Task<double> MeasureAsync(string folder, string waiting, int count, int studies, IReadOnlyList<string> settings, CancellationToken cancellationToken)
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        var data = Path.Combine(folder, "data");
        Copy(waiting, data);
        await using var workers = await Workers.StartAsync(folder, data, count, settings, cancellationToken);
        (int Read, int AtWork) now;
        while ((now = await workers.CountAsync(cancellationToken)).AtWork < count)
            await Task.Delay(Poll, cancellationToken);
        var (before, watch) = (now.Read, Stopwatch.StartNew());
        while ((now = await workers.CountAsync(cancellationToken)).Read < studies)
            await Task.Delay(Poll, cancellationToken);
        return (now.Read - before) / watch.Elapsed.TotalHours;
    }

    private static void Copy(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }

    private static string Text(double number) => number.ToString("0", CultureInfo.InvariantCulture);
}
