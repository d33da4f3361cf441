using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using EchoClr.Phantom;
using EchoClr.Retraining.Cohorts;
using EchoClr.Shared.Clips;
using EchoClr.Shared.Storage;
using EchoClr.VideoModels.Checkpoints;
using EchoClr.VideoModels.Clips;

namespace EchoClr.App.Learning;

/// <summary>
/// A folder of clips drawn from phantom patients with their cohort, as inference would have kept them: the same reading, masking, scaling and format.
/// </summary>
/// <param name="view">Of all clips; null where there are several.</param>
/// <param name="videos">Of a patient, each with its own machine settings.</param>
internal sealed class PhantomCohort(string? view, Func<PhantomPatient, IEnumerable<PhantomVideo>> videos)
{
    public const string FileName = "cohort.json";

    /// <summary>Drawn at half the machines' size and then scaled by area: more than the clip's picture, in a quarter of the time.</summary>
    private const double RenderScale = 0.5;

    /// <summary>Two or three parasternal long-axis videos a patient.</summary>
    public static readonly PhantomCohort LongAxis = new(
        "PLAX", patient => Enumerable.Range(0, 2 + patient.Number % 2).Select(index => PhantomVideo.Draw(patient, index, PhantomScene.ParasternalLongAxis)));

    /// <summary>Seven videos of all views a patient.</summary>
    public static readonly PhantomCohort AllViews = new(null, patient => PhantomClips.Videos(ModelTask.View, patient));

    /// <summary>Draws the clips that are not there yet, and returns the manifest's path: a drawing that was interrupted goes on.</summary>
    public string Draw(string folder, int patients, long seed, Progress? progress, CancellationToken cancellationToken)
    {
        var manifest = Path.Combine(folder, FileName);
        if (File.Exists(manifest))
            return manifest;
        Directory.CreateDirectory(Path.Combine(folder, "clips"));
        PhantomVideo[] all = [.. Enumerable.Range(0, patients).Select(number => PhantomPatient.Draw(seed, number)).SelectMany(videos)];
        var rows = new ClipRow?[all.Length];
        var done = 0;
        Parallel.For(0, all.Length, new ParallelOptions { CancellationToken = cancellationToken, MaxDegreeOfParallelism = Environment.ProcessorCount }, i =>
        {
            rows[i] = Clip(folder, all[i], i + 1);
            progress?.Report(Interlocked.Increment(ref done), all.Length, "clips drawn");
        });
        Cohort.Of(rows.OfType<ClipRow>(), ClipFormat.Pipeline, view, 0).Write(manifest); // last: a folder without it is drawn again
        return manifest;
    }

    /// <summary>The truth of each clip, by its file key.</summary>
    public IReadOnlyDictionary<string, float[]> Truth(ModelTask task, int patients, long seed) => Enumerable.Range(0, patients).SelectMany(number => videos(PhantomPatient.Draw(seed, number)))
        .ToDictionary(FileKey, video => PhantomClips.Targets(task, video), StringComparer.Ordinal);

    /// <summary>What the cohort calls a patient.</summary>
    public static string PatientKey(PhantomPatient patient) => Key($"phantom {patient.Seed} {patient.Number}");

    /// <summary>
    /// Names how hard the phantoms are: a hash over what is drawn (<see cref="DrawnSha256"/>), and over two videos as they become clips. Whatever makes a disease easier or harder to see changes it.
    /// </summary>
    public string HardnessSha256(long seed)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.ASCII.GetBytes(DrawnSha256(seed)));
        foreach (var number in new[] { 0, 1 })
            hash.AppendData(ClipBytes(videos(PhantomPatient.Draw(seed, number)).First()) ?? []);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Over two hundred patients with their videos as they are drawn by chance, before anything is painted: the same on every processor.</summary>
    public string DrawnSha256(long seed)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var number in Enumerable.Range(0, 200))
            hash.AppendData(JsonSerializer.SerializeToUtf8Bytes(videos(PhantomPatient.Draw(seed, number))));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Null where the reading finds no sector: such a cine would not be kept in service either.</summary>
    private static ClipRow? Clip(string folder, PhantomVideo video, long id)
    {
        var key = FileKey(video);
        var path = Path.Combine(folder, key);
        if ((File.Exists(path) ? File.ReadAllBytes(path) : ClipBytes(video)) is not { } file)
            return null;
        if (!File.Exists(path))
            Durable.WriteFile(path, file); // whole or not at all: the next drawing takes what it finds
        using var clip = ClipFile.Open(path);
        return new ClipRow
        {
            Id = id, FileKey = key, Sha256 = ModelRelease.Hash(file), Length = file.Length, Frames = clip.Frames, PatientKey = PatientKey(video.Patient),
            StudyKey = Key($"phantom study {video.Patient.Seed} {video.Patient.Number}"),
        };
    }

    private static byte[]? ClipBytes(PhantomVideo video)
    {
        var drawn = PhantomRenderer.Render(video, new PhantomRenderOptions(RenderScale, Colour: true));
        var reading = CineReading.Of(new FramePixels(drawn.Frames, drawn.Height, drawn.Width, drawn.SamplesPerPixel, drawn.Pixels), drawn.FrameTimes, drawn.PixelAspectRatio);
        if (!reading.CanBeAnalyzed)
            return null;
        var frames = Math.Min(drawn.Frames, ClipFormat.MaxFrames);
        return ClipFile.ToBytes(ClipSampler.Frames(reading.Cine, reading.Sector!, ClipFormat.Size, frames), ClipFormat.Size, ClipFormat.Size, [.. drawn.FrameTimes.Take(frames)]);
    }

    private static string FileKey(PhantomVideo video) => $"clips/{video.Patient.Number:D6}-{video.Index}.clip";

    private static string Key(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(text)));
}
