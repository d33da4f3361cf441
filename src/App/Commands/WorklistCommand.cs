using System.CommandLine;
using EchoClr.App.Configuration;
using EchoClr.Portal;
using EchoClr.Shared.Audit;
using EchoClr.Shared.Data;

namespace EchoClr.App.Commands;

/// <summary><c>worklist</c>: studies, newest first, each with where it stands.</summary>
internal static class WorklistCommand
{
    public static Command Create(Terminal terminal)
    {
        var take = new Option<int>("--take") { Description = "How many studies", DefaultValueFactory = _ => 50 };
        var json = CommonOptions.Json();
        var command = new Command("worklist", "Lists studies, newest first, each with where it stands") { take, json };
        command.SetAction(async (parse, cancellationToken) =>
        {
            await using var data = await OpenData.OpenAsync(parse, create: false, cancellationToken);
            await data.Get<AuditTrail>().RecordAsync(AuditEvents.WorklistRead(AuditParticipant.Operator(), "echoclr worklist"), cancellationToken);
            var rows = await data.Get<Worklist>().ListAsync(0, parse.GetValue(take), cancellationToken);
            if (parse.GetValue(json))
                terminal.Json(rows.Select(WorklistEntry.Of));
            else if (rows.Count == 0)
                terminal.Line("no study yet");
            else
                terminal.Table(["patient", "study", "received (UTC)", "state", "findings"], rows.Select(row => (IReadOnlyList<string>)
                    [row.Study.PatientId ?? "", row.Study.StudyInstanceUid, row.Study.LastReceivedAt.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss"), State(row), string.Join("; ", row.Findings.Select(Finding))]));
            return 0;
        });
        return command;
    }

    public static string State(WorklistRow row) => Words.State(row.State).Text + (row.Reason is null ? "" : $": {row.Reason}");

    public static string Finding(FindingRow finding) => finding.Outcome == FindingOutcome.Abstained
        ? $"{Words.Task(finding.Name)}: abstained"
        : $"{Words.Task(finding.Name)}: {finding.Outcome.ToString().ToLowerInvariant()} ({100 * finding.Probability:0.0} %, threshold {100 * finding.Threshold:0.0} %)";
}
