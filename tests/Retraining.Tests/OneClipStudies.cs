using EchoClr.Retraining.Cohorts;
using EchoClr.Retraining.FineTune;
using EchoClr.Shared.Clips;
using EchoClr.Shared.Data;
using EchoClr.Shared.Storage;
using EchoClr.Testing;
using EchoClr.VideoModels.Checkpoints;
using EchoClr.VideoModels.Clips;

namespace EchoClr.Retraining.Tests;

/// <summary>Complete studies of one PLAX clip each, of patients on a side of one's choosing.</summary>
internal static class OneClipStudies
{
    public static readonly TimeSpan FrameTime = TimeSpan.FromMilliseconds(50);

    /// <param name="pixels">Square frames, one after another.</param>
    /// <returns>The study's row.</returns>
    public static async Task<long> AddOneClipStudyAsync(this TestDatabase test, string study, DataPart part, byte[] pixels, int side)
    {
        var version = await test.CompleteStudyAsync(study, cines: 1);
        var key = BlobStore.NewKey(BlobStore.Clips, ".clip");
        Directory.CreateDirectory(Path.GetDirectoryName(test.Blobs.PathOf(key))!);
        var frames = pixels.Length / (side * side);
        var file = ClipFile.ToBytes(pixels, side, side, [.. Enumerable.Range(0, frames).Select(t => t * FrameTime)]);
        await File.WriteAllBytesAsync(test.Blobs.PathOf(key), file);
        var patient = Enumerable.Range(0, 1000).Select(i => Rows.Sha256($"{study} {i}")).First(candidate => CohortSplit.Of(candidate) == part);
        var instance = (await new StudyStore(test.Database).ListInstancesAsync(version.Id, default))[0].Id;
        var clip = new NewClip(
            instance, ClipFormat.Pipeline, key, ModelRelease.Hash(file), file.Length, frames, side, side, (int)((frames - 1) * FrameTime).TotalMilliseconds, patient, Rows.Sha256(study), "FrameTime", "PLAX", 0.9, null, null, Rows.Noon, "t");
        Assert.True(await new ClipStore(test.Database).AddAsync(clip, default));
        return version.StudyId;
    }
}
