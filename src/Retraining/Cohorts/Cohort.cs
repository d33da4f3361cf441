using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using EchoClr.Retraining.FineTune;
using EchoClr.Shared.Clips;
using EchoClr.Shared.Storage;

namespace EchoClr.Retraining.Cohorts;

/// <summary>The clips that a training reads, fixed in a file: what was learned from can be said later, and nobody is in two parts.</summary>
/// <param name="Sha256">Over the clips' ids and hashes; see <see cref="HashOf"/>. It names the cohort in a model's lineage.</param>
/// <param name="View">Null for all views.</param>
public sealed record Cohort(int Format, string Sha256, string Pipeline, string? View, double MinViewProbability, IReadOnlyList<CohortClip> Clips)
{
    private const int CurrentFormat = 1;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter<DataPart>(JsonNamingPolicy.CamelCase) },
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    public static Cohort Of(IEnumerable<ClipRow> rows, string pipeline, string? view, double minViewProbability)
    {
        CohortClip[] clips = [.. rows.OrderBy(row => row.Id).Select(row => new CohortClip(row.Id, row.FileKey, row.Sha256, row.PatientKey, row.StudyKey, row.Frames, CohortSplit.Of(row.PatientKey)))];
        var cohort = new Cohort(CurrentFormat, HashOf(clips), pipeline, view, minViewProbability, clips);
        cohort.Check("the cohort");
        return cohort;
    }

    /// <summary>SHA-256 over a line "id sha256" for each clip, in the order of ids.</summary>
    public static string HashOf(IEnumerable<CohortClip> clips) => Convert.ToHexStringLower(
        SHA256.HashData(Encoding.ASCII.GetBytes(string.Concat(clips.OrderBy(clip => clip.Id).Select(clip => $"{clip.Id} {clip.Sha256}\n")))));

    public IEnumerable<CohortClip> In(DataPart part) => Clips.Where(clip => clip.Part == part);

    public void Write(string path) => Durable.WriteFile(path, JsonSerializer.SerializeToUtf8Bytes(this, Json));

    /// <exception cref="InvalidDataException">The file is no cohort, or was changed since it was written.</exception>
    public static Cohort Read(string path)
    {
        try
        {
            var cohort = JsonSerializer.Deserialize<Cohort>(File.ReadAllBytes(path), Json) ?? throw new JsonException("the file holds null");
            cohort.Check(path);
            return cohort;
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"{path} is no cohort: {error.Message}", error);
        }
    }

    private void Check(string name)
    {
        if (Format != CurrentFormat)
            throw new InvalidDataException($"{name} has format {Format}, this program reads {CurrentFormat}");
        if (Sha256 != HashOf(Clips))
            throw new InvalidDataException($"{name} does not hold the clips that its hash was made of");
        if (Clips.FirstOrDefault(clip => clip.Part != CohortSplit.Of(clip.Patient)) is { } moved)
            throw new InvalidDataException($"{name} has clip {moved.Id} in {moved.Part}, where its patient does not belong");
        PatientSplit.AssertDisjoint([.. Enum.GetValues<DataPart>().Select(part => In(part).Select(clip => clip.Patient))]);
    }
}

/// <param name="Patient">Keyed hash.</param>
/// <param name="Study">Keyed hash: pairs are formed within a study.</param>
public sealed record CohortClip(long Id, string FileKey, string Sha256, string Patient, string Study, int Frames, DataPart Part);
