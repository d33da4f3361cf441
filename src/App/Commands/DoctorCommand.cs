using System.CommandLine;

namespace EchoClr.App.Commands;

/// <summary><c>doctor</c>: checks the machine and the configuration, one line each.</summary>
internal static class DoctorCommand
{
    public static Command Create(Terminal terminal)
    {
        var json = new Option<bool>("--json") { Description = "Machine-readable output" };
        var command = new Command("doctor", "Checks the machine and the configuration, one line each") { json };
        command.SetAction((parse, _) => Task.FromResult(Run(terminal, parse.GetValue(json))));
        return command;
    }

    private static int Run(Terminal terminal, bool json)
    {
        var findings = Checks().ToList();
        if (json)
            terminal.Json(findings);
        else
            foreach (var finding in findings)
                terminal.Line($"{(finding.Good ? "ok  " : "BAD ")}  {finding.Subject}: {finding.Detail}");
        return findings.All(finding => finding.Good) ? 0 : 1;
    }

    internal sealed record Finding(string Subject, bool Good, string Detail);

    private static IEnumerable<Finding> Checks()
    {
        yield return new("runtime", Environment.Version.Major >= 10, $".NET {Environment.Version}, {Environment.ProcessorCount} processors");
        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        yield return new("memory", memory >= 2L << 30, $"{memory / (1 << 20)} MiB; inference needs 2 GiB");
    }
}
