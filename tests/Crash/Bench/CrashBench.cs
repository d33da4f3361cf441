using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using EchoClr.App;
using EchoClr.App.Demo;
using EchoClr.Crash.Harness;
using EchoClr.Shared.Messaging;

namespace EchoClr.Crash.Bench;

/// <summary><c>bench crash</c>: kills, audits and writes each verdict into a log that further runs go on with.</summary>
internal static class CrashBench
{
    /// <summary>Kills on one data folder; then a fresh one, so that first starts die too and the folder's audit stays short.</summary>
    private const int KillsOfAFolder = 50;

    public static Task<int> RunAsync(string[] args)
    {
        var kills = new Option<int>("--kills") { DefaultValueFactory = _ => 100 };
        var bus = new Option<BusTransport>("--bus");
        var log = new Option<string?>("--log");
        var seed = new Option<int?>("--seed");
        var command = new RootCommand { kills, bus, log, seed };
        command.SetAction((parse, cancellationToken) => RunAsync(parse.GetValue(kills), parse.GetValue(bus), parse.GetValue(log), parse.GetValue(seed), cancellationToken));
        return command.Parse(args).InvokeAsync();
    }

    private static async Task<int> RunAsync(int kills, BusTransport bus, string? logFile, int? seed, CancellationToken cancellationToken)
    {
        var log = new CrashLog(logFile ?? Path.Combine(Checkout.RequireRoot(), "artifacts", "bench", $"crash-{bus.ToString().ToLowerInvariant()}.csv"));
        var root = Scratch.Create($"{Environment.ProcessId}");
        var keep = true; // for a person to look at, unless all is well or somebody ended it
        try
        {
            await using var broker = bus == BusTransport.RabbitMq ? await RabbitMqBroker.StartAsync(Path.Combine(root, "rabbitmq"), cancellationToken) : null;
            // Each run goes on where the last one ended, with other studies and other points.
            keep = !await RunAsync(kills, bus, broker, log, root, seed ?? 1 + log.Totals().Values.Sum(total => total.Kills), cancellationToken);
        }
        catch (OperationCanceledException)
        {
            keep = false;
            throw;
        }
        finally
        {
            if (!keep)
                Directory.Delete(root, recursive: true);
        }
        foreach (var (form, total) in log.Totals())
            Terminal.Console.Line($"{form}: {total.Kills} kills, {total.Violations} with a violation");
        return keep ? 1 : 0;
    }

    /// <summary>False at the first violation; its folder stays for a person to look at.</summary>
    private static async Task<bool> RunAsync(int kills, BusTransport bus, RabbitMqBroker? broker, CrashLog log, string root, int seed, CancellationToken cancellationToken)
    {
        var (commit, done) = (Commit(), 0);
        using var progress = new Progress(Terminal.Console, $"kills ({bus})", TimeProvider.System);
        for (; done < kills; seed += KillsOfAFolder)
        {
            var folder = Path.Combine(root, seed.ToString(CultureInfo.InvariantCulture));
            await using (var run = await CrashRun.StartAsync(new CrashOptions { Folder = folder, Seed = seed, Broker = broker }))
            {
                await foreach (var verdict in run.KillAsync(Math.Min(KillsOfAFolder, kills - done), cancellationToken))
                {
                    log.Append(TimeProvider.System.GetUtcNow(), commit, bus, seed, verdict);
                    progress.Report(++done, kills, verdict.Point.Name);
                    if (verdict.Violations.Count == 0)
                        continue;
                    foreach (var violation in verdict.Violations)
                        Terminal.Console.Line(violation);
                    Terminal.Console.Note($"echoclr: kill {verdict.Number} of seed {seed} ({verdict.Point.Name}, {verdict.Survival}) showed a violation; its folder is {folder}");
                    return false;
                }
            }
            Directory.Delete(folder, recursive: true);
        }
        return true;
    }

    /// <summary>Which program was killed: the commit, and whether the tree differed from it.</summary>
    private static string Commit()
    {
        using var git = Process.Start(new ProcessStartInfo("git", ["describe", "--always", "--dirty", "--exclude", "*"]) { WorkingDirectory = Checkout.RequireRoot(), RedirectStandardOutput = true })!;
        var commit = git.StandardOutput.ReadToEnd().Trim();
        git.WaitForExit();
        return git.ExitCode == 0 ? commit : "unknown";
    }
}
