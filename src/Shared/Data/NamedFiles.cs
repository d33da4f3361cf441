namespace EchoClr.Shared.Data;

/// <summary>Which files of the store a row names. A file that none names is an orphan: swept when it is old enough, and a break of the ledger when it stays.</summary>
public sealed class NamedFiles(Database database)
{
    /// <summary>Keys that one question may hold: each is a parameter four times, and SQL Server takes 2,100 of them.</summary>
    public const int MaxKeys = 500;

    /// <summary>Those of the keys that a row names. At most <see cref="MaxKeys"/>.</summary>
    public Task<IReadOnlySet<string>> AmongAsync(IReadOnlyList<string> fileKeys, CancellationToken cancellationToken) => database.ReadAsync(async session => (IReadOnlySet<string>)(await session.QueryAsync<string>("""
        SELECT file_key FROM instance WHERE file_key IN @Keys UNION SELECT file_key FROM instance_conflict WHERE file_key IN @Keys
        UNION SELECT file_key FROM result_object WHERE file_key IN @Keys UNION SELECT file_key FROM clip WHERE file_key IN @Keys
        """, new { Keys = fileKeys })).ToHashSet(), cancellationToken);
}
