using EchoClr.Shared.Data;
using EchoClr.Shared.Storage;

namespace EchoClr.App.Backup;

/// <summary>Brings a backup back into an empty data folder, and compares every byte with the manifest on the way. The database comes last: half a restoring can never be started.</summary>
internal static class RestoreRun
{
    /// <exception cref="CommandException">The folder is not empty, or the backup is not whole.</exception>
    public static async Task<BackupSummary> RunAsync(BackupFolder backup, DataOptions options, Action<string> progress, CancellationToken cancellationToken)
    {
        var summary = backup.ReadSummary();
        var root = Path.GetFullPath(options.Directory);
        if (Directory.Exists(root) && Directory.EnumerateFileSystemEntries(root).Any())
            throw new CommandException($"{root} is not empty; name an empty folder with --data, nothing is ever restored over what is there");
        if (summary.HasDatabase && options is not { Provider: DatabaseProvider.Sqlite, ConnectionString: null })
            throw new CommandException("this backup has an SQLite database, and Data:Provider or Data:ConnectionString names another one");
        Directory.CreateDirectory(root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var done = 0;
        foreach (var (name, sha256) in backup.ReadManifest().OrderBy(file => file.Key == BackupFolder.DatabaseName))
        {
            var target = Path.GetFullPath(Path.Combine(root, name));
            if (!target.StartsWith(root + Path.DirectorySeparatorChar, StringComparison.Ordinal))
                throw new CommandException($"the manifest names {name}, which lies outside of the data folder; this backup was altered");
            var isDatabase = name == BackupFolder.DatabaseName;
            var (found, _) = await BackupFolder.CopyAsync(backup.Of(name), isDatabase ? target + ".part" : target, cancellationToken);
            if (found != sha256)
                throw new CommandException($"{backup.Of(name)} has other bytes than its manifest says; take another backup, this one is damaged");
            if (isDatabase)
                File.Move(target + ".part", target);
            Durable.FlushDirectory(Path.GetDirectoryName(target)!);
            if (++done % 100 == 0)
                progress($"{done} files");
        }
        if (summary.HasDatabase && summary.Root != root)
            await MoveModelsAsync(new Database(options), summary.Root, root, cancellationToken);
        return summary;
    }

    /// <summary>Rows of models that were imported into the data folder name it.</summary>
    private static Task MoveModelsAsync(Database database, string from, string to, CancellationToken cancellationToken) => database.WriteAsync(async session =>
    {
        foreach (var folder in await session.QueryAsync<string>("SELECT DISTINCT folder FROM model"))
        {
            if (folder.StartsWith(from + Path.DirectorySeparatorChar, StringComparison.Ordinal))
                await session.ExecuteAsync("UPDATE model SET folder = @New WHERE folder = @Old", new { New = to + folder[from.Length..], Old = folder });
        }
    }, cancellationToken);
}
