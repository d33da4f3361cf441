using System.Security.Cryptography;
using EchoClr.Inference.Analysis;
using EchoClr.Shared.Storage;
using EchoClr.VideoModels.Clips;
using Microsoft.Extensions.Logging;

namespace EchoClr.Inference.Accumulation;

/// <summary>
/// The clips of a study that is being read: each is drawn while its frames are at hand and put into a spool file without a flush. What cannot be written is told in the log and
/// left out. Disposing it deletes what nobody took over.
/// </summary>
internal sealed class ClipCollection(BlobStore blobs, IReadOnlySet<long> wanted, string patientKey, string studyKey, ILogger logger) : IDisposable
{
    private readonly List<CollectedClip> clips = [];

    public string PatientKey { get; } = patientKey;

    public string StudyKey { get; } = studyKey;

    public IReadOnlyList<CollectedClip> Clips => clips;

    /// <summary>Never throws: a report must not wait for a clip, nor fail with it.</summary>
    public void Take(UsableCine cine)
    {
        if (cine.Outcome.File.InstanceId is not { } instanceId || !wanted.Contains(instanceId))
            return;
        var path = blobs.NewSpoolFile();
        try
        {
            var source = cine.Reading.Cine;
            var frames = Math.Min(source.Frames, ClipFormat.MaxFrames);
            var pixels = ClipSampler.Frames(source, cine.Reading.Sector!, ClipFormat.Size, frames);
            var file = ClipFile.ToBytes(pixels, ClipFormat.Size, ClipFormat.Size, [.. source.FrameTimes.Take(frames)]);
            File.WriteAllBytes(path, file);
            clips.Add(new CollectedClip(
                instanceId, path, Convert.ToHexStringLower(SHA256.HashData(file)), file.Length, frames, source.FrameTimes[frames - 1], cine.Outcome.Timing!.Value,
                cine.Outcome.View, cine.Outcome.ViewProbability, cine.ViewScores));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or OverflowException or ArgumentException)
        {
            InferenceLog.NoClip(logger, instanceId, exception.Message);
            Delete(path);
        }
    }

    public void Dispose()
    {
        foreach (var clip in clips)
            Delete(clip.SpoolFile);
    }

    private static void Delete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The sweep of the spool folder deletes it later.
        }
    }
}

/// <param name="Duration">From the first frame to the last that is kept.</param>
internal sealed record CollectedClip(
    long InstanceId, string SpoolFile, string Sha256, long Length, int Frames, TimeSpan Duration, TimingSource Timing, string? View, double? ViewProbability, double[]? ViewScores);
