using System.Security.Cryptography;
using System.Text;
using EchoClr.Phantom;
using EchoClr.Retraining.Cohorts;
using EchoClr.Shared.Clips;
using EchoClr.VideoModels.Checkpoints;
using EchoClr.VideoModels.Clips;

namespace EchoClr.App.Learning;

/// <summary>
/// A folder of clips drawn from phantom patients with their cohort, as inference would have kept them: the same reading, masking, scaling and format. Two or three parasternal long-axis
/// videos a patient, each with its own machine settings.
/// </summary>
internal static class PhantomCohort
{
    public const string FileName = "cohort.json";

    /// <summary>Drawn at half the machines' size and then scaled by area: more than the clip's picture, in a quarter of the time.</summary>
    private const double RenderScale = 0.5;

    /// <summary>Draws what is not there yet, and returns the manifest's path.</summary>
    public static string Draw(string folder, int patients, long seed, Progress? progress, CancellationToken cancellationToken)
    {
        var manifest = Path.Combine(folder, FileName);
        if (File.Exists(manifest))
            return manifest;
        Directory.CreateDirectory(Path.Combine(folder, "clips"));
        PhantomVideo[] videos = [.. Enumerable.Range(0, patients).Select(number => PhantomPatient.Draw(seed, number)).SelectMany(Videos)];
        var rows = new ClipRow?[videos.Length];
        var done = 0;
        Parallel.For(0, videos.Length, new ParallelOptions { CancellationToken = cancellationToken, MaxDegreeOfParallelism = Environment.ProcessorCount }, i =>
        {
            rows[i] = Clip(folder, videos[i], i + 1);
            progress?.Report(Interlocked.Increment(ref done), videos.Length, "clips drawn");
        });
        Cohort.Of(rows.OfType<ClipRow>(), ClipFormat.Pipeline, "PLAX", 0).Write(manifest); // last: a folder without it is drawn again
        return manifest;
    }

    private static IEnumerable<PhantomVideo> Videos(PhantomPatient patient) =>
        Enumerable.Range(0, 2 + patient.Number % 2).Select(index => PhantomVideo.Draw(patient, index, PhantomScene.ParasternalLongAxis));

    /// <summary>Null where the reading finds no sector: such a cine would not be kept in service either.</summary>
    private static ClipRow? Clip(string folder, PhantomVideo video, long id)
    {
        var drawn = PhantomRenderer.Render(video, new PhantomRenderOptions(RenderScale, Colour: true));
        var reading = CineReading.Of(new FramePixels(drawn.Frames, drawn.Height, drawn.Width, drawn.SamplesPerPixel, drawn.Pixels), drawn.FrameTimes, drawn.PixelAspectRatio);
        if (!reading.CanBeAnalyzed)
            return null;
        var frames = Math.Min(drawn.Frames, ClipFormat.MaxFrames);
        var file = ClipFile.ToBytes(ClipSampler.Frames(reading.Cine, reading.Sector!, ClipFormat.Size, frames), ClipFormat.Size, ClipFormat.Size, [.. drawn.FrameTimes.Take(frames)]);
        var key = $"clips/{video.Patient.Number:D6}-{video.Index}.clip";
        File.WriteAllBytes(Path.Combine(folder, key), file);
        return new ClipRow
        {
            Id = id, FileKey = key, Sha256 = ModelRelease.Hash(file), Length = file.Length, Frames = frames, PatientKey = Key($"phantom {video.Patient.Seed} {video.Patient.Number}"),
            StudyKey = Key($"phantom study {video.Patient.Seed} {video.Patient.Number}"),
        };
    }

    private static string Key(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(text)));
}
