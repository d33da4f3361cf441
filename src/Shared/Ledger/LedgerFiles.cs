using System.Security.Cryptography;
using EchoClr.Shared.Data;
using EchoClr.Shared.Storage;

namespace EchoClr.Shared.Ledger;

/// <summary>Reads every file that a row names and compares its length and SHA-256 with the row.</summary>
internal sealed class LedgerFiles(Database database, BlobStore blobs, int batch)
{
    // The columns of each table that say where the bytes lie. A result is hashed whole; a received object from its data set on.
    private static readonly (string Table, string Offset, string Length, string Sha256, string Kept)[] Sources =
    [
        ("instance", "dataset_offset", "dataset_length", "dataset_sha256", "file_key IS NOT NULL"),
        ("instance_conflict", "dataset_offset", "dataset_length", "dataset_sha256", "file_key IS NOT NULL"),
        ("result_object", "0", "length", "sha256", "expired_at IS NULL"),
        ("clip", "0", "length", "sha256", "state = 'Ready'"),
    ];

    public async Task CheckAsync(List<LedgerBreak> breaks, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        long done = 0;
        foreach (var source in Sources)
        {
            // Names and columns are literals of this class.
            var select = $"SELECT id, file_key, {source.Offset} AS offset_bytes, {source.Length} AS length_bytes, {source.Sha256} AS sha256 FROM {source.Table} WHERE {source.Kept}";
            var last = await database.ReadAsync(session => session.ScalarAsync<long>($"SELECT COALESCE(MAX(id), 0) FROM {source.Table}"), cancellationToken);
            for (long from = 0; from <= last; from += batch)
            {
                var rows = await database.ReadAsync(session => session.QueryAsync<FileRow>($"{select} AND id > @From AND id <= @From + @Batch ORDER BY id", new { From = from, Batch = batch }), cancellationToken);
                foreach (var row in rows)
                {
                    if (await CompareAsync(row, cancellationToken) is { } what && await StillNamesAsync(select, row, cancellationToken))
                        breaks.Add(new LedgerBreak($"{source.Table.Replace('_', ' ')} {row.Id}", what));
                    progress?.Report(++done);
                }
            }
        }
    }

    private async Task<string?> CompareAsync(FileRow row, CancellationToken cancellationToken)
    {
        try
        {
            await using var file = new FileStream(blobs.PathOf(row.FileKey), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1 << 16, FileOptions.SequentialScan);
            if (file.Length != row.OffsetBytes + row.LengthBytes)
                return $"has a file of {file.Length} bytes ({row.FileKey}), and should have one of {row.OffsetBytes + row.LengthBytes}";
            file.Position = row.OffsetBytes;
            return Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellationToken)) == row.Sha256 ? null : $"has other bytes in its file ({row.FileKey}) than were received or written";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return $"has no readable file: {exception.Message}";
        }
    }

    /// <summary>A system at work may have given the row another file, or none, since it was read.</summary>
    private async Task<bool> StillNamesAsync(string select, FileRow row, CancellationToken cancellationToken) =>
        (await database.ReadAsync(session => session.FindAsync<FileRow>($"{select} AND id = @Id", new { row.Id }), cancellationToken))?.FileKey == row.FileKey;

    private sealed record FileRow
    {
        public long Id { get; init; }
        public string FileKey { get; init; } = "";
        public long OffsetBytes { get; init; }
        public long LengthBytes { get; init; }
        public string Sha256 { get; init; } = "";
    }
}
