using System.CommandLine;
using EchoClr.App.Configuration;
using EchoClr.Retraining.Cohorts;
using EchoClr.Retraining.FineTune;
using EchoClr.Shared.Clips;
using EchoClr.Shared.Storage;
using EchoClr.VideoModels.Clips;

namespace EchoClr.App.Commands;

/// <summary><c>clips list|cohort|delete|optout|optin</c>: the cines that are kept for learning, and who is left out.</summary>
internal static class ClipsCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command("clips", "The masked, de-identified cines that are kept for learning: count them, fix a cohort, delete some, leave a patient out");
        command.Subcommands.Add(CreateList(terminal));
        command.Subcommands.Add(CreateCohort(terminal));
        command.Subcommands.Add(CreateDelete(terminal));
        command.Subcommands.Add(CreateOptOut(terminal));
        command.Subcommands.Add(CreateOptIn(terminal));
        return command;
    }

    private static Command CreateList(Terminal terminal)
    {
        var json = CommonOptions.Json();
        var command = new Command("list", "Counts clips by view") { json };
        command.SetAction(async (parse, cancellationToken) =>
        {
            await using var data = await OpenData.OpenAsync(parse, create: false, cancellationToken);
            var counts = await data.Get<ClipStore>().CountAsync(cancellationToken);
            var optedOut = await data.Get<ClipStore>().CountOptedOutAsync(cancellationToken);
            if (parse.GetValue(json))
                terminal.Json(new { Views = counts, PatientsOptedOut = optedOut });
            else if (counts.Count == 0)
                terminal.Line($"no clips; inference writes them (Clips:Enabled); patients who opted out: {optedOut}");
            else
            {
                terminal.Table(["view", "clips", "patients", "MiB"], counts.Select(count => (IReadOnlyList<string>)[count.ViewLabel ?? "?", $"{count.Clips}", $"{count.Patients}", $"{count.Bytes >> 20}"]));
                terminal.Line($"patients who opted out: {optedOut}");
            }
            return 0;
        });
        return command;
    }

    private static Command CreateCohort(Terminal terminal)
    {
        var output = new Option<FileInfo>("--out") { Description = "The manifest to write (JSON)", Required = true };
        var view = new Option<string>("--view") { Description = "Clips of this view; all takes every view", DefaultValueFactory = _ => "PLAX" };
        var probability = new Option<double>("--min-view-probability") { Description = "How sure the view gate must have been", DefaultValueFactory = _ => 0.5 };
        var command = new Command("cohort", "Fixes what a training reads: a manifest with a hash, patients split by keyed hash") { output, view, probability };
        command.SetAction(async (parse, cancellationToken) =>
        {
            await using var data = await OpenData.OpenAsync(parse, create: false, cancellationToken);
            var wanted = parse.GetValue(view) == "all" ? null : parse.GetValue(view);
            var rows = await data.Get<ClipStore>().ListLearnableAsync(ClipFormat.Pipeline, wanted, parse.GetValue(probability), cancellationToken);
            if (rows.Count == 0)
                throw new CommandException("no clip is of this kind; ./echoclr clips list says what there is");
            var cohort = Cohort.Of(rows, ClipFormat.Pipeline, wanted, parse.GetValue(probability));
            cohort.Write(parse.GetValue(output)!.FullName);
            terminal.Line($"cohort {cohort.Sha256}: {cohort.Clips.Count} clips of {cohort.Clips.Select(clip => clip.Patient).Distinct().Count()} patients; "
                + string.Join(", ", Enum.GetValues<DataPart>().Select(part => $"{cohort.In(part).Count()} for {part.ToString().ToLowerInvariant()}")));
            return 0;
        });
        return command;
    }

    private static Command CreateDelete(Terminal terminal)
    {
        var ids = new Argument<long[]>("clip") { Description = "Clips by their ids, as a cohort names them", Arity = ArgumentArity.OneOrMore };
        var reason = new Option<string>("--reason") { Description = "Why, for the row that stays", Required = true };
        var command = new Command("delete", "Deletes clips for good; they are in no later cohort and are not written again") { ids, reason };
        command.SetAction(async (parse, cancellationToken) =>
        {
            await using var data = await OpenData.OpenAsync(parse, create: false, cancellationToken);
            var deleted = 0;
            foreach (var id in parse.GetValue(ids)!)
            {
                if (await data.Get<ClipStore>().DeleteAsync(id, parse.GetValue(reason)!, cancellationToken) is not { } fileKey)
                    continue;
                data.Get<BlobStore>().Delete(fileKey);
                deleted++;
            }
            terminal.Line($"deleted: {deleted} of {parse.GetValue(ids)!.Length}");
            return deleted == parse.GetValue(ids)!.Length ? 0 : 1;
        });
        return command;
    }

    private static Command CreateOptOut(Terminal terminal)
    {
        var (patient, study, by) = (Patient(), Study(), CommonOptions.By());
        var command = new Command("optout", "Leaves a patient out of learning: every clip of theirs is deleted, and none is written any more") { patient, study, by };
        command.SetAction(async (parse, cancellationToken) =>
        {
            await using var data = await OpenData.OpenAsync(parse, create: false, cancellationToken);
            var (store, files) = (data.Get<ClipStore>(), 0);
            foreach (var key in await KeysAsync(data, parse.GetValue(patient), parse.GetValue(study), cancellationToken))
                foreach (var fileKey in await store.OptOutAsync(key, parse.GetValue(by)!, TimeProvider.System.GetUtcNow(), cancellationToken))
                {
                    data.Get<BlobStore>().Delete(fileKey);
                    files++;
                }
            terminal.Line($"left out of learning from now on; {files} clips are deleted");
            return 0;
        });
        return command;
    }

    private static Command CreateOptIn(Terminal terminal)
    {
        var (patient, study, by) = (Patient(), Study(), CommonOptions.By());
        var command = new Command("optin", "Takes an opt-out back: studies from now on are learned from; what was deleted stays deleted") { patient, study, by };
        command.SetAction(async (parse, cancellationToken) =>
        {
            await using var data = await OpenData.OpenAsync(parse, create: false, cancellationToken);
            var undone = 0;
            foreach (var key in await KeysAsync(data, parse.GetValue(patient), parse.GetValue(study), cancellationToken))
                undone += await data.Get<ClipStore>().UndoOptOutAsync(key, parse.GetValue(by)!, TimeProvider.System.GetUtcNow(), cancellationToken) ? 1 : 0;
            terminal.Line(undone > 0 ? "the opt-out is taken back" : "this patient had not opted out");
            return undone > 0 ? 0 : 1;
        });
        return command;
    }

    private static Option<string?> Patient() => new("--patient-id") { Description = "The Patient ID as studies carry it; - reads it from standard input, which keeps it out of the shell's history" };

    private static Option<string?> Study() => new("--study") { Description = "Study Instance UID of any study of the patient" };

    /// <summary>An identifier may have come with and without its issuer: each is a patient of its own, and each is meant. One that no study here carries is taken without issuer.</summary>
    private static async Task<IReadOnlyList<string>> KeysAsync(OpenData data, string? patientId, string? study, CancellationToken cancellationToken)
    {
        if (patientId is null == study is null)
            throw new CommandException("name the patient by --patient-id or by --study");
        if (patientId == "-")
            patientId = (await Console.In.ReadLineAsync(cancellationToken))?.Trim();
        if (patientId is { Length: 0 })
            throw new CommandException("the patient ID is empty");
        var patients = await data.Get<ClipStore>().ListPatientsAsync(patientId, study, cancellationToken);
        if (patients.Count == 0 && study is not null)
            throw new CommandException("there is no such study; name one that was received, or the patient by --patient-id");
        var keys = new HashSet<string>();
        if (patientId is not null)
            keys.Add(await data.Get<SiteKey>().PatientAsync(patientId, null, "", cancellationToken));
        foreach (var patient in patients)
            keys.Add(await data.Get<SiteKey>().PatientAsync(patient.PatientId, patient.IssuerOfPatientId, patient.StudyInstanceUid, cancellationToken));
        return [.. keys];
    }
}
