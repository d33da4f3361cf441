using System.Data.Common;
using System.Text.Json;
using EchoClr.Shared.Clips;
using EchoClr.Shared.Data;
using EchoClr.Shared.Storage;
using EchoClr.VideoModels.Checkpoints;
using EchoClr.VideoModels.Clips;
using Microsoft.Extensions.Logging;

namespace EchoClr.Inference.Accumulation;

/// <summary>
/// Keeps every usable cine once, masked and de-identified, for learning. It never fails a study and writes only after the study's result is published: whatever goes wrong
/// (a full disk, a database that does not answer, a lost key) is a line in the log and a clip less.
/// </summary>
public sealed class ClipAccumulation(ClipStore store, StudyStore studies, SiteKey key, BlobStore blobs, ClipOptions options, TimeProvider time, ILogger<ClipAccumulation> logger)
{
    /// <summary>Null where nothing is to be kept: switched off, the patient left out, no room, or every cine has its clip.</summary>
    internal async Task<ClipCollection?> BeginAsync(StudyVersionRow version, IReadOnlyCollection<long> instanceIds, CancellationToken cancellationToken)
    {
        if (!options.Enabled)
            return null;
        try
        {
            if (new DriveInfo(blobs.Root).AvailableFreeSpace < options.MinFreeBytes)
            {
                InferenceLog.NoClips(logger, version.Id, "The disk has less free than Clips:MinFreeBytes");
                return null;
            }
            if (await studies.FindAsync(version.StudyInstanceUid, cancellationToken) is not { } study)
                return null;
            var patientKey = await key.PatientAsync(study.PatientId, study.IssuerOfPatientId, study.StudyInstanceUid, cancellationToken);
            var known = await store.ListKnownAsync(ClipFormat.Pipeline, instanceIds, cancellationToken);
            var wanted = instanceIds.Where(id => !known.Contains(id)).ToHashSet();
            return wanted.Count == 0 || await store.IsOptedOutAsync(patientKey, cancellationToken)
                ? null
                : new ClipCollection(blobs, wanted, patientKey, await key.StudyAsync(study.StudyInstanceUid, cancellationToken), logger);
        }
        catch (Exception exception) when (IsTrouble(exception))
        {
            InferenceLog.NoClips(logger, version.Id, exception.Message);
            return null;
        }
    }

    /// <summary>Makes the collected clips durable, each file before its row.</summary>
    internal async Task KeepAsync(ClipCollection collection, ModelManifest viewGate, string traceId, CancellationToken cancellationToken)
    {
        foreach (var clip in collection.Clips)
        {
            var fileKey = BlobStore.NewKey(BlobStore.Clips, ".clip");
            try
            {
                // The sweep judges by age, and the study may have been read for longer than it spares.
                File.SetLastWriteTimeUtc(clip.SpoolFile, time.GetUtcNow().UtcDateTime);
                blobs.TakeOver(clip.SpoolFile, fileKey);
                // died here -> clip file without row; swept
                var scores = clip.ViewScores is null ? null : JsonSerializer.Serialize(viewGate.Classes.Zip(clip.ViewScores).ToDictionary(pair => pair.First, pair => Math.Round(pair.Second, 4)));
                var added = await store.AddAsync(
                    new NewClip(
                        clip.InstanceId, ClipFormat.Pipeline, fileKey, clip.Sha256, clip.Length, clip.Frames, ClipFormat.Size, ClipFormat.Size, clip.Duration.TotalMilliseconds,
                        collection.PatientKey, collection.StudyKey, clip.Timing.ToString(), clip.View, clip.ViewProbability, scores,
                        clip.ViewScores is null ? null : viewGate.Weights.Sha256, time.GetUtcNow(), traceId),
                    cancellationToken);
                if (!added)
                    blobs.Delete(fileKey);
            }
            // A failure of the database leaves the file: the row may have been committed. Without one the sweep deletes it.
            catch (Exception exception) when (IsTrouble(exception))
            {
                InferenceLog.NoClip(logger, clip.InstanceId, exception.Message);
            }
        }
    }

    private static bool IsTrouble(Exception exception) => exception is IOException or UnauthorizedAccessException or DbException or InvalidDataException;
}
