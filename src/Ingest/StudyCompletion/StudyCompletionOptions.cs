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

    /// <summary>
    /// Without a new instance, before a PACS is asked how many there are (settings: Pacs). Not at once: a PACS that forwards while it still receives counts only what it has.
    /// With <see cref="CountTimeout"/> it should stay below <see cref="QuietTime"/>: a version that is quiet before the answer comes does not wait for it.
    /// </summary>
    public TimeSpan CountAfter { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Between two questions about the same instances. C-FIND is cheap for a PACS, but not free.</summary>
    public TimeSpan CountInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>For all questions about one study. A PACS that takes longer is not waited for: the quiet time alone decides.</summary>
    public TimeSpan CountTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Without a new instance, how long a version waits for what the PACS says is missing. Then it is complete as it is; what comes later makes the next version.</summary>
    public TimeSpan CountWait { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>C-MOVE requests for the missing instances of one version, where the PACS allows them. What failed three times in a row stays missing.</summary>
    public int MaxFetches { get; set; } = 3;

    public void Validate()
    {
        if (QuietTime <= TimeSpan.Zero || Interval <= TimeSpan.Zero || ReleaseWait < QuietTime)
            throw new ArgumentException($"{SectionName}: QuietTime and Interval must be above 0, and ReleaseWait at least QuietTime");
        if (CountAfter <= TimeSpan.Zero || CountInterval <= TimeSpan.Zero || CountTimeout <= TimeSpan.Zero || CountWait < QuietTime || MaxFetches < 0)
            throw new ArgumentException($"{SectionName}: CountAfter, CountInterval and CountTimeout must be above 0, and CountWait at least QuietTime");
    }
}
