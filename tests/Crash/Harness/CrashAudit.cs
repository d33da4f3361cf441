using EchoClr.Crash.Peers;
using EchoClr.Dicom;
using EchoClr.Dicom.Net.Client;
using EchoClr.Shared.Data;
using EchoClr.Shared.Ledger;
using EchoClr.Shared.Storage;
using System.Security.Cryptography;
using System.Text;

namespace EchoClr.Crash.Harness;

/// <summary>Looks at the data folder from outside, reading only: a connection that may write would checkpoint, and so do what the dead process did not.</summary>
internal sealed class CrashAudit(string data)
{
    private readonly Database _database = new(new DataOptions { Directory = data, ConnectionString = $"Data Source={Path.Combine(data, "echoclr.db")};Mode=ReadOnly;Pooling=False" });

    private const string CountUnfinished = """
        SELECT (SELECT COUNT(*) FROM study_version WHERE state = 'Open')
             + (SELECT COUNT(*) FROM study_version c JOIN study_version e ON e.id = COALESCE(c.inherits_from_id, c.id)
                WHERE c.state = 'Complete' AND NOT EXISTS (SELECT 1 FROM analysis a WHERE a.study_version_id = e.id))
             + (SELECT COUNT(*) FROM analysis WHERE reported_at IS NULL)
             + (SELECT COUNT(*) FROM delivery WHERE state NOT IN ('Confirmed', 'Dropped'))
             + (SELECT COUNT(*) FROM commitment_report WHERE handled_at IS NULL)
        """;

    /// <summary>Versions, analyses, deliveries and reports that have not come to their end.</summary>
    public Task<long> CountUnfinishedAsync(CancellationToken cancellationToken) => _database.ReadAsync(session => session.ScalarAsync<long>(CountUnfinished), cancellationToken);

    /// <summary>Files that the sweep has still to take: older than it spares, and named by no row. It begins when the process does, and is perhaps not through when nothing else is owed.</summary>
    public async Task<int> CountUnsweptAsync(CancellationToken cancellationToken)
    {
        var (blobs, named) = (new BlobStore(data), new NamedFiles(_database));
        var before = TimeProvider.System.GetUtcNow() - BlobStore.OrphanMinAge;
        var unswept = blobs.List(BlobStore.Spool, before).Count();
        await foreach (var _ in named.ListUnnamedAsync(blobs, before, cancellationToken))
            unswept++;
        return unswept;
    }

    /// <summary>The ledger, and every Success that the sender heard. Holds at any instant.</summary>
    /// <param name="strict">The system stands still and has swept: then nothing at all may lie about.</param>
    public async Task<List<string>> CheckKeptAsync(IReadOnlyDictionary<string, string> acknowledged, bool strict, CancellationToken cancellationToken)
    {
        // A death in the very first start: nothing was promised yet, and there is nothing to look at.
        if (!File.Exists(Path.Combine(data, "echoclr.db")) || !Directory.Exists(Path.Combine(data, BlobStore.Clips)))
            return acknowledged.Count == 0 ? [] : [$"{acknowledged.Count} instances were answered Success, and there is no database or no store"];
        List<string> violations;
        Dictionary<string, string> kept;
        try
        {
            violations = [.. (await new LedgerAudit(_database, new BlobStore(data), TimeProvider.System).RunAsync(strict, null, cancellationToken)).Breaks.Select(broken => $"ledger: {broken}")];
            kept = (await _database.ReadAsync(session => session.QueryAsync<Instance>("SELECT sop_instance_uid, dataset_sha256 FROM instance"), cancellationToken))
                .ToDictionary(row => row.SopInstanceUid, row => row.DatasetSha256);
        }
        catch (Exception exception) when (Database.IsUnavailable(exception) || exception is Microsoft.Data.Sqlite.SqliteException)
        {
            return [$"the database cannot be read: {exception.Message}"];
        }
        violations.AddRange(acknowledged.Where(success => kept.GetValueOrDefault(success.Key) != success.Value)
            .Select(success => $"answered Success, and {(kept.ContainsKey(success.Key) ? "other bytes are kept" : "not kept")}: {success.Key}"));
        return violations;
    }

