using EchoClr.Retraining.Cohorts;
using EchoClr.Shared.Clips;
using EchoClr.Testing;
using EchoClr.VideoModels.Clips;

namespace EchoClr.Retraining.Tests.Pretrain;

/// <summary>A folder of small clips with a cohort of them: each study has a texture of its own, which moves, so that there is something to learn.</summary>
internal static class DrawnCohort
{
    public const int Side = 24, Frames = 10;

    public static Cohort Write(string folder, int studies, int videos = 2)
    {
        Directory.CreateDirectory(Path.Combine(folder, "clips"));
        var rows = new List<ClipRow>();
        for (var study = 0; study < studies; study++)
            for (var video = 0; video < videos; video++)
            {
                var key = $"clips/{study}-{video}.clip";
                var file = ClipFile.ToBytes(Pixels(study, video), Side, Side, [.. Enumerable.Range(0, Frames).Select(t => TimeSpan.FromMilliseconds(25 * t))]);
                File.WriteAllBytes(Path.Combine(folder, key), file);
                rows.Add(new ClipRow
                {
                    Id = rows.Count + 1, FileKey = key, Sha256 = VideoModels.Checkpoints.ModelRelease.Hash(file), PatientKey = Rows.Sha256($"patient {study}"), StudyKey = Rows.Sha256($"study {study}"), Frames = Frames,
                });
            }
        var cohort = Cohort.Of(rows, ClipFormat.Pipeline, null, 0);
        cohort.Write(Path.Combine(folder, "cohort.json"));
        return cohort;
    }

    private static byte[] Pixels(int study, int video)
    {
        var pixels = new byte[Frames * Side * Side];
        var random = new Random(1000 * study + video);
        for (var p = 0; p < pixels.Length; p++)
        {
            var (x, y, t) = (p % Side, p / Side % Side, p / (Side * Side));
            var wave = Math.Sin((x + t) * (0.3 + 0.13 * (study % 7))) + Math.Cos(y * (0.2 + 0.11 * (study / 7 % 7)));
            pixels[p] = (byte)Math.Clamp(110 + 45 * wave + random.Next(-20, 21), 0, 255);
        }
        return pixels;
    }
}
