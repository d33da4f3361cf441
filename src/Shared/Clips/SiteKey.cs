using System.Security.Cryptography;
using System.Text;
using EchoClr.Shared.Data;
using EchoClr.Shared.Storage;

namespace EchoClr.Shared.Clips;

/// <summary>
/// The secret behind the keyed hashes that stand for patients and studies in clips and cohorts: HMAC-SHA-256, so that nobody without the key can try identifiers out.
/// It lies in the data folder, readable by its owner only, and is made at the first use. The database keeps its fingerprint: a key that was lost is not replaced
/// silently, since with another one every patient would be somebody else and might change sides between training and test.
/// </summary>
public sealed class SiteKey(BlobStore blobs, Database database, TimeProvider time)
{
    public const string FileName = "site.key";

    private const int Bytes = 32; // as long as the hash: RFC 2104 advises no less
    private byte[]? _key;

    private string Path => System.IO.Path.Combine(blobs.Root, FileName);

    /// <summary>Stands for a patient; a study that names none counts as a patient of its own. 64 lower-case hex digits.</summary>
    public async Task<string> PatientAsync(string? patientId, string? issuer, string studyInstanceUid, CancellationToken cancellationToken) =>
        Hash(await KeyAsync(cancellationToken), string.IsNullOrWhiteSpace(patientId) ? $"study\0{studyInstanceUid}" : $"patient\0{patientId.Trim()}\0{issuer?.Trim()}");

    /// <summary>Stands for a study. 64 lower-case hex digits.</summary>
    public async Task<string> StudyAsync(string studyInstanceUid, CancellationToken cancellationToken) => Hash(await KeyAsync(cancellationToken), $"study\0{studyInstanceUid}");

    /// <exception cref="InvalidDataException">The key is not the one that the clips were made with.</exception>
    private async Task<byte[]> KeyAsync(CancellationToken cancellationToken)
    {
        if (_key is not null)
            return _key;
        var known = await database.ReadAsync(session => session.FindAsync<string>("SELECT MAX(fingerprint) FROM site_key"), cancellationToken);
        if (!File.Exists(Path))
        {
            if (known is not null)
                throw new InvalidDataException($"{Path} is missing; bring it back from a backup, or patients could change sides between training and test");
            Make();
        }
        var key = await File.ReadAllBytesAsync(Path, cancellationToken);
        if (key.Length != Bytes)
            throw new InvalidDataException($"{Path} has {key.Length} bytes, a key has {Bytes}");
        var fingerprint = Convert.ToHexStringLower(SHA256.HashData(key));
        // Two processes that begin at once read the same file: the one row is the same.
        await database.WriteAsync(session => session.ExecuteAsync(
            "INSERT INTO site_key (fingerprint, made_at) SELECT @Fingerprint, @Now WHERE NOT EXISTS (SELECT 1 FROM site_key)", new { Fingerprint = fingerprint, Now = time.GetUtcNow() }), cancellationToken);
        if (await database.ReadAsync(session => session.FindAsync<string>("SELECT MAX(fingerprint) FROM site_key"), cancellationToken) != fingerprint)
            throw new InvalidDataException($"{Path} is not the key that the clips of this database were made with");
        return _key = key;
    }

    /// <summary>The first of several processes wins: the name is taken by a move that does not overwrite.</summary>
    private void Make()
    {
        var temporary = blobs.NewSpoolFile();
        using (var handle = new FileStream(temporary, new FileStreamOptions
        {
            Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OperatingSystem.IsWindows() ? null : UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }))
            handle.Write(RandomNumberGenerator.GetBytes(Bytes));
        Durable.FlushFile(temporary);
        try
        {
            File.Move(temporary, Path, overwrite: false);
        }
        catch (IOException) when (File.Exists(Path))
        {
            File.Delete(temporary);
        }
        Durable.FlushDirectory(blobs.Root);
    }

    private static string Hash(byte[] key, string text) => Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text)));
}
