using System.CommandLine;
using EchoClr.App.Configuration;
using EchoClr.Portal;
using EchoClr.Shared.Audit;
using EchoClr.Shared.Data;

namespace EchoClr.App.Commands;

/// <summary><c>study UID</c>: all that is known of one study.</summary>
internal static class StudyCommand
{
    public static Command Create(Terminal terminal)
    {
        var uid = new Argument<string>("uid") { Description = "Study Instance UID" };
        var json = CommonOptions.Json();
        var command = new Command("study", "Shows what happened to a study, by what evidence, and what was found") { uid, json };
        command.SetAction(async (parse, cancellationToken) =>
        {
            await using var data = await OpenData.OpenAsync(parse, create: false, cancellationToken);
            var reader = new StudyDetailReader(data.Get<Worklist>(), data.Get<StudyStore>(), data.Get<AnalysisStore>(), data.Get<DeliveryStore>(), data.Get<SignalStore>(), data.Get<ReportPatientStore>(), data.Get<Shared.Storage.BlobStore>());
            var study = await reader.FindAsync(parse.GetValue(uid)!, cancellationToken) ?? throw Unknown(parse.GetValue(uid)!);
            await data.Get<AuditTrail>().RecordAsync(AuditEvents.StudyViewed(AuditParticipant.Operator(), study.Row.Study.StudyInstanceUid), cancellationToken);
            if (parse.GetValue(json))
                terminal.Json(new { Study = WorklistEntry.Of(study.Row), study.Events, Views = study.Views.Select(view => new { view.SopInstanceUid, view.ViewLabel, view.Probability, view.Used, view.Reason }) });
            else
                Print(terminal, study);
            return 0;
        });
        return command;
    }

    public static CommandException Unknown(string uid) => new($"there is no study {uid} here; ./echoclr worklist lists those there are");

    private static void Print(Terminal terminal, StudyDetail study)
    {
        terminal.Line($"Patient   {study.Row.Study.PatientId}");
        terminal.Line($"Study     {study.Row.Study.StudyInstanceUid}{(study.Row.Study.Urgent ? ", marked as urgent" : "")}");
        terminal.Line($"State     {WorklistCommand.State(study.Row)}");
        foreach (var finding in study.Row.Findings)
            terminal.Line($"Finding   {WorklistCommand.Finding(finding)}");
        terminal.Line();
        foreach (var e in study.Events)
            terminal.Line($"{e.At.UtcDateTime:yyyy-MM-dd HH:mm:ss.fff}  {e.What}{(e.Evidence is null ? "" : $" ({e.Evidence})")}");
        if (study.Views.Count == 0)
            return;
        terminal.Line();
        terminal.Table(["cine", "view", "used"], study.Views.Select(view => (IReadOnlyList<string>)
            [view.SopInstanceUid, view.Probability is { } probability ? $"{view.ViewLabel} {100 * probability:0.0} %" : view.ViewLabel ?? "", view.Used ? "yes" : $"no: {view.Reason}"]));
    }
}
