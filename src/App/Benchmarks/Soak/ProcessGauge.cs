using System.Globalization;
using EchoClr.Shared.Data;
using EchoClr.Shared.Storage;

namespace EchoClr.App.Benchmarks.Soak;

/// <summary>What a process and its helpers hold at one moment.</summary>
/// <param name="Seconds">Since the beginning.</param>
/// <param name="MemoryMiB">Resident, of the process.</param>
/// <param name="Helpers">Child processes: codec workers.</param>
/// <param name="HelperMemoryMiB">Resident, of all of them.</param>
/// <param name="TemporaryFiles">In the spool and in the folder for temporary files.</param>
/// <param name="Backlog">Studies without an end: open, to be analysed, to be reported, to be delivered.</param>
internal sealed record SoakSample(double Seconds, double MemoryMiB, int Handles, int Threads, int Helpers, double HelperMemoryMiB, int TemporaryFiles, int Backlog);

/// <summary>Reads /proc (proc(5)) and the tables of a system at work.</summary>
internal sealed class ProcessGauge(int processId, string dataDirectory, string temporaryFolder, Database database)
{
    private const string CountUnfinished = """
        SELECT COUNT(DISTINCT v.study_id) FROM study_version v LEFT JOIN analysis a ON a.study_version_id = COALESCE(v.inherits_from_id, v.id) LEFT JOIN delivery d ON d.analysis_id = a.id
        WHERE v.state = 'Open' OR (v.state = 'Complete' AND ((a.id IS NULL AND v.analysis_parked_at IS NULL) OR (a.id IS NOT NULL AND a.reported_at IS NULL)
           OR d.state IN ('Waiting', 'Sending', 'Sent', 'CommitmentRequested')))
        """;

    public async Task<SoakSample> SampleAsync(TimeSpan elapsed, CancellationToken cancellationToken)
    {
        var (memory, threads) = Status(processId);
        var helpers = Children().Select(Status).ToList();
        return new SoakSample(
            Math.Round(elapsed.TotalSeconds, 1), memory, Directory.EnumerateFileSystemEntries($"/proc/{processId}/fd").Count(), threads, helpers.Count, helpers.Sum(helper => helper.MemoryMiB),
            Files(Path.Combine(dataDirectory, BlobStore.Spool)) + Files(temporaryFolder), await BacklogAsync(cancellationToken));
    }

    public Task<int> BacklogAsync(CancellationToken cancellationToken) => database.ReadAsync(session => session.ScalarAsync<int>(CountUnfinished), cancellationToken);

    // The runtime's own sockets for its diagnostics tools (dotnet-diagnostic-PID, clr-debug-pipe) are not files that anybody left.
    private static int Files(string folder) =>
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Count(file => !Path.GetFileName(file).StartsWith("dotnet-diagnostic", StringComparison.Ordinal) && !Path.GetFileName(file).StartsWith("clr-debug-pipe", StringComparison.Ordinal));

    private List<int> Children()
    {
        var children = new List<int>();
        foreach (var thread in Directory.EnumerateDirectories($"/proc/{processId}/task"))
        {
            try
            {
                children.AddRange(File.ReadAllText(Path.Combine(thread, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse));
            }
            catch (IOException)
            {
                // That thread has just ended.
            }
        }
        return children;
    }

    private static (double MemoryMiB, int Threads) Status(int id)
    {
        try
        {
            var lines = File.ReadLines($"/proc/{id}/status").Where(line => line.StartsWith("VmRSS:", StringComparison.Ordinal) || line.StartsWith("Threads:", StringComparison.Ordinal))
                .Select(line => line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)).ToDictionary(words => words[0], words => double.Parse(words[1], CultureInfo.InvariantCulture));
            return (Math.Round(lines.GetValueOrDefault("VmRSS:") / 1024, 1), (int)lines.GetValueOrDefault("Threads:"));
        }
        catch (IOException)
        {
            return (0, 0); // that helper has just ended
        }
    }
}
