using System.CommandLine;
using System.Globalization;
using EchoClr.App.Configuration;
using EchoClr.App.Learning;
using EchoClr.Shared.Audit;
using EchoClr.Shared.Data;

namespace EchoClr.App.Commands;

/// <summary><c>labels import|export</c>: readers' words on studies, as a CSV file.</summary>
internal static class LabelsCommand
{
    private const int ErrorsShown = 20;
    private const int MaxNameLength = 64; // as long as a head of a model may be called

    public static Command Create(Terminal terminal)
    {
        var command = new Command("labels", "Readers' labels of studies, to train on and to judge models by");
        command.Subcommands.Add(CreateImport(terminal));
        command.Subcommands.Add(CreateExport(terminal));
        return command;
    }

    private static Command CreateImport(Terminal terminal)
    {
        var file = new Argument<FileInfo>("file") { Description = "CSV with a header line: study (Study Instance UID) or patient (Patient ID), name (AS, LVH, or your own), value (present, absent, unsure); optional reader, saw_ai" };
        var sawAi = new Option<string?>("--saw-ai") { Description = "Whether the readers saw the AI's finding when they decided, where the file has no such column; models are judged by labels without it only", HelpName = "yes|no" };
        sawAi.AcceptOnlyFromAmong("yes", "no");
        var by = CommonOptions.By();
        var command = new Command("import", "Adds labels from a file; all of them, or none where a line makes no sense") { file, sawAi, by };
        command.SetAction(async (parse, cancellationToken) =>
        {
            await using var data = await OpenData.OpenAsync(parse, create: false, cancellationToken);
            var store = data.Get<LabelStore>();
            var path = parse.GetValue(file)!.FullName;
            var table = Read(path, await File.ReadAllTextAsync(path, cancellationToken));
            if (!table.Has("saw_ai") && parse.GetValue(sawAi) is null)
                throw new CommandException("whether the readers saw the AI must be said: by a column saw_ai (yes, no), or by --saw-ai no for all lines");

            var (labels, errors, unknown) = (new List<NewLabel>(), new List<string>(), 0);
            foreach (var row in table.Rows)
            {
                try
                {
                    var label = Label(table, row, parse.GetValue(sawAi), parse.GetValue(by)!);
                    var studies = await store.FindStudiesAsync(table.Value(row, "study"), table.Value(row, "patient"), cancellationToken);
                    unknown += studies.Count == 0 ? 1 : 0;
                    labels.AddRange(studies.Select(study => label with { StudyId = study }));
                }
                catch (FormatException e)
                {
                    errors.Add($"line {row.Line}: {e.Message}");
                }
            }
            if (errors.Count > 0)
                throw new CommandException($"nothing was imported; {string.Join("; ", errors.Take(ErrorsShown))}{(errors.Count > ErrorsShown ? $"; and {errors.Count - ErrorsShown} more" : "")}");
            var added = await store.AddAsync(labels, "import", AuditParticipant.Operator() with { AlternativeUserId = parse.GetValue(by) }, TimeProvider.System.GetUtcNow(), cancellationToken);
            terminal.Line($"{added} labels added, {labels.Count - added} were there already{(unknown > 0 ? $", {unknown} lines name studies that are not here" : "")}");
            return 0;
        });
        return command;
    }

    private static Command CreateExport(Terminal terminal)
    {
        var file = new Argument<FileInfo>("file") { Description = "The CSV file to write; it must not exist yet" };
        var command = new Command("export", "Writes every label to a file, oldest first; the newest of a reader stands") { file };
        command.SetAction(async (parse, cancellationToken) =>
        {
            await using var data = await OpenData.OpenAsync(parse, create: false, cancellationToken);
            var labels = await data.Get<LabelStore>().ListAsync(cancellationToken);
            await using (var stream = new FileStream(parse.GetValue(file)!.FullName, FileMode.CreateNew))
            await using (var writer = new StreamWriter(stream))
            {
                await writer.WriteLineAsync(CsvTable.Line("study", "name", "value", "reader", "saw_ai", "source", "created_at"));
                foreach (var label in labels)
                    await writer.WriteLineAsync(CsvTable.Line(
                        label.StudyInstanceUid, label.Name, label.Value.ToLowerInvariant(), label.Reader, label.SawAi ? "yes" : "no", label.Source, label.CreatedAt.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture)));
            }
            // Study UIDs lead to patients: who took the file is on record.
            await data.Get<AuditTrail>().RecordAsync(AuditEvents.LabelsChanged(AuditParticipant.Operator(), $"{labels.Count} labels exported"), cancellationToken);
            terminal.Line($"{labels.Count} labels written");
            return 0;
        });
        return command;
    }

    private static CsvTable Read(string path, string text)
    {
        try
        {
            var table = CsvTable.Parse(text);
            if (!table.Has("name") || !table.Has("value") || (!table.Has("study") && !table.Has("patient")))
                throw new FormatException("it needs the columns name, value, and study or patient");
            return table;
        }
        catch (FormatException e)
        {
            throw new CommandException($"{path} cannot be read as labels: {e.Message}", e);
        }
    }

    private static NewLabel Label(CsvTable table, CsvRow row, string? sawAi, string by)
    {
        if (table.Value(row, "study") is null && table.Value(row, "patient") is null)
            throw new FormatException("neither study nor patient");
        var name = table.Value(row, "name") ?? throw new FormatException("no name");
        if (name.Length > MaxNameLength || name.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not (' ' or '-' or '_')))
            throw new FormatException($"a name has letters, digits, spaces, - and _, at most {MaxNameLength}");
        var value = table.Value(row, "value")?.ToLowerInvariant() switch
        {
            "present" or "positive" or "yes" or "1" => LabelValue.Present,
            "absent" or "negative" or "no" or "0" => LabelValue.Absent,
            "unsure" => LabelValue.Unsure,
            _ => throw new FormatException("the value is present, absent or unsure"),
        };
        var saw = (table.Value(row, "saw_ai") ?? sawAi)?.ToLowerInvariant() switch
        {
            "yes" or "true" or "1" => true,
            "no" or "false" or "0" => false,
            _ => throw new FormatException("saw_ai is yes or no"),
        };
        return new NewLabel(0, name, value, table.Value(row, "reader") ?? by, saw);
    }
}
