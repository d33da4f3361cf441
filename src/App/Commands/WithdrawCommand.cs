using System.CommandLine;
using EchoClr.App.Configuration;
using EchoClr.Shared.Data;

namespace EchoClr.App.Commands;

/// <summary><c>withdraw UID</c>: takes a wrong report back. A row says so at once; a running <c>up</c> tells every destination that was sent the report.</summary>
internal static class WithdrawCommand
{
    // DCM codes of Key Object Selection titles (CID 7010, IHE Imaging Object Change Management).
    private static readonly Dictionary<string, string> NoteTitles = new() { ["quality"] = "113001", ["patient-safety"] = "113037" };

    public static Command Create(Terminal terminal)
    {
        var subject = new Argument<string>("uid") { Description = "Study Instance UID, or SOP Instance UID of a report" };
        var reason = new Option<string>("--reason") { Description = "Why, for everybody who reads the report", Required = true };
        var by = CommonOptions.By();
        var note = new Option<string?>("--rejection-note")
        {
            Description = "Also tell the PACS to hide the report and its pictures: a Key Object Selection 'rejected for quality reasons' (quality, the default) or 'patient-safety'",
            Arity = ArgumentArity.ZeroOrOne,
            HelpName = "quality|patient-safety",
        };
        note.AcceptOnlyFromAmong([.. NoteTitles.Keys]);
        var command = new Command("withdraw", "Withdraws a report: a superseding report says so, at every destination that was sent it") { subject, reason, by, note };
        command.SetAction(async (parse, cancellationToken) =>
        {
            await using var data = await OpenData.OpenAsync(parse, create: false, cancellationToken);
            var (row, report) = await FindAsync(data, parse.GetValue(subject)!, cancellationToken);
            var why = parse.GetValue(reason)!.Trim();
            if (why.Length == 0)
                throw new CommandException("a withdrawal needs a reason that others can understand; write --reason \"…\"");
            var code = parse.GetResult(note) is null ? null : NoteTitles[parse.GetValue(note) ?? "quality"];
            if (!await data.Get<WithdrawalStore>().WithdrawAsync(row.Analysis!, parse.GetValue(by)!, why, code, report.SopClassUid, TimeProvider.System.GetUtcNow(), cancellationToken))
                throw new CommandException($"the report of study {row.Study.StudyInstanceUid} is withdrawn already; ./echoclr study {row.Study.StudyInstanceUid} says by whom");
            terminal.Line($"withdrawn: the report of study {row.Study.StudyInstanceUid}; a running ./echoclr up tells {Destinations(row)}");
            return 0;
        });
        return command;
    }

    /// <summary>The study whose report stands, and that report.</summary>
    private static async Task<(WorklistRow Row, ResultObjectRow Report)> FindAsync(OpenData data, string uid, CancellationToken cancellationToken)
    {
        var (worklist, deliveries) = (data.Get<Worklist>(), data.Get<DeliveryStore>());
        var named = await deliveries.FindResultAsync(uid, cancellationToken);
        var study = named is null ? uid : (await data.Get<AnalysisStore>().FindAsync(named.AnalysisId, cancellationToken))!.StudyInstanceUid;
        var row = await worklist.FindAsync(study, cancellationToken) ?? throw StudyCommand.Unknown(uid);
        if (named is not null && row.Analysis?.Id != named.AnalysisId)
            throw new CommandException($"{uid} does not stand any more: a later report of the study has superseded it; withdraw that one, ./echoclr study {study} names it");
        var reports = row.Analysis is null ? [] : await deliveries.ListResultObjectsAsync(row.Analysis.Id, cancellationToken);
        return reports.FirstOrDefault(result => result.Kind is ResultKind.StructuredReport or ResultKind.TextReport) is { } report
            ? (row, report)
            : throw new CommandException($"study {study} has no report to withdraw: {WorklistCommand.State(row)}");
    }

    private static string Destinations(WorklistRow row)
    {
        var told = row.Deliveries.Where(delivery => delivery.Attempts > 0 || delivery.SentAt is not null).Select(delivery => delivery.Destination).ToList();
        return told.Count == 0 ? "nobody, for nothing was sent" : string.Join(", ", told);
    }
}
