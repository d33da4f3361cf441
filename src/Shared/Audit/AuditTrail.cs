using System.Security.Cryptography;
using System.Text;
using EchoClr.Shared.Data;

namespace EchoClr.Shared.Audit;

/// <summary>
/// The audit trail (PS3.15 A.5): append-only, each message chained to the one before it by its hash. The tables refuse updates and deletes; what gets around that
/// breaks the chain, and <see cref="VerifyAsync"/> says where.
/// </summary>
public sealed class AuditTrail(Database database, TimeProvider time)
{
    /// <summary>What the first message is chained to.</summary>
    public static readonly string Beginning = new('0', 64);

    // The update comes first: it holds every other writer off until this transaction ends, in both databases.
    private const string TakeNumber = "UPDATE audit_head SET last_id = last_id + 1";

    private const string FindPatients = """
        SELECT s.study_instance_uid, s.patient_id, s.patient_name, s.accession_number FROM study s WHERE s.study_instance_uid IN @Uids
        """;

    /// <summary>Messages read at a time while the chain is verified.</summary>
    private const int VerifyPage = 1000;

    /// <summary>Writes a message down in the caller's transaction: what was done and that it was done are kept together or not at all.</summary>
    public static async Task RecordAsync(Session session, AuditMessage message, DateTimeOffset now)
    {
        now = new DateTimeOffset(now.UtcTicks - now.UtcTicks % TimeSpan.TicksPerMillisecond, TimeSpan.Zero); // as the column keeps it, so that the hash can be computed anew
        var patients = message.Studies.Count == 0 ? [] : await session.QueryAsync<AuditedPatient>(FindPatients, new { Uids = message.Studies.Select(study => study.StudyInstanceUid) });
        await session.ExecuteAsync(TakeNumber);
        var id = await session.ScalarAsync<long>("SELECT last_id FROM audit_head");
        var previous = await session.FindAsync<string>("SELECT sha256 FROM audit_message WHERE id = @Id", new { Id = id - 1 }) ?? Beginning;
        var row = new AuditRow { Id = id, OccurredAt = now, Event = message.Event.Code, Message = AuditXml.Write(message, patients, now), PreviousSha256 = previous };
        await session.ExecuteAsync(
            "INSERT INTO audit_message (id, occurred_at, event, message, previous_sha256, sha256) VALUES (@Id, @OccurredAt, @Event, @Message, @PreviousSha256, @Sha256)",
            new { row.Id, row.OccurredAt, row.Event, row.Message, row.PreviousSha256, Sha256 = Hash(row) });
    }

    /// <summary>Writes a message down in a transaction of its own. Whoever shows patient data does this first: what cannot be recorded is not shown.</summary>
    public Task RecordAsync(AuditMessage message, CancellationToken cancellationToken) =>
        database.WriteAsync(session => RecordAsync(session, message, time.GetUtcNow()), cancellationToken);

    /// <summary>Messages since a time, oldest first, at most <paramref name="limit"/> of the newest.</summary>
    public Task<IReadOnlyList<AuditRow>> ListAsync(DateTimeOffset since, int limit, CancellationToken cancellationToken) => database.ReadAsync(session => session.QueryAsync<AuditRow>($"""
        SELECT * FROM ({AuditRow.Select} WHERE occurred_at >= @Since ORDER BY id DESC {database.FirstRows}) newest ORDER BY id
        """, new { Since = since, Take = limit }), cancellationToken);

    /// <summary>A page of the trail, the newest first.</summary>
    /// <param name="before">Only messages with a smaller number; null begins with the newest.</param>
    public Task<IReadOnlyList<AuditRow>> ListBeforeAsync(long? before, int limit, CancellationToken cancellationToken) => database.ReadAsync(session => session.QueryAsync<AuditRow>($"""
        {AuditRow.Select} WHERE id < @Before ORDER BY id DESC {database.FirstRows}
        """, new { Before = before ?? long.MaxValue, Take = limit }), cancellationToken);

    /// <summary>Computes every hash anew. The hash of the newest message, noted elsewhere, proves later that nothing before it was touched.</summary>
    public async Task<AuditVerdict> VerifyAsync(string? notedSha256, CancellationToken cancellationToken)
    {
        var (id, previous, noted) = (0L, Beginning, notedSha256 is null || notedSha256 == Beginning);
        while (await PageAsync(id, cancellationToken) is { Count: > 0 } rows)
        {
            foreach (var row in rows)
            {
                if (row.Id != id + 1)
                    return new AuditVerdict(id, previous, $"message {id + 1} is missing");
                if (row.PreviousSha256 != previous || row.Sha256 != Hash(row))
                    return new AuditVerdict(id, previous, $"message {row.Id} is not what was written");
                (id, previous) = (row.Id, row.Sha256);
                noted |= row.Sha256 == notedSha256;
            }
        }
        var taken = await database.ReadAsync(session => session.ScalarAsync<long>("SELECT last_id FROM audit_head"), cancellationToken);
        if (taken != id)
            return new AuditVerdict(id, previous, $"{taken} messages were written, {id} are there");
        return new AuditVerdict(id, previous, noted ? null : "the noted hash is not in the chain");
    }

    private Task<IReadOnlyList<AuditRow>> PageAsync(long afterId, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.QueryAsync<AuditRow>($"{AuditRow.Select} WHERE id > @After AND id <= @After + {VerifyPage} ORDER BY id", new { After = afterId }), cancellationToken);

    private static string Hash(AuditRow row) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
        $"{row.PreviousSha256}\n{row.Id}\n{row.OccurredAt.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.fff'Z'}\n{row.Event}\n{row.Message}")));
}

/// <summary>A message of the trail.</summary>
public sealed record AuditRow
{
    private const string Columns = "id, occurred_at, event, message, previous_sha256, sha256";

    internal const string Select = $"SELECT {Columns} FROM audit_message";

    /// <summary>1, 2, 3 … without a gap.</summary>
    public long Id { get; init; }
    public DateTimeOffset OccurredAt { get; init; }

    /// <summary>The code of its Event ID (PS3.16 CID 400).</summary>
    public string Event { get; init; } = "";

    /// <summary>The XML.</summary>
    public string Message { get; init; } = "";
    public string PreviousSha256 { get; init; } = "";
    public string Sha256 { get; init; } = "";
}

/// <param name="Messages">How many were found whole.</param>
/// <param name="Sha256">The hash of the last of them.</param>
/// <param name="Fault">What is wrong behind it; null for a whole chain.</param>
public sealed record AuditVerdict(long Messages, string Sha256, string? Fault);

/// <summary>Whose study it was, as the study's row says.</summary>
internal sealed record AuditedPatient
{
    public string StudyInstanceUid { get; init; } = "";
    public string? PatientId { get; init; }
    public string? PatientName { get; init; }
    public string? AccessionNumber { get; init; }
}
