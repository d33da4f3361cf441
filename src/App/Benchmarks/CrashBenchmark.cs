using System.CommandLine;
using System.Diagnostics;
using EchoClr.Shared.Messaging;

namespace EchoClr.App.Benchmarks;

/// <summary><c>bench crash</c>: kills the product at drawn points, takes away what was not synced, and audits. The harness is a test program (<c>tests/Crash</c>), so this needs the source tree.</summary>
internal static class CrashBenchmark
{
    /// <summary>A program of its own: nothing of it is referenced here.</summary>
    private const string Harness = "Crash";

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
            return await RunAsync(terminal, arguments, cancellationToken);
        });
        return command;
    }

    private static async Task<int> RunAsync(Terminal terminal, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Name; // artifacts/bin/App/release
        var harness = Path.Combine(Checkout.RequireRoot(), "artifacts", "bin", Harness, configuration, $"EchoClr.{Harness}.dll");
        if (!File.Exists(harness))
            throw new CommandException("the crash harness is not built; run ./echoclr bench crash, which builds it");
        using var process = Process.Start(new ProcessStartInfo("dotnet", [harness, .. arguments])) ?? throw new CommandException("dotnet does not start; is it on the PATH?");
        try
        {
            await process.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // The terminal sent it the same signal: it ends its product, its broker and itself.
            await process.WaitForExitAsync(CancellationToken.None);
            throw;
        }
        if (process.ExitCode != 0)
            terminal.Note("echoclr: the harness found a violation or did not run; what it said stands above");
        return process.ExitCode;
    }
}
