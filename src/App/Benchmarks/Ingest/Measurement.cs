using System.Diagnostics;
using EchoClr.Dicom.Ports;

namespace EchoClr.App.Benchmarks.Ingest;

/// <summary>One receiver under one load.</summary>
/// <param name="P50">Of the C-STORE response: from the last byte of the data set to the answer.</param>
/// <param name="Processor">Processor time of the receiver for one object, in its own code and the system's: what it is, whoever else uses the machine.</param>
/// <param name="PeakResidentBytes">Of the receiving process.</param>
internal sealed record Measurement(
    string Receiver, ObjectSize Size, int Associations, double ObjectsPerSecond, double MegabytesPerSecond, TimeSpan P50, TimeSpan P99, TimeSpan Processor, long PeakResidentBytes)
{
    /// <summary>Sends all files over some associations at once, those of the warm-up first, each its share in order, to a receiver that was started for it.</summary>
    public static async Task<Measurement> TakeAsync(string name, string folder, ObjectSize size, IReadOnlyList<string> first, IReadOnlyList<string> files, int associations, IDicomClient client, CancellationToken cancellationToken)
    {
        try
        {
            await using var receiver = await Benchmarks.Ingest.Receiver.StartAsync(name, folder, client, cancellationToken);
            await SendAsync(first);
            await SendAsync([.. files.Take(size.WarmUp)]);
            var processor = await receiver.ProcessorTimeAsync(client, cancellationToken);
            var measured = files.Skip(size.WarmUp).ToList();
            var clock = Stopwatch.StartNew();
            var responses = (await SendAsync(measured)).Select(result => result.ResponseTime).Order().ToList();
            var took = clock.Elapsed;
            processor = await receiver.ProcessorTimeAsync(client, cancellationToken) - processor;
            var megabytes = measured.Sum(file => new FileInfo(file).Length) / 1e6;
            return new Measurement(name, size, associations, measured.Count / took.TotalSeconds, megabytes / took.TotalSeconds,
                responses[responses.Count / 2], responses[(int)(0.99 * responses.Count)], processor / measured.Count, receiver.PeakResidentBytes());

            async Task<List<StoreResult>> SendAsync(IReadOnlyList<string> some)
            {
                var results = (await Task.WhenAll(Enumerable.Range(0, associations).Select(association =>
                    Task.Run(() => client.StoreAsync(receiver.Peer, [.. some.Where((_, index) => index % associations == association)], null, cancellationToken), cancellationToken)))).SelectMany(of => of).ToList();
                return results.Find(result => result.Status is not { IsSuccess: true }) is { } failed ? throw new CommandException($"{name} did not take every object: {failed.Error}") : results;
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true); // gigabytes, and the next one needs an empty folder
        }
    }
}
