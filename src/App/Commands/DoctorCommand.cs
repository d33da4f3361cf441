using System.CommandLine;
using EchoClr.App.Configuration;
using EchoClr.App.Doctor;
using EchoClr.Dicom.Ports;

namespace EchoClr.App.Commands;

/// <summary><c>doctor</c>: checks the machine and the configuration, one line each.</summary>
internal static class DoctorCommand
{
    public static Command Create(Terminal terminal, IDicomClient client)
    {
        var json = CommonOptions.Json();
        var command = new Command("doctor", "Checks the machine and the configuration, one line each") { json };
        command.SetAction(async (parse, cancellationToken) =>
        {
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

    private static string Mark(Health health) => health switch
    {
        Health.Good => "ok  ",
        Health.Doubtful => "note",
        _ => "BAD ",
    };
}
