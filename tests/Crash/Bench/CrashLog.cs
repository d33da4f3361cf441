using System.Globalization;
using EchoClr.Crash.Harness;
using EchoClr.Shared.Messaging;

namespace EchoClr.Crash.Bench;

/// <summary>Every kill that was ever made, one line each; runs add to it.</summary>
internal sealed class CrashLog(string path)
{
    private const string Header = "time,commit,bus,seed,kill,point,detail,survival,reached,verdict";

    public void Append(DateTimeOffset now, string commit, BusTransport bus, int seed, KillVerdict verdict)
    {
        if (!File.Exists(path))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            File.WriteAllText(path, Header + "\n");
        }
        var detail = verdict.Point.Call ?? verdict.Point.Span ?? (verdict.Point.After is { } after ? $"{after.TotalMilliseconds:0} ms" : "");
        var outcome = verdict.Violations.Count == 0 ? "ok" : string.Join("; ", verdict.Violations);
        string[] fields =
        [
            now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture), commit, bus.ToString(), Number(seed), Number(verdict.Number),
            verdict.Point.Name, detail, verdict.Survival.ToString(), verdict.Reached ? "yes" : "no", outcome,
        ];
        File.AppendAllText(path, string.Join(',', fields.Select(Quoted)) + "\n");
    }

    /// <summary>Kills in the log by bus, and how many of them showed a violation.</summary>
    public IReadOnlyDictionary<BusTransport, (int Kills, int Violations)> Totals() => !File.Exists(path)
        ? new Dictionary<BusTransport, (int, int)>()
        : File.ReadLines(path).Skip(1).GroupBy(line => Enum.Parse<BusTransport>(line.Split(',')[2])).ToDictionary(group => group.Key, group => (group.Count(), group.Count(line => !line.EndsWith(",ok", StringComparison.Ordinal))));

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    // Line breaks would make two entries of one.
    private static string Quoted(string field) => field.AsSpan().IndexOfAny(",\"\n") < 0 ? field : $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal).ReplaceLineEndings(" ")}\"";
}
