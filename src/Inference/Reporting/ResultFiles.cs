using System.Security.Cryptography;
using EchoClr.Dicom;
using EchoClr.Shared.Data;
using EchoClr.Shared.Storage;

namespace EchoClr.Inference.Reporting;

/// <summary>The files of results: written before the rows that name them.</summary>
public sealed class ResultFiles(BlobStore blobs, NamedFiles named)
{
    /// <summary>Writes an object and makes it durable under a name of its own. A death before the row leaves an orphan, which is swept.</summary>
    public NewResultObject Write(ResultKind kind, DicomFile file)
    {
        var spool = blobs.NewSpoolFile();
        file.Write(spool);
        string sha256;
        long length;
        using (var stream = File.OpenRead(spool))
            (sha256, length) = (Convert.ToHexStringLower(SHA256.HashData(stream)), stream.Length);
        var key = BlobStore.NewKey(BlobStore.Results);
        blobs.TakeOver(spool, key);
        return new NewResultObject(
            kind, file.Dataset.GetString(DicomTags.SOPClassUID)!, file.Dataset.GetString(DicomTags.SOPInstanceUID)!, file.Dataset.GetString(DicomTags.SeriesInstanceUID)!, key, sha256, length);
    }

    /// <summary>Deletes those of the files just written that did not come into a row: the report was overtaken, or another worker's came first. Only after the rows were recorded or refused.</summary>
    public async Task DropUnnamedAsync(IReadOnlyCollection<NewResultObject> written, CancellationToken cancellationToken)
    {
        foreach (var keys in written.Select(item => item.FileKey).Chunk(NamedFiles.MaxKeys))
        {
            var kept = await named.AmongAsync(keys, cancellationToken);
            foreach (var key in keys.Where(key => !kept.Contains(key)))
                blobs.Delete(key);
        }
    }
}