    /// <summary>What the PACS was sent against what the tables say, and against what the sender knows. Holds when all is done.</summary>
    /// <param name="cines">The study of every cine that was answered Success, by SOP Instance UID.</param>
    public async Task<List<string>> CheckDeliveredAsync(ScriptedPacs pacs, IReadOnlyDictionary<string, string> cines, CancellationToken cancellationToken)
    {
        var results = await _database.ReadAsync(session => session.QueryAsync<Result>("""
            SELECT o.sop_instance_uid, o.kind, o.file_key, s.study_instance_uid, o.analysis_id,
                   CASE WHEN EXISTS (SELECT 1 FROM delivery_object x JOIN delivery d ON d.id = x.delivery_id WHERE x.result_object_id = o.id AND d.state = 'Confirmed') THEN 1 ELSE 0 END AS confirmed
            FROM result_object o JOIN analysis a ON a.id = o.analysis_id JOIN study_version v ON v.id = a.study_version_id JOIN study s ON s.id = v.study_id
            """), cancellationToken);
        // A version that was overtaken before its report was written may have none; the one that stands has one.
        var analyses = await _database.ReadAsync(session => session.QueryAsync<Analysis>("""
            SELECT a.id, CASE WHEN EXISTS (SELECT 1 FROM study_version c WHERE c.state = 'Complete' AND COALESCE(c.inherits_from_id, c.id) = a.study_version_id) THEN 1 ELSE 0 END AS stands
            FROM analysis a WHERE a.state = 'Analyzed'
            """), cancellationToken);
        var violations = new List<string>();
        var byUid = results.ToDictionary(result => result.SopInstanceUid);
        foreach (var (uid, held) in pacs.Objects)
        {
            if (held.OtherBytes > 0)
                violations.Add($"the PACS was sent {held.OtherBytes + 1} different objects under {uid}");
            if (!byUid.TryGetValue(uid, out var result))
                violations.Add($"the PACS holds {uid}, which no row knows"); // a second report of a study, perhaps
            else if (DatasetSha256(Path.Combine(data, result.FileKey)) != held.Sha256)
                violations.Add($"the PACS holds other bytes of {uid} than the store");
        }
        violations.AddRange(results.Where(result => result.Confirmed && !pacs.Objects.ContainsKey(result.SopInstanceUid)).Select(result => $"the PACS never got {result.Kind} {result.SopInstanceUid}"));
        var reports = results.Where(result => result.Kind == "StructuredReport").ToList();
        foreach (var analysis in analyses)
        {
            var count = reports.Count(report => report.AnalysisId == analysis.Id && (report.Confirmed || !analysis.Stands));
            if (count > 1 || analysis.Stands && count == 0)
                violations.Add($"analysis {analysis.Id} has {count} reports");
        }
        foreach (var study in cines.GroupBy(cine => cine.Value, cine => cine.Key))
        {
            var newest = reports.Where(report => report.StudyInstanceUid == study.Key).MaxBy(report => report.AnalysisId);
            if (newest is null || !pacs.Objects.TryGetValue(newest.SopInstanceUid, out var held))
                violations.Add($"study {study.Key} has cines and no report");
            else
                violations.AddRange(study.Where(cine => !Contains(held.Dataset, cine)).Select(cine => $"the report of study {study.Key} does not know cine {cine}"));
        }
        return violations;
    }

    private static bool Contains(byte[] dataset, string uid) => dataset.AsSpan().IndexOf(Encoding.ASCII.GetBytes(uid)) >= 0;

    private static string DatasetSha256(string file)
    {
        using var stream = File.OpenRead(file);
        stream.Position = OutgoingFile.Read(file).DatasetOffset;
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    private sealed record Instance
    {
        public string SopInstanceUid { get; init; } = "";
        public string DatasetSha256 { get; init; } = "";
    }

    private sealed record Result
    {
        public string SopInstanceUid { get; init; } = "";
        public string Kind { get; init; } = "";
        public string FileKey { get; init; } = "";
        public string StudyInstanceUid { get; init; } = "";
        public long AnalysisId { get; init; }
        public bool Confirmed { get; init; }
    }

    private sealed record Analysis
    {
        public long Id { get; init; }
        public bool Stands { get; init; }
    }
}
