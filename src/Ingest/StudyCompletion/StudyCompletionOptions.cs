namespace EchoClr.Ingest.StudyCompletion;

/// <summary>When a study version is held to be complete.</summary>
public sealed class StudyCompletionOptions
{
    public const string SectionName = "Ingest:StudyCompletion";

    /// <summary>Without a new instance of the study. 60 s is what routers of this kind use: longer than a cart needs between two cines, shorter than a reader's patience.</summary>
    public TimeSpan QuietTime { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Every association that brought an instance must be over too, unless none of the study came for this long: some senders keep one association open for
    /// days, and some deaths are never recorded.
    /// </summary>
    public TimeSpan ReleaseWait { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How often the question is asked; it is one query over an index.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(1);

    public void Validate()
    {
        if (QuietTime <= TimeSpan.Zero || Interval <= TimeSpan.Zero || ReleaseWait < QuietTime)
            throw new ArgumentException($"{SectionName}: QuietTime and Interval must be above 0, and ReleaseWait at least QuietTime");
    }
}
