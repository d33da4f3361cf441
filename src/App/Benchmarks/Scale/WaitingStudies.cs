using EchoClr.Dicom;
using EchoClr.Shared.Data;
using EchoClr.Shared.Storage;

namespace EchoClr.App.Benchmarks.Scale;

/// <summary>What an outage of inference leaves: studies that are received and complete, with their files and rows, and that nobody has read.</summary>
internal static class WaitingStudies
{
    /// <summary>Studies a transaction.</summary>
    private const int Batch = 500;

    private static readonly TimeSpan Ago = TimeSpan.FromHours(1);

    /// <summary>Writes <paramref name="count"/> studies, each with the objects of one of the templates under identities of its own.</summary>
    public static async Task WriteAsync(string data, IReadOnlyList<IReadOnlyList<DicomFile>> templates, int count, Progress progress, CancellationToken cancellationToken)
    {
        var options = new DataOptions { Directory = data };
        var (database, blobs, now) = (new Database(options), new BlobStore(data), TimeProvider.System.GetUtcNow() - Ago);
        await new Migrator(database, TimeProvider.System).ApplyAsync(cancellationToken);
        for (var first = 0; first < count; first += Batch)
        {
            var association = new NewAssociation(Guid.NewGuid().ToString("N"), "ECHOCLR@bench:0", "BENCH", "ECHOCLR", "127.0.0.1", Guid.NewGuid().ToString("N"), now);
            var instances = Enumerable.Range(first, Math.Min(Batch, count - first))
                .SelectMany(study => templates[study % templates.Count].Select((template, index) => Write(blobs, template, study, index, association, now))).ToList();
            await database.WriteAsync(async session =>
            {
                foreach (var instance in instances)
                    await InstanceStore.RecordReceivedAsync(session, association, instance);
                await AssociationStore.RecordEndedAsync(session, association, "Released", "released by the peer", instances.Count, now);
                await session.ExecuteAsync("""
                    UPDATE study_version SET state = 'Complete', completed_at = @Now, hinted_at = @Now, evidence = '{}', cine_set_sha256 = @Hash,
                           instance_count = (SELECT COUNT(*) FROM study_version_instance m WHERE m.study_version_id = study_version.id) WHERE state = 'Open'
                    """, new { Now = now, Hash = new string('0', 64) });
            }, cancellationToken);
            progress.Report(Math.Min(first + Batch, count), count, "studies");
        }
    }

    private static NewInstance Write(BlobStore blobs, DicomFile template, int study, int index, NewAssociation association, DateTimeOffset now)
    {
        template.Dataset
            .Set(DicomTags.StudyInstanceUID, DicomUid.FromName("scale study", $"{study}"))
            .Set(DicomTags.SeriesInstanceUID, DicomUid.FromName("scale series", $"{study}"))
            .Set(DicomTags.SOPInstanceUID, DicomUid.FromName("scale instance", $"{study}", $"{index}"))
            .Set(DicomTags.PatientID, $"SCALE-{study}").Set(DicomTags.InstanceNumber, index + 1);
        var key = BlobStore.NewKey(BlobStore.Objects);
        var path = blobs.PathOf(key);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        new DicomFile(template.Dataset, template.TransferSyntax).Write(path);
        return new NewInstance
        {
            SopInstanceUid = template.Dataset.GetString(DicomTags.SOPInstanceUID)!, SopClassUid = template.Dataset.GetString(DicomTags.SOPClassUID)!,
            SeriesInstanceUid = template.Dataset.GetString(DicomTags.SeriesInstanceUID)!, StudyInstanceUid = template.Dataset.GetString(DicomTags.StudyInstanceUID)!,
            TransferSyntaxUid = template.TransferSyntax.Uid, FileKey = key, DatasetOffset = 0, DatasetLength = new FileInfo(path).Length, DatasetSha256 = $"{study:x32}{index:x32}",
            AssociationId = association.Id, CallingAeTitle = association.CallingAeTitle, TraceId = association.TraceId, ReceivedAt = now,
            Modality = "US", InstanceNumber = index + 1, NumberOfFrames = template.Dataset.GetInt32(DicomTags.NumberOfFrames), PatientId = $"SCALE-{study}",
        };
    }
}
