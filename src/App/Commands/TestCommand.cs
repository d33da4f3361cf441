using System.CommandLine;
using EchoClr.App.Testing;

namespace EchoClr.App.Commands;

/// <summary><c>test</c>: runs every test project; closes with the line <c>N passed, N failed, N skipped</c>.</summary>
internal static class TestCommand
{
    private static readonly TimeSpan ProjectTimeout = TimeSpan.FromMinutes(40); // half of what CI allows for everything

    public static Command Create(Terminal terminal)
    {
        var suite = new Option<string>("--suite") { Description = "default: what runs in 20 minutes; long: the rest", DefaultValueFactory = _ => "default" };
        suite.AcceptOnlyFromAmong("default", "long");
        var filter = new Option<string?>("--filter") { Description = "Only tests whose full name (namespace, class, method) contains this" };
        var project = new Option<string?>("--project") { Description = "Only the test project of this name, as Dicom.Tests" };
        var command = new Command("test", "Runs every test that this machine can run, and says which it skipped and why") { suite, filter, project };
        command.SetAction((parse, cancellationToken) => RunAsync(terminal, parse.GetValue(suite)!, parse.GetValue(filter), parse.GetValue(project), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(Terminal terminal, string suite, string? filter, string? only, CancellationToken cancellationToken)
    {
        var root = Checkout.RequireRoot();
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Name; // artifacts/bin/App/release
        var logs = Directory.CreateDirectory(Path.Combine(root, "artifacts", "tests", suite)).FullName;
        List<string> arguments = [suite == "long" ? "-trait" : "-trait-", "Suite=long"];
        if (filter is not null)
            arguments.AddRange(["-method", $"*{filter}*"]);

        var runs = new List<TestRun>();
        foreach (var project in Projects(root).Where(name => only is null || name.Equals(only, StringComparison.OrdinalIgnoreCase)))
        {
            var assembly = Path.Combine(root, "artifacts", "bin", project, configuration, $"EchoClr.{project}.dll");
            if (!File.Exists(assembly))
                throw new CommandException($"{project} is not built; run ./echoclr test, which builds all");
            terminal.Note($"running {project} …");
            var run = await TestRun.ExecuteAsync(project, assembly, arguments, Path.Combine(logs, project + ".log"), ProjectTimeout, cancellationToken);
            terminal.Line(run.ToString());
            foreach (var failure in run.Failures.Append(run.Error).OfType<string>())
                terminal.Line($"      FAILED {failure}");
            runs.Add(run);
        }
        return Summarize(terminal, runs);
    }

    /// <summary>Every project under tests/ that is a program; the library of fixtures is not.</summary>
    private static IEnumerable<string> Projects(string root) =>
        Directory.EnumerateFiles(Path.Combine(root, "tests"), "*.csproj", SearchOption.AllDirectories)
            .Where(path => File.ReadAllText(path).Contains("<OutputType>Exe</OutputType>", StringComparison.Ordinal))
            .Select(path => Path.GetFileNameWithoutExtension(path)!)
            .Order(StringComparer.Ordinal);

    internal static int Summarize(Terminal terminal, IReadOnlyList<TestRun> runs)
    {
        foreach (var reason in runs.SelectMany(run => run.SkipReasons).GroupBy(reason => reason).OrderByDescending(group => group.Count()))
            terminal.Line($"skipped {reason.Count()}: {reason.Key}");
        var (passed, failed, skipped) = (runs.Sum(run => run.Passed), runs.Sum(run => run.Failed), runs.Sum(run => run.SkipReasons.Count));
        if (passed + failed + skipped == 0)
            terminal.Note("echoclr: no test ran; loosen --filter or --project");
        terminal.Line($"{passed} passed, {failed} failed, {skipped} skipped");
        return failed > 0 || passed + failed + skipped == 0 ? 1 : 0;
    }
}
