using System.Security.Cryptography;
using System.Text.Json;
using EchoClr.Shared.Data;
using EchoClr.Shared.Storage;

namespace EchoClr.App.Backup;

/// <summary>
/// A backup on disk: the data folder's files under their own names, <c>echoclr.db</c>, <c>MANIFEST</c> in the form of sha256sum(1), and, written last, <c>backup.json</c>. A folder
/// without that one is no backup, whatever else lies there.
/// </summary>
internal sealed class BackupFolder(string path)
{
    public const string DatabaseName = "echoclr.db";
    private const string ManifestName = "MANIFEST", SummaryName = "backup.json";
    private const int BufferSize = 1 << 20;

    public string Path { get; } = System.IO.Path.GetFullPath(path);

    public string Of(string name) => System.IO.Path.Combine(Path, name);

    /// <exception cref="CommandException">It is not whole, or not a backup.</exception>
    public BackupSummary ReadSummary()
    {
        try
        {
            return JsonSerializer.Deserialize<BackupSummary>(File.ReadAllText(Of(SummaryName)), Terminal.JsonOptions)!;
        }
        catch (Exception e) when (e is IOException or JsonException)
        {
            throw new CommandException($"{Path} is no whole backup: {e.Message}", e);
        }
    }

    /// <summary>SHA-256 by name.</summary>
    public Dictionary<string, string> ReadManifest() => File.ReadLines(Of(ManifestName)).ToDictionary(line => line[66..], line => line[..64], StringComparer.Ordinal);

    public void Close(IReadOnlyDictionary<string, string> hashes, BackupSummary summary)
    {
        Durable.WriteFile(Of(ManifestName), System.Text.Encoding.UTF8.GetBytes(string.Concat(hashes.OrderBy(file => file.Key, StringComparer.Ordinal).Select(file => $"{file.Value}  {file.Key}\n"))));
        Durable.WriteFile(Of(SummaryName), JsonSerializer.SerializeToUtf8Bytes(summary, Terminal.JsonOptions));
    }

    /// <summary>Copies a file durably; its SHA-256 and length. A target that is there already is an error.</summary>
    public static async Task<(string Sha256, long Length)> CopyAsync(string from, string to, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(to)!);
        await using var source = new FileStream(from, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1, FileOptions.SequentialScan);
        await using var target = new FileStream(to, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0, UnixCreateMode = File.GetUnixFileMode(source.SafeFileHandle) });
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[BufferSize];
        long length = 0;
        while (await source.ReadAsync(buffer, cancellationToken) is > 0 and var read)
        {
            hash.AppendData(buffer.AsSpan(0, read));
            await target.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            length += read;
        }
        RandomAccess.FlushToDisk(target.SafeFileHandle);
        return (Convert.ToHexStringLower(hash.GetHashAndReset()), length);
    }

    /// <summary>The rows as they were when the backup was made. Not pooled: when it is closed, nothing but the one file is left.</summary>
    public Database OpenDatabase() => new(new DataOptions { ConnectionString = $"Data Source={Of(DatabaseName)};Pooling=False" });
}

/// <param name="Root">The data folder that it was made of: rows of imported models name it.</param>
/// <param name="Schema">Of the database.</param>
/// <param name="HasDatabase">False for SQL Server, which has a backup of its own.</param>
internal sealed record BackupSummary(DateTimeOffset TakenAt, string Version, string Root, int Schema, bool HasDatabase, int Files, long Bytes, int Linked);
