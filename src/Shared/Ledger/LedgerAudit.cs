using EchoClr.Shared.Data;
using EchoClr.Shared.Storage;

namespace EchoClr.Shared.Ledger;

/// <summary>
/// Compares tables and files with the ledger equation (design §5.2): what was answered Success is there byte for byte, in exactly one current study version, and
/// on its way to exactly one end. It reads only, and may run beside a system at work: what is younger than the sweeps leave it is not held against anybody.
/// </summary>
public sealed class LedgerAudit(Database database, BlobStore blobs, TimeProvider time)
{
    /// <summary>How long a file without a row may lie about: the sweep comes every hour and spares what is younger than its own limit; and a little more, since sweeping takes time.</summary>
    public static readonly TimeSpan Grace = BlobStore.OrphanSweepInterval + BlobStore.OrphanMinAge + TimeSpan.FromMinutes(5);

    /// <summary>Rows read at a time; below SQL Server's 2,100 parameters.</summary>
    private const int Batch = 500;

    private readonly NamedFiles named = new(database);

    /// <param name="strict">No file without a row is forgiven, however young: for a system that stands still and has swept.</param>
    /// <param name="progress">Files compared so far.</param>
    public async Task<LedgerReport> RunAsync(bool strict, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        var breaks = new List<LedgerBreak>();
        await CheckDatabaseAsync(breaks, cancellationToken);
        foreach (var rule in LedgerRules.All)
            foreach (var id in await database.ReadAsync(session => session.QueryAsync<long>(rule.Sql), cancellationToken))
                breaks.Add(new LedgerBreak($"{rule.Row} {id}", rule.Break));
        await CheckCineSetsAsync(breaks, cancellationToken);
        await new LedgerFiles(database, blobs, Batch).CheckAsync(breaks, progress, cancellationToken);
        await CheckOrphansAsync(strict, breaks, cancellationToken);
        var counts = await CountAsync(cancellationToken);
        if (!counts.AddsUp && breaks.Count == 0)
            breaks.Add(new LedgerBreak("the equation", $"does not add up: {counts}"));
        return new LedgerReport(counts, breaks);
    }

    /// <summary>SQLite's own examination: a page that a power cut tore would make every other answer worthless.</summary>
    private async Task CheckDatabaseAsync(List<LedgerBreak> breaks, CancellationToken cancellationToken)
    {
        if (database.Provider != DatabaseProvider.Sqlite)
            return;
        foreach (var line in await database.ReadAsync(session => session.QueryAsync<string>("PRAGMA integrity_check"), cancellationToken))
        {
            if (line != "ok")
                breaks.Add(new LedgerBreak("the database", $"is damaged: {line}"));
        }
        foreach (var table in await database.ReadAsync(session => session.QueryAsync<string>("SELECT DISTINCT \"table\" FROM pragma_foreign_key_check"), cancellationToken))
            breaks.Add(new LedgerBreak($"table {table}", "has rows that point to nothing"));
    }

    private async Task CheckCineSetsAsync(List<LedgerBreak> breaks, CancellationToken cancellationToken)
    {
        long last = 0;
        while (true)
        {
            var versions = await database.ReadAsync(session => session.QueryAsync<CineSetOfVersion>(
                "SELECT id, cine_set_sha256 FROM study_version WHERE state <> 'Open' AND cine_set_sha256 IS NOT NULL AND id > @Last AND id <= @Last + @Batch ORDER BY id", new { Last = last, Batch }), cancellationToken);
            foreach (var version in versions)
            {
                var members = await database.ReadAsync(session => session.QueryAsync<CineSet.Member>(CineSet.SelectMembers, version), cancellationToken);
                if (CineSet.Sha256(members) != version.CineSetSha256)
                    breaks.Add(new LedgerBreak($"study version {version.Id}", "does not hold the cines that it was completed with"));
            }
            if ((last += Batch) >= await database.ReadAsync(session => session.ScalarAsync<long>("SELECT COALESCE(MAX(id), 0) FROM study_version"), cancellationToken))
                return;
        }
    }

    private async Task CheckOrphansAsync(bool strict, List<LedgerBreak> breaks, CancellationToken cancellationToken)
    {
        var before = strict ? DateTimeOffset.MaxValue : time.GetUtcNow() - Grace;
        foreach (var fileKey in blobs.List(BlobStore.Spool, before))
            breaks.Add(new LedgerBreak(fileKey, "was left behind in the middle of being received or written"));
        await foreach (var fileKey in named.ListUnnamedAsync(blobs, before, cancellationToken))
            breaks.Add(new LedgerBreak(fileKey, "is named by no row"));
    }

    private async Task<LedgerCounts> CountAsync(CancellationToken cancellationToken)
    {
        var ends = (await database.ReadAsync(session => session.QueryAsync<End>(LedgerRules.CountEnds), cancellationToken)).ToDictionary(end => end.Name, end => end.Instances);
        var (peer, own) = (await CountOriginAsync("Peer"), await CountOriginAsync("Own"));
        return new LedgerCounts(peer, Of("reported"), Of("refused"), Of("waiting"), Of("parked"), Of("inherited"), Of("rejected"), Of("expired"), own);

        long Of(string name) => ends.GetValueOrDefault(name);
        Task<long> CountOriginAsync(string origin) => database.ReadAsync(
            session => session.ScalarAsync<long>("SELECT COUNT(*) FROM instance WHERE origin = @Origin", new { Origin = origin }), cancellationToken);
    }

    private sealed record End
    {
        public string Name { get; init; } = "";
        public long Instances { get; init; }
    }

    private sealed record CineSetOfVersion
    {
        public long Id { get; init; }
        public string CineSetSha256 { get; init; } = "";
    }
}
