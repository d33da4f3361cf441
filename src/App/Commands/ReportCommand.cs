using System.CommandLine;
using EchoClr.App.Configuration;
using EchoClr.Dicom;
using EchoClr.Shared.Audit;
using EchoClr.Shared.Data;
using EchoClr.Shared.Storage;

namespace EchoClr.App.Commands;

/// <summary><c>report UID</c>: the content tree of a study's report as text; also of any structured report file.</summary>
internal static class ReportCommand
{
    public static Command Create(Terminal terminal)
    {
        var subject = new Argument<string>("uid") { Description = "Study Instance UID, or the path of a structured report" };
        var command = new Command("report", "Prints the content tree of a study's report") { subject };
        command.SetAction(async (parse, cancellationToken) =>
        {
            var name = parse.GetValue(subject)!;
            foreach (var path in File.Exists(name) ? [name] : await FindAsync(parse, name, terminal, cancellationToken))
                terminal.Line(Read(path));
            return 0;
        });
        return command;
    }

    private static async Task<IReadOnlyList<string>> FindAsync(ParseResult parse, string studyInstanceUid, Terminal terminal, CancellationToken cancellationToken)
    {
        await using var data = await OpenData.OpenAsync(parse, create: false, cancellationToken);
        var row = await data.Get<Worklist>().FindAsync(studyInstanceUid, cancellationToken) ?? throw StudyCommand.Unknown(studyInstanceUid);
        await data.Get<AuditTrail>().RecordAsync(AuditEvents.StudyViewed(AuditParticipant.Operator(), studyInstanceUid), cancellationToken);
        var results = row.Analysis is null ? [] : await data.Get<DeliveryStore>().ListResultObjectsAsync(row.Analysis.Id, cancellationToken);
        var reports = results.Where(result => result.Kind is not (ResultKind.SaliencyCine or ResultKind.RejectionNote)).Select(result => data.Get<BlobStore>().PathOf(result.FileKey)).ToList();
        if (row.Withdrawal is { } withdrawal)
            terminal.Line($"WITHDRAWN by {withdrawal.WithdrawnBy} at {withdrawal.WithdrawnAt.UtcDateTime:yyyy-MM-dd HH:mm} UTC: {withdrawal.Reason}\n");
        return reports.Count > 0 ? reports : throw new CommandException($"study {studyInstanceUid} has no report: {WorklistCommand.State(row)}; ./echoclr study {studyInstanceUid} says more");
    }

    private static string Read(string path)
    {
        try
        {
            using var text = new StringWriter();
            StructuredReportText.Write(text, DicomFile.Read(path).Dataset);
            return text.ToString();
        }
        catch (DicomFormatException e)
        {
            throw new CommandException($"{path} cannot be read: {e.Message}; name a DICOM structured report", e);
        }
    }
}
