using System.CommandLine;
using EchoClr.App.Benchmarks.Soak;
using EchoClr.App.Commands;
using EchoClr.App.Configuration;

namespace EchoClr.App.Benchmarks;

/// <summary><c>bench soak</c>: a hospital's busiest hour with faults mixed in, for as long as one likes.</summary>
internal static class SoakBenchmark
{
    public static Command Create(Terminal terminal)
    {
        var defaults = new SoakOptions { Folder = "", StudyCache = "" };
        var minutes = new Option<double>("--minutes") { Description = "How long studies are sent", DefaultValueFactory = _ => defaults.Length.TotalMinutes };
        var rate = new Option<double>("--studies-an-hour") { Description = "How many are begun an hour", DefaultValueFactory = _ => defaults.StudiesAnHour };
        var objects = new Option<int>("--objects") { Description = "Objects a study", DefaultValueFactory = _ => defaults.ObjectsAStudy };
        var faults = new Option<double>("--faults") { Description = "The part of objects beside which something goes wrong", DefaultValueFactory = _ => defaults.Faults };
        var seed = new Option<int>("--seed") { Description = "The same seed does the same wrong", DefaultValueFactory = _ => defaults.Seed };
        var folder = new Option<string?>("--folder") { Description = "Where it works; by default artifacts/bench in the source tree", HelpName = "FOLDER" };
        var json = CommonOptions.Json();
        var command = new Command("soak", "A hospital's busiest hour with faults mixed in: memory, handles, files and queues must stay flat, the ledger exact") { minutes, rate, objects, faults, seed, folder, json };
        command.SetAction(async (parse, cancellationToken) =>
        {
            var root = Path.GetFullPath(parse.GetValue(folder) ?? Path.Combine(Checkout.RequireRoot(), "artifacts", "bench"));
            await using var soak = new SoakRun(new SoakOptions
            {
                Folder = Path.Combine(root, "soak"), StudyCache = root, Length = TimeSpan.FromMinutes(parse.GetValue(minutes)), StudiesAnHour = parse.GetValue(rate),
                ObjectsAStudy = parse.GetValue(objects), Faults = parse.GetValue(faults), Seed = parse.GetValue(seed), Settings = GlobalOptions.Settings(parse),
            }, terminal);
            var report = await soak.RunAsync(cancellationToken);
            if (parse.GetValue(json))
                terminal.Json(new { report.Studies, report.Objects, report.Faults, report.Trends, Ledger = report.Ledger.Counts, report.Complaints, report.Samples });
            else
                report.Print(terminal);
            return report.Complaints.Count == 0 ? 0 : 1;
        });
        return command;
    }
}
