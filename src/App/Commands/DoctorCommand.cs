using System.CommandLine;
using EchoClr.App.Configuration;
using EchoClr.App.Doctor;
using EchoClr.Dicom.Ports;
using EchoClr.Shared.Ledger;

namespace EchoClr.App.Commands;

/// <summary><c>doctor</c>: checks the machine and the configuration, one line each. <c>doctor --ledger</c>: audits what was received and what became of it.</summary>
internal static class DoctorCommand
{
    public static Command Create(Terminal terminal, IDicomClient client)
    {
        var json = CommonOptions.Json();
        var ledger = new Option<bool>("--ledger") { Description = "Instead: compares store, tables and results with the ledger equation, and reads every file for it" };
        var strict = new Option<bool>("--strict") { Description = "With --ledger: a file without a row is an error however young it is; for a system that stands still" };
        var command = new Command("doctor", "Checks the machine and the configuration, one line each") { json, ledger, strict };
        command.SetAction(async (parse, cancellationToken) =>
        {
            if (parse.GetValue(ledger))
                return await AuditAsync(terminal, parse, parse.GetValue(strict), parse.GetValue(json), cancellationToken);
            var findings = new List<Finding>();
            await foreach (var finding in Examination.RunAsync(GlobalOptions.Load(parse), client, cancellationToken))
            {
                findings.Add(finding);
                if (!parse.GetValue(json))
                    terminal.Line($"{Mark(finding.Health)}  {finding.Subject}: {finding.Detail}");
            }
            if (parse.GetValue(json))
                terminal.Json(findings.Select(finding => new { finding.Subject, Health = finding.Health.ToString(), finding.Detail }));
            return findings.Any(finding => finding.Health == Health.Bad) ? 1 : 0;
        });
        return command;
    }

    private static async Task<int> AuditAsync(Terminal terminal, ParseResult parse, bool strict, bool json, CancellationToken cancellationToken)
    {
        await using var data = await OpenData.OpenAsync(parse, create: false, cancellationToken);
        LedgerReport report;
        using (var progress = new Progress(terminal, "comparing files", TimeProvider.System))
            report = await data.Get<LedgerAudit>().RunAsync(strict, new SynchronousProgress<long>(files => progress.Report($"{files} files")), cancellationToken);
        if (json)
            terminal.Json(report);
        else
        {
            foreach (var broken in report.Breaks)
                terminal.Line($"{Mark(Health.Bad)}  {broken}");
            terminal.Line($"{Mark(report.IsWhole ? Health.Good : Health.Bad)}  ledger: {report.Counts}");
        }
        return report.IsWhole ? 0 : 1;
    }

    private static string Mark(Health health) => health switch
    {
        Health.Good => "ok  ",
        Health.Doubtful => "note",
        _ => "BAD ",
    };
}
