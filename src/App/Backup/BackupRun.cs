using EchoClr.Shared.Audit;
using EchoClr.Shared.Data;
using EchoClr.Shared.Storage;

namespace EchoClr.App.Backup;

/// <summary>
/// Copies what is kept while the system works: a snapshot of the database first, then every file that its rows name. Files are written before their rows and never changed, so each is
/// there; unless its row gave it up meanwhile, and then the next snapshot no longer names it.
/// </summary>
internal sealed class BackupRun(DataOptions options, Database database, Migrator migrator, AuditTrail audit, TimeProvider time)
{
    /// <summary>Files that vanish while a backup runs belong to studies that expire just then: a second snapshot settles it. More than a few means something else.</summary>
    private const int MaxSnapshots = 3;

    /// <summary>What is no area of the store and yet belongs to it: settings, the key behind keyed hashes, imported models, checkpoints and results of training runs.</summary>
    private static readonly string[] SmallFiles = ["echoclr.json", "site.key"], Folders = ["models", BlobStore.Training];

    private readonly Dictionary<string, string> _hashes = new(StringComparer.Ordinal);
    private long _bytes;
    private int _linked;

    /// <summary>The summary, and the files that rows name and that are not there: damage that was there before.</summary>
    public async Task<(BackupSummary Summary, IReadOnlyList<string> Missing)> RunAsync(BackupFolder target, BackupFolder? previous, Action<string> progress, CancellationToken cancellationToken)
    {
        var root = Path.GetFullPath(options.Directory);
        var known = previous?.ReadManifest() ?? [];
        await audit.RecordAsync(AuditEvents.BackedUp(AuditParticipant.Operator(), "backup of everything that is kept"), cancellationToken);
        foreach (var name in SmallFiles.Concat(Folders.SelectMany(folder => FilesOf(root, folder))))
            await TakeAsync(root, target, previous, known: [], name, cancellationToken);

        List<string> missing = [];
        for (var snapshot = 1; ; snapshot++)
        {
            var names = options.Provider == DatabaseProvider.Sqlite ? new NamedFiles(await SnapshotAsync(target, cancellationToken)) : new NamedFiles(database);
            missing = [];
            var named = new HashSet<string>(StringComparer.Ordinal);
            await foreach (var key in names.ListAsync(cancellationToken))
            {
                named.Add(key);
                if (!_hashes.ContainsKey(key) && !await TakeAsync(root, target, previous, known, key, cancellationToken))
                    missing.Add(key);
                if (named.Count % 100 == 0)
                    progress($"{named.Count} files");
            }
            // What an earlier snapshot named and this one does not would be a file without a row.
            foreach (var given in _hashes.Keys.Where(name => IsStored(name) && !named.Contains(name)).ToList())
            {
                File.Delete(target.Of(given));
                _hashes.Remove(given);
            }
            if (missing.Count == 0 || snapshot == MaxSnapshots)
                break;
        }
        if (options.Provider == DatabaseProvider.Sqlite)
            await HashDatabaseAsync(target, cancellationToken);
        var summary = new BackupSummary(time.GetUtcNow(), typeof(BackupRun).Assembly.GetName().Version?.ToString(3) ?? "", root, await migrator.FindSchemaAsync(cancellationToken),
            options.Provider == DatabaseProvider.Sqlite, _hashes.Count, _bytes, _linked);
        target.Close(_hashes, summary);
        return (summary, missing);
    }

    /// <summary>One moment of the database as a file of its own, while others go on writing (VACUUM INTO, SQLite 3.27).</summary>
    private async Task<Database> SnapshotAsync(BackupFolder target, CancellationToken cancellationToken)
    {
        File.Delete(target.Of(BackupFolder.DatabaseName));
        await database.ReadAsync(session => session.ExecuteAsync("VACUUM INTO @File", new { File = target.Of(BackupFolder.DatabaseName) }), cancellationToken);
        return target.OpenDatabase();
    }

    private async Task HashDatabaseAsync(BackupFolder target, CancellationToken cancellationToken)
    {
        Durable.FlushFile(target.Of(BackupFolder.DatabaseName));
        await using var file = File.OpenRead(target.Of(BackupFolder.DatabaseName));
        _hashes[BackupFolder.DatabaseName] = Convert.ToHexStringLower(await System.Security.Cryptography.SHA256.HashDataAsync(file, cancellationToken));
        _bytes += file.Length;
    }

    /// <summary>Links a file that the earlier backup has, else copies it. False where there is none.</summary>
    private async Task<bool> TakeAsync(string root, BackupFolder target, BackupFolder? previous, Dictionary<string, string> known, string name, CancellationToken cancellationToken)
    {
        if (previous is not null && known.TryGetValue(name, out var sha256) && TryLink(previous.Of(name), target.Of(name)))
        {
            _hashes[name] = sha256;
            _linked++;
            return true;
        }
        try
        {
            (_hashes[name], var length) = await BackupFolder.CopyAsync(Path.Combine(root, name), target.Of(name), cancellationToken);
            _bytes += length;
            return true;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
    }

    private static bool TryLink(string existing, string name)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(name)!);
            Durable.Link(existing, name);
            return true;
        }
        catch (IOException)
        {
            return false; // another file system, or one without links
        }
    }

    private static bool IsStored(string name) => name.StartsWith(BlobStore.Objects + "/", StringComparison.Ordinal) || name.StartsWith(BlobStore.Results + "/", StringComparison.Ordinal) || name.StartsWith(BlobStore.Clips + "/", StringComparison.Ordinal);

    private static IEnumerable<string> FilesOf(string root, string folder) => Directory.Exists(Path.Combine(root, folder))
        ? Directory.EnumerateFiles(Path.Combine(root, folder), "*", SearchOption.AllDirectories).Where(file => !file.EndsWith(".tmp", StringComparison.Ordinal)).Select(file => Path.GetRelativePath(root, file))
        : [];
}
