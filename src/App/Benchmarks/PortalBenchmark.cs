using System.CommandLine;
using EchoClr.App.Benchmarks.Portal;
using EchoClr.App.Commands;

namespace EchoClr.App.Benchmarks;

/// <summary><c>bench portal</c>: how soon the worklist of a hospital's years is filtered and paged, alone and with readers at it while studies arrive.</summary>
internal static class PortalBenchmark
{
    public static Command Create(Terminal terminal)
    {
        var studies = new Option<int>("--studies") { Description = "Studies in the worklist", DefaultValueFactory = _ => 100_000 };
        var readers = new Option<int>("--readers") { Description = "Readers with the worklist open, each renewing it every two seconds", DefaultValueFactory = _ => 50 };
        var seconds = new Option<int>("--seconds") { Description = "How long they read", DefaultValueFactory = _ => 30 };
        var folder = new Option<string?>("--folder") { Description = "Where it works; by default artifacts/bench in the source tree", HelpName = "FOLDER" };
        var json = CommonOptions.Json();
        var command = new Command("portal", "The worklist over many studies: time to filter and to page, bytes of a page, and both with readers at it while studies arrive") { studies, readers, seconds, folder, json };
        command.SetAction(async (parse, cancellationToken) =>
        {
            var root = Path.GetFullPath(parse.GetValue(folder) ?? Path.Combine(Checkout.RequireRoot(), "artifacts", "bench"));
            await using var load = await PortalLoad.StartAsync(Path.Combine(root, "portal"), parse.GetValue(studies), terminal, cancellationToken);
            List<PortalTimes> times = [.. await load.FilterAsync(cancellationToken), await load.PageAsync(cancellationToken), await load.ReadAsync(parse.GetValue(readers), TimeSpan.FromSeconds(parse.GetValue(seconds)), cancellationToken)];
            if (parse.GetValue(json))
                terminal.Json(new { Studies = parse.GetValue(studies), IndexSeconds = load.IndexTime.TotalSeconds, LoadAverage = File.ReadAllText("/proc/loadavg").Trim(), Times = times });
            else
            {
                terminal.Line($"{parse.GetValue(studies):N0} studies; the index was built in {load.IndexTime.TotalSeconds:0.0} s; load of the machine {File.ReadAllText("/proc/loadavg").Trim()}");
                terminal.Table(["what", "answers", "p50 ms", "p99 ms", "CPU ms", "largest kB"], times.Select(one => (IReadOnlyList<string>)[one.What, $"{one.Answers}", $"{one.P50Ms:0}", $"{one.P99Ms:0}", $"{one.CpuMs:0}", $"{one.LargestBytes / 1e3:0}"]));
            }
            return 0;
        });
        return command;
    }
}
