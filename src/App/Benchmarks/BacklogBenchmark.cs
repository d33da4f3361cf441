using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using EchoClr.App.Benchmarks.Scale;
using EchoClr.App.Benchmarks.Soak;
using EchoClr.App.Commands;
using EchoClr.App.Configuration;
using EchoClr.Dicom;

namespace EchoClr.App.Benchmarks;

/// <summary>
/// <c>bench backlog</c>: whether a backlog after an outage drains without the worker or the broker growing. Everything is the real program but the studies: each holds one still, so that
/// reading it takes milliseconds, and ends as "not analysed".
/// </summary>
internal static class BacklogBenchmark
{
    /// <summary>What the runtimes load and size at first is not growth: the first part of the samples is not judged.</summary>
    private const double WarmUp = 0.3;

    /// <summary>Growth of memory in the judged part that is called flat.</summary>
    private const double Tolerance = 0.05;

    private static readonly TimeSpan SampleInterval = TimeSpan.FromSeconds(2);

    public static Command Create(Terminal terminal)
    {
        var studies = new Option<int>("--studies") { Description = "Studies that wait", DefaultValueFactory = _ => 100_000 };
        var minutes = new Option<double>("--minutes") { Description = "The longest that is measured; what is left then is told", DefaultValueFactory = _ => 240 };
        var json = CommonOptions.Json();
        var command = new Command("backlog", "A backlog that one worker drains from RabbitMQ: studies a second, and memory of worker and broker over time") { studies, minutes, json };
        command.SetAction((parse, cancellationToken) => RunAsync(
            terminal, parse.GetValue(studies), TimeSpan.FromMinutes(parse.GetValue(minutes)), GlobalOptions.Settings(parse), parse.GetValue(json), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(Terminal terminal, int studies, TimeSpan longest, IReadOnlyList<string> settings, bool json, CancellationToken cancellationToken)
    {
        var folder = Path.Combine(Checkout.RequireRoot(), "artifacts", "bench", "backlog");
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        var data = Path.Combine(folder, "data");
        using (var progress = new Progress(terminal, "writing", TimeProvider.System))
            await WaitingStudies.WriteAsync(data, [[Still()]], studies, progress, cancellationToken);

        var samples = new List<(double Seconds, double Worker, double Broker, int Read)>();
        // A minute's publication of the defaults would be read in seconds; the rest is as it is shipped.
        await using var workers = await Workers.StartAsync(folder, data, 1, ["Bus:ReconcileInterval=00:00:05", "Bus:ReconcileBatch=2000", .. settings], cancellationToken);
        using (var progress = new Progress(terminal, "draining", TimeProvider.System))
        {
            var watch = Stopwatch.StartNew();
            while (watch.Elapsed < longest && (samples.Count == 0 || samples[^1].Read < studies))
            {
                await Task.Delay(SampleInterval, cancellationToken);
                samples.Add((watch.Elapsed.TotalSeconds, Resident(workers.Ids[0]), Resident(workers.BrokerId), (await workers.CountAsync(cancellationToken)).Read));
                progress.Report(samples[^1].Read, studies, $"studies; worker {samples[^1].Worker:0} MiB, broker {samples[^1].Broker:0} MiB");
            }
        }
        var judged = samples.Skip((int)(WarmUp * samples.Count)).ToList();
        Trend[] trends =
        [
            Trend.Of("worker, MiB", [.. judged.Select(sample => (sample.Seconds, sample.Worker))], median => Tolerance * median),
            Trend.Of("broker, MiB", [.. judged.Select(sample => (sample.Seconds, sample.Broker))], median => Tolerance * median),
        ];
        var rate = (judged[^1].Read - judged[0].Read) / Math.Max(1, judged[^1].Seconds - judged[0].Seconds);
        if (json)
            terminal.Json(new { Studies = studies, samples[^1].Read, samples[^1].Seconds, StudiesASecond = rate, Trends = trends });
        else
        {
            terminal.Line(string.Create(CultureInfo.InvariantCulture, $"{samples[^1].Read} of {studies} studies in {samples[^1].Seconds:0} s, {rate:0.0} a second"));
            terminal.Table(["resident", "first", "median", "highest", "last", "growth", "flat"], trends.Select(trend => (IReadOnlyList<string>)
                [trend.What, Text(trend.First), Text(trend.Median), Text(trend.Highest), Text(trend.Last), Text(trend.Growth), trend.IsFlat ? "yes" : "NO"]));
        }
        return samples[^1].Read == studies && trends.All(trend => trend.IsFlat) ? 0 : 1;
    }

    /// <summary>A picture that is not a cine: its header is read like any other, and no pixel is decoded.</summary>
    private static DicomFile Still() => new(new DicomDataset()
        .Set(DicomTags.SOPClassUID, SopClasses.UltrasoundMultiFrameImageStorage).Set(DicomTags.SOPInstanceUID, DicomUid.FromName("scale still")).Set(DicomTags.Modality, "US").Set(DicomTags.NumberOfFrames, 1)
        .Set(DicomTags.Rows, 2).Set(DicomTags.Columns, 2).Set(DicomTags.SamplesPerPixel, 1).Set(DicomTags.PhotometricInterpretation, "MONOCHROME2")
        .Set(DicomTags.BitsAllocated, 8).Set(DicomTags.BitsStored, 8).Set(DicomTags.HighBit, 7).Set(DicomTags.PixelRepresentation, 0)
        .SetBytes(DicomTags.PixelData, DicomVr.OB, new byte[4]), TransferSyntax.ExplicitVRLittleEndian);

    /// <summary>VmRSS of proc(5), in MiB.</summary>
    private static double Resident(int id) => double.Parse(
        File.ReadLines($"/proc/{id}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;

    private static string Text(double number) => number.ToString("0.#", CultureInfo.InvariantCulture);
}
