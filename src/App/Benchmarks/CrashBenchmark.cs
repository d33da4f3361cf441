using System.CommandLine;
using EchoClr.Shared.Messaging;

namespace EchoClr.App.Benchmarks;

/// <summary><c>bench crash</c>: kills the product at drawn points, takes away what was not synced, and audits. The harness is a test program (<c>tests/Crash</c>), so this needs the source tree.</summary>
internal static class CrashBenchmark
{
    public static Command Create(Terminal terminal)
    {
        var kills = new Option<int>("--kills") { Description = "How many, 4 s each", DefaultValueFactory = _ => 100 };
        var bus = new Option<BusTransport>("--bus") { Description = "memory, or rabbitmq with a private broker" };
        var log = new Option<string?>("--log") { Description = "CSV file that every kill is added to; by default artifacts/bench/crash-BUS.csv", HelpName = "FILE" };
        var seed = new Option<int?>("--seed") { Description = "Draws the same points and studies again; by default the log says which are new" };
        var command = new Command("crash", "Kills the product again and again and shows that nothing acknowledged is lost (docs/reliability.md)") { kills, bus, log, seed };
        command.SetAction(async (parse, cancellationToken) =>
        {
            List<string> arguments = ["bench", "--kills", $"{parse.GetValue(kills)}", "--bus", $"{parse.GetValue(bus)}"];
            if (parse.GetValue(log) is { } file)
                arguments.AddRange(["--log", Path.GetFullPath(file)]);
            if (parse.GetValue(seed) is { } number)
                arguments.AddRange(["--seed", $"{number}"]);
            var code = await TestProgram.RunAsync("Crash", arguments, new Dictionary<string, string>(), cancellationToken);
            if (code != 0)
                terminal.Note("echoclr: the harness found a violation or did not run; what it said stands above");
            return code;
        });
        return command;
    }
}
