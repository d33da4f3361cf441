using System.CommandLine;
using EchoClr.App.Backup;
using EchoClr.App.Configuration;
using EchoClr.Shared.Audit;
using EchoClr.Shared.Data;
using Microsoft.Extensions.Configuration;

namespace EchoClr.App.Commands;

/// <summary><c>backup FOLDER</c>: all that is kept, while the system works. <c>restore FOLDER</c>: brings it back into an empty data folder.</summary>
internal static class BackupCommand
{
    public static Command Create(Terminal terminal)
    {
        var folder = new Argument<string>("folder") { Description = "An empty folder, which is made where there is none" };
        var since = new Option<string?>("--since") { Description = "An earlier backup on the same disk: files that it has are linked instead of copied", HelpName = "FOLDER" };
        var command = new Command("backup", "Copies database and files, consistently, while the system works") { folder, since };
        command.SetAction(async (parse, cancellationToken) =>
        {
            var target = new BackupFolder(parse.GetValue(folder)!);
            var previous = parse.GetValue(since) is { } earlier ? new BackupFolder(earlier) : null;
            previous?.ReadSummary();
            if (Directory.Exists(target.Path) && Directory.EnumerateFileSystemEntries(target.Path).Any())
                throw new CommandException($"{target.Path} is not empty; a backup needs a folder of its own");
            await using var data = await OpenData.OpenAsync(parse, create: false, cancellationToken);
            var options = data.Get<DataOptions>();
            if (target.Path.StartsWith(Path.GetFullPath(options.Directory) + Path.DirectorySeparatorChar, StringComparison.Ordinal))
                throw new CommandException($"{target.Path} lies in the data folder; what takes the one takes the other");
            // It holds patients' data, passwords' hashes and keys: for whoever makes it, and nobody else.
            Directory.CreateDirectory(target.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            using var progress = new Progress(terminal, "backing up", TimeProvider.System);
            var run = new BackupRun(options, data.Get<Database>(), data.Get<Migrator>(), data.Get<AuditTrail>(), TimeProvider.System);
            var (summary, missing) = await run.RunAsync(target, previous, progress.Report, cancellationToken);
            terminal.Line($"{summary.Files} files in {target.Path}, {summary.Linked} of them linked, {summary.Bytes} bytes copied, schema {summary.Schema}");
            if (!summary.HasDatabase)
                terminal.Line("The database is not in it: SQL Server has a backup of its own, which must be older than this one (docs/backup.md)");
            foreach (var name in missing)
                terminal.Note($"echoclr: a row names {name}, and it is not there; ./echoclr doctor --ledger says whose it is");
            return missing.Count == 0 ? 0 : 1;
        });
        return command;
    }

    public static Command CreateRestore(Terminal terminal)
    {
        var folder = new Argument<string>("folder") { Description = "A backup" };
        var command = new Command("restore", "Brings a backup back into an empty data folder (--data), and checks every byte") { folder };
        command.SetAction(async (parse, cancellationToken) =>
        {
            var options = GlobalOptions.Load(parse).GetSection(DataOptions.SectionName).Get<DataOptions>()!;
            using var progress = new Progress(terminal, "restoring", TimeProvider.System);
            var summary = await RestoreRun.RunAsync(new BackupFolder(parse.GetValue(folder)!), options, progress.Report, cancellationToken);
            terminal.Line($"{summary.Files} files of {summary.TakenAt.UtcDateTime:yyyy-MM-dd HH:mm} UTC are in {Path.GetFullPath(options.Directory)}; ./echoclr doctor --ledger --strict compares them with their rows");
            if (!summary.HasDatabase)
                terminal.Line("The database was not in it: restore SQL Server's own backup before the start (docs/backup.md)");
            return 0;
        });
        return command;
    }
}
