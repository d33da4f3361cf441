namespace EchoClr.Shared.Clips;

/// <summary>A clip whose file is durable under its key.</summary>
/// <param name="Pipeline">What made it; an instance has one clip a pipeline.</param>
/// <param name="Timing">Which header attribute told the frames' times.</param>
/// <param name="ViewScores">JSON: class to probability.</param>
public sealed record NewClip(
    long InstanceId, string Pipeline, string FileKey, string Sha256, long Length, int Frames, int Height, int Width, double DurationMs, string PatientKey, string StudyKey, string Timing,
    string? ViewLabel, double? ViewProbability, string? ViewScores, string? ViewModelSha256, DateTimeOffset CreatedAt, string TraceId);

/// <summary>A clip that learning may read. Nothing in it names a patient.</summary>
public sealed record ClipRow
{
    internal const string Columns = """
        c.id, c.pipeline, c.file_key, c.sha256, c.length, c.frames, c.height, c.width, c.duration_ms, c.patient_key, c.study_key, c.timing, c.view_label, c.view_probability, c.created_at
        """;

    public long Id { get; init; }
    public string Pipeline { get; init; } = "";
    public string FileKey { get; init; } = "";
    public string Sha256 { get; init; } = "";
    public long Length { get; init; }
    public int Frames { get; init; }
    public int Height { get; init; }
    public int Width { get; init; }
    public double DurationMs { get; init; }
    public string PatientKey { get; init; } = "";
    public string StudyKey { get; init; } = "";
    public string Timing { get; init; } = "";
    public string? ViewLabel { get; init; }
    public double? ViewProbability { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
}

/// <summary>How much is kept, by view.</summary>
public sealed record ClipCount
{
    public string? ViewLabel { get; init; }
    public int Clips { get; init; }
    public int Patients { get; init; }
    public long Bytes { get; init; }
}
