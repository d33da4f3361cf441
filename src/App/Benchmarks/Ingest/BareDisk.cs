using System.Diagnostics;
using Microsoft.Win32.SafeHandles;

namespace EchoClr.App.Benchmarks.Ingest;

/// <summary>What the disk allows, beside the receivers: as many threads as there are associations write objects of the same length, flush each, and do nothing else.</summary>
internal static class BareDisk
{
    public const string Name = "bare disk";

    public static Measurement Take(string folder, ObjectSize size, IReadOnlyList<string> files, int threads)
    {
        Directory.CreateDirectory(folder);
        try
        {
            var bytes = File.ReadAllBytes(files[0]);
            Write(folder, bytes, size.WarmUp, threads, "first");
            var processor = Environment.CpuUsage.TotalTime;
            var clock = Stopwatch.StartNew();
            var flushed = Write(folder, bytes, size.Count, threads, "measured");
            var took = clock.Elapsed;
            return new Measurement(
                Name, size, threads, size.Count / took.TotalSeconds, (double)size.Count * bytes.Length / 1e6 / took.TotalSeconds,
                flushed[flushed.Length / 2], flushed[(int)(0.99 * flushed.Length)], (Environment.CpuUsage.TotalTime - processor) / size.Count, 0);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>How long each took until it was flushed, the shortest first.</summary>
    private static TimeSpan[] Write(string folder, byte[] bytes, int count, int threads, string name)
    {
        var took = new TimeSpan[count];
        var writers = Enumerable.Range(0, threads).Select(thread => new Thread(() =>
        {
            for (var i = thread; i < count; i += threads)
            {
                var began = Stopwatch.GetTimestamp();
                using SafeFileHandle file = File.OpenHandle(Path.Combine(folder, $"{name}-{i}"), FileMode.CreateNew, FileAccess.Write);
                RandomAccess.Write(file, bytes, 0);
                RandomAccess.FlushToDisk(file);
                took[i] = Stopwatch.GetElapsedTime(began);
            }
        })).ToList();
        writers.ForEach(writer => writer.Start());
        writers.ForEach(writer => writer.Join());
        Array.Sort(took);
        return took;
    }
}
