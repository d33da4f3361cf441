using EchoClr.Retraining.Cohorts;
using EchoClr.Shared.Clips;
using EchoClr.Shared.Data;
using EchoClr.Shared.Storage;
using EchoClr.VideoModels.Checkpoints;
using EchoClr.VideoModels.Clips;

namespace EchoClr.Retraining.FineTune;

/// <summary>
/// A site's own cines with its readers' labels: the clips of one view, of studies that have a label of every finding asked for. The newest label of a study counts; for the
/// test side only labels that were given without seeing the AI.
/// </summary>
public sealed class LabelledClips : IClipSource
{
    private readonly BlobStore blobs;
    private readonly ModelInput input;
    private readonly IReadOnlyList<string> findings;
    private readonly IReadOnlyList<(ClipRow Clip, float[] Targets)> clips;

    private LabelledClips(BlobStore blobs, ModelInput input, IReadOnlyList<string> findings, string description, IReadOnlyList<(ClipRow, float[])> clips) =>
        (this.blobs, this.input, this.findings, Description, this.clips) = (blobs, input, findings, description, clips);

    public string Description { get; }

    public static async Task<LabelledClips> OpenAsync(
        LabelStore labels, ClipStore store, BlobStore blobs, IReadOnlyList<string> findings, string view, double minViewProbability, ModelInput input, CancellationToken cancellationToken)
    {
        var blind = Newest((await labels.ListBlindAsync(cancellationToken)).Select(label => (label.StudyId, label.Name, label.Value)));
        var all = Newest((await labels.ListAsync(cancellationToken)).Select(label => (label.StudyId, label.Name, Enum.TryParse(label.Value, out LabelValue value) ? value : LabelValue.Unsure)));
        var found = new List<(ClipRow, float[])>();
        foreach (long study in all.Keys.Select(key => key.Study).Distinct().Order())
        {
            IReadOnlyList<ClipRow> rows = await store.ListLearnableOfStudyAsync(ClipFormat.Pipeline, study, view, minViewProbability, cancellationToken);
            if (rows.Count == 0)
                continue;
            Dictionary<(long, string), LabelValue> known = CohortSplit.Of(rows[0].PatientKey) == DataPart.Test ? blind : all;
            LabelValue?[] values = [.. findings.Select(finding => known.TryGetValue((study, finding), out LabelValue value) && value != LabelValue.Unsure ? value : (LabelValue?)null)];
            if (values.All(value => value is not null))
                found.AddRange(rows.Select(row => (row, values.Select(value => value == LabelValue.Present ? 1f : 0f).ToArray())));
        }
        string parts = string.Join(", ", Enum.GetValues<DataPart>().Select(part => $"{found.Where(clip => CohortSplit.Of(clip.Item1.PatientKey) == part).Select(clip => clip.Item1.PatientKey).Distinct().Count()} for {part.ToString().ToLowerInvariant()}"));
        string cohort = Cohort.HashOf(found.Select(clip => new CohortClip(clip.Item1.Id, clip.Item1.FileKey, clip.Item1.Sha256, clip.Item1.PatientKey, clip.Item1.StudyKey, clip.Item1.Frames, CohortSplit.Of(clip.Item1.PatientKey))));
        return new LabelledClips(blobs, input, findings, $"This site's {view} clips with readers' labels of {string.Join(" and ", findings)}; patients: {parts}; cohort {cohort}", found);
    }

    /// <summary>Why they are too few to learn, calibrate and measure by: fewer than a batch, or a side where a finding is never present, or never absent. Null where they may do.</summary>
    public string? Lack(int batchSize)
    {
        foreach (DataPart part in Enum.GetValues<DataPart>())
        {
            float[][] patients = [.. clips.Where(clip => CohortSplit.Of(clip.Clip.PatientKey) == part).GroupBy(clip => clip.Clip.PatientKey).Select(patient => patient.First().Targets)];
            for (int f = 0; f < findings.Count; f++)
                if (patients.Count(targets => targets[f] > 0.5f) is var present && (present == 0 || present == patients.Length))
                    return $"not enough labels: {findings[f]} is present in {present} and absent in {patients.Length - present} of the patients for {part.ToString().ToLowerInvariant()}";
        }
        return clips.Count(clip => CohortSplit.Of(clip.Clip.PatientKey) == DataPart.Training) is var training && training < batchSize
            ? $"not enough labels: {training} clips for training do not fill a batch of {batchSize}"
            : null;
    }

    public IEnumerable<TrainingClip> Read(DataPart part, CancellationToken cancellationToken)
    {
        foreach ((ClipRow clip, float[] targets) in clips.Where(clip => CohortSplit.Of(clip.Clip.PatientKey) == part))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using ClipFile file = ClipFile.Open(blobs.PathOf(clip.FileKey));
            yield return new TrainingClip(clip.PatientKey, $"{clip.Id}", targets, ClipFileSampler.Sample(file, input.Size, TimeSpan.FromMilliseconds(input.IntervalMs))) { Study = clip.StudyKey };
        }
    }

    private static Dictionary<(long Study, string Name), LabelValue> Newest(IEnumerable<(long Study, string Name, LabelValue Value)> labels)
    {
        var newest = new Dictionary<(long, string), LabelValue>();
        foreach ((long study, string name, LabelValue value) in labels) // oldest first
            newest[(study, name)] = value;
        return newest;
    }
}
