using System.Globalization;
using EchoClr.Retraining.Cohorts;
using EchoClr.Retraining.FineTune;
using EchoClr.Retraining.Pretrain;
using EchoClr.VideoModels.Checkpoints;
using EchoClr.VideoModels.Clips;

namespace EchoClr.Retraining.Experiments;

/// <summary>A cohort of clip files with the truth of every clip. Clips are read when a cell first asks for them, and kept: every cell asks for the same ones.</summary>
/// <param name="manifest">Path of the cohort; the clips lie beside it.</param>
/// <param name="truth">Of a clip: 0 or 1 for each finding, or one-hot over the views.</param>
public sealed class LabelledCohort(string manifest, Cohort cohort, Func<CohortClip, float[]> truth, ModelInput input)
{
    private readonly string folder = Path.GetDirectoryName(Path.GetFullPath(manifest))!;
    private readonly Dictionary<long, TrainingClip> read = [];

    public string Manifest => manifest;

    public string Sha256 => cohort.Sha256;

    public IReadOnlySet<string> PatientsOf(DataPart part) => cohort.In(part).Select(clip => clip.Patient).ToHashSet(StringComparer.Ordinal);

    /// <summary>The patients of one side with their truth, in the order of their keys, where all clips of a patient share it.</summary>
    public IReadOnlyDictionary<string, float[]> Patients(DataPart part) =>
        cohort.In(part).GroupBy(clip => clip.Patient, StringComparer.Ordinal).OrderBy(clips => clips.Key, StringComparer.Ordinal).ToDictionary(clips => clips.Key, clips => truth(clips.First()), StringComparer.Ordinal);

    /// <summary>Those of the clips, by their <see cref="TrainingClip.Video"/>, as pretraining reads them, with classes.</summary>
    public PretrainClips PretrainClips(DataPart part, IReadOnlySet<string> videos, Func<float[], int> classOf) =>
        new([.. cohort.In(part).Where(clip => videos.Contains(VideoOf(clip)))], key => Path.Combine(folder, key), clip => classOf(truth(clip)));

    /// <summary>The clips of some patients of one side, in the cohort's order.</summary>
    public IReadOnlyList<TrainingClip> Clips(DataPart part, IReadOnlySet<string> patients, CancellationToken cancellationToken)
    {
        CohortClip[] wanted = [.. cohort.In(part).Where(clip => patients.Contains(clip.Patient))];
        CohortClip[] missing = [.. wanted.Where(clip => !read.ContainsKey(clip.Id))];
        var loaded = new TrainingClip[missing.Length];
        Parallel.For(0, missing.Length, new ParallelOptions { CancellationToken = cancellationToken, MaxDegreeOfParallelism = Environment.ProcessorCount }, i =>
        {
            using ClipFile file = ClipFile.Open(Path.Combine(folder, missing[i].FileKey));
            loaded[i] = new TrainingClip(missing[i].Patient, VideoOf(missing[i]), truth(missing[i]), ClipFileSampler.Sample(file, input.Size, TimeSpan.FromMilliseconds(input.IntervalMs))) { Study = missing[i].Study };
        });
        for (int i = 0; i < missing.Length; i++)
            read.Add(missing[i].Id, loaded[i]);
        return [.. wanted.Select(clip => read[clip.Id])];
    }

    private static string VideoOf(CohortClip clip) => clip.Id.ToString(CultureInfo.InvariantCulture);
}
