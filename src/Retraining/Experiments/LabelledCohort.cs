using EchoClr.Retraining.Cohorts;
using EchoClr.Retraining.FineTune;
using EchoClr.VideoModels.Checkpoints;
using EchoClr.VideoModels.Clips;

namespace EchoClr.Retraining.Experiments;

/// <summary>A cohort of clip files with the truth of every patient. Clips are read when a cell first asks for them, and kept: every cell asks for the same ones.</summary>
/// <param name="manifest">Path of the cohort; the clips lie beside it.</param>
/// <param name="truth">By patient: 0 or 1 for each finding.</param>
public sealed class LabelledCohort(string manifest, Cohort cohort, IReadOnlyDictionary<string, float[]> truth, ModelInput input)
{
    private readonly string folder = Path.GetDirectoryName(Path.GetFullPath(manifest))!;
    private readonly Dictionary<long, TrainingClip> read = [];

    public string Manifest => manifest;

    public string Sha256 => cohort.Sha256;

    /// <summary>The patients of one side with their truth, in the order of their keys.</summary>
    public IReadOnlyDictionary<string, float[]> Patients(DataPart part) =>
        cohort.In(part).Select(clip => clip.Patient).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToDictionary(patient => patient, patient => truth[patient], StringComparer.Ordinal);

    /// <summary>The clips of some patients of one side, in the cohort's order.</summary>
    public IReadOnlyList<TrainingClip> Clips(DataPart part, IReadOnlySet<string> patients, CancellationToken cancellationToken)
    {
        CohortClip[] wanted = [.. cohort.In(part).Where(clip => patients.Contains(clip.Patient))];
        CohortClip[] missing = [.. wanted.Where(clip => !read.ContainsKey(clip.Id))];
        var loaded = new TrainingClip[missing.Length];
        Parallel.For(0, missing.Length, new ParallelOptions { CancellationToken = cancellationToken, MaxDegreeOfParallelism = Environment.ProcessorCount }, i =>
        {
            using ClipFile file = ClipFile.Open(Path.Combine(folder, missing[i].FileKey));
            loaded[i] = new TrainingClip(missing[i].Patient, $"{missing[i].Id}", truth[missing[i].Patient], ClipFileSampler.Sample(file, input.Size, TimeSpan.FromMilliseconds(input.IntervalMs))) { Study = missing[i].Study };
        });
        for (int i = 0; i < missing.Length; i++)
            read.Add(missing[i].Id, loaded[i]);
        return [.. wanted.Select(clip => read[clip.Id])];
    }
}
