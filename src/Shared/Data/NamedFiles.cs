using System.Runtime.CompilerServices;
using EchoClr.Shared.Storage;

namespace EchoClr.Shared.Data;

/// <summary>Which files of the store a row names. A file that none names is an orphan: swept when it is old enough, and a break of the ledger when it stays.</summary>
public sealed class NamedFiles(Database database)
{
    /// <summary>Keys that one question may hold: each is a parameter four times, and SQL Server takes 2,100 of them.</summary>
    public const int MaxKeys = 500;

    private const int Batch = 5000;

    // The rows of each table whose file is there, and not given up.
    private static readonly (string Table, string Kept)[] Sources = [("instance", "file_key IS NOT NULL"), ("instance_conflict", "1 = 1"), ("result_object", "expired_at IS NULL"), ("clip", "state = 'Ready' AND file_key IS NOT NULL")];

    /// <summary>Every file that must be there.</summary>
    public async IAsyncEnumerable<string> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var (table, kept) in Sources)
        {
            // Names and conditions are literals of this class.
            var last = await database.ReadAsync(session => session.ScalarAsync<long>($"SELECT COALESCE(MAX(id), 0) FROM {table}"), cancellationToken);
            for (long from = 0; from < last; from += Batch)
            {
                foreach (var key in await database.ReadAsync(session => session.QueryAsync<string>($"SELECT file_key FROM {table} WHERE {kept} AND id > @From AND id <= @To", new { From = from, To = from + Batch }), cancellationToken))
                    yield return key;
            }
        }
    }

    /// <summary>Files of objects, results and clips that were last written before a time and that no row names.</summary>
    public async IAsyncEnumerable<string> ListUnnamedAsync(BlobStore blobs, DateTimeOffset before, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string[] areas = [BlobStore.Objects, BlobStore.Results, BlobStore.Clips];
        foreach (var fileKeys in areas.SelectMany(area => blobs.List(area, before)).Chunk(MaxKeys))
        {
            var known = await AmongAsync(fileKeys, cancellationToken);
            foreach (var fileKey in fileKeys.Where(key => !known.Contains(key)))
                yield return fileKey;
        }
    }

    /// <summary>Those of the keys that a row names. At most <see cref="MaxKeys"/>.</summary>
    public Task<IReadOnlySet<string>> AmongAsync(IReadOnlyList<string> fileKeys, CancellationToken cancellationToken) => database.ReadAsync(async session => (IReadOnlySet<string>)(await session.QueryAsync<string>("""
        SELECT file_key FROM instance WHERE file_key IN @Keys UNION SELECT file_key FROM instance_conflict WHERE file_key IN @Keys
        UNION SELECT file_key FROM result_object WHERE file_key IN @Keys UNION SELECT file_key FROM clip WHERE file_key IN @Keys
        """, new { Keys = fileKeys })).ToHashSet(), cancellationToken);
}
