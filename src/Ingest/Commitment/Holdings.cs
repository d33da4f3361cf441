using System.Security.Cryptography;
using EchoClr.Shared.Data;
using EchoClr.Shared.Storage;
using Microsoft.Extensions.Logging;

namespace EchoClr.Ingest.Commitment;

/// <summary>Whether we hold objects as their sender sent them: by row, by file, and (where asked for) by every byte. What it says is what a sender may delete its copy on.</summary>
public sealed class Holdings(InstanceStore instances, BlobStore blobs, ILogger<Holdings> logger)
{
    // Failure Reasons of PS3.3 C.14.1.1.
    public const int ProcessingFailure = 0x0110;
    public const int NoSuchObjectInstance = 0x0112;
    public const int ClassInstanceConflict = 0x0119;

    /// <summary>Parameters of one query; SQL Server takes 2100.</summary>
    private const int Batch = 500;

    /// <param name="callingAeTitle">Who asks: an object that it sent with other bytes than those kept is not its object.</param>
    /// <param name="readBack">Read every file and compare its hash; else existence and length are enough.</param>
    public async Task<IReadOnlyList<ReportedObject>> JudgeAsync(string callingAeTitle, IReadOnlyList<ReportedObject> objects, bool readBack, CancellationToken cancellationToken)
    {
        var judged = new List<ReportedObject>(objects.Count);
        foreach (var batch in objects.Chunk(Batch))
        {
            var held = (await instances.ListHeldAsync([.. batch.Select(item => item.SopInstanceUid)], callingAeTitle, cancellationToken)).ToDictionary(item => item.SopInstanceUid);
            foreach (var item in batch)
                judged.Add(item with { FailureReason = await JudgeAsync(item, held.GetValueOrDefault(item.SopInstanceUid), readBack, cancellationToken) });
        }
        return judged;
    }

    private async Task<int?> JudgeAsync(ReportedObject asked, HeldInstance? held, bool readBack, CancellationToken cancellationToken)
    {
        if (held?.FileKey is null) // never received, or expired by policy
            return NoSuchObjectInstance;
        if (held.SopClassUid != asked.SopClassUid)
            return ClassInstanceConflict;
        if (held.Contested)
            return ProcessingFailure;
        var file = new FileInfo(blobs.PathOf(held.FileKey));
        if (!file.Exists || file.Length != held.DatasetOffset + held.DatasetLength)
        {
            CommitmentLog.FileDamaged(logger, held.Id, file.Exists ? "has another length" : "is gone");
            return NoSuchObjectInstance;
        }
        if (!readBack || await HashAsync(file, held.DatasetOffset, cancellationToken) == held.DatasetSha256)
            return null;
        CommitmentLog.FileDamaged(logger, held.Id, "has other bytes");
        return ProcessingFailure;
    }

    private static async Task<string?> HashAsync(FileInfo file, long offset, CancellationToken cancellationToken)
    {
        try
        {
            await using var stream = file.OpenRead();
            stream.Position = offset;
            return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken));
        }
        catch (IOException)
        {
            return null; // a disk that cannot give it back does not hold it
        }
    }
}
