namespace EchoClr.Shared.Clips;

/// <summary>Whether and how long cines are kept for learning.</summary>
public sealed class ClipOptions
{
    public const string SectionName = "Clips";

    /// <summary>Write masked, de-identified clips of usable cines. Off: nothing is kept for learning, and what is there stays until it is deleted or expires.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>
    /// A clip lives this long, and longer than the pixels of its study (Capacity:Retention), which it does not need. Five years: the time over which a site's scanners,
    /// and so what there is to learn, change.
    /// </summary>
    public TimeSpan Retention { get; set; } = TimeSpan.FromDays(5 * 365);

    /// <summary>Bytes of all clips; beyond it the oldest go. A clip of two seconds has about 1 MiB: some 100,000 of them.</summary>
    public long QuotaBytes { get; set; } = 100L << 30;

    /// <summary>With less free on the disk no clip is written, so that clips never take the room of studies: the value at which studies begin to give up their pixels early (Capacity:ExpireBelowFreeBytes).</summary>
    public long MinFreeBytes { get; set; } = 10L << 30;

    /// <summary>How often expired clips are looked for.</summary>
    public TimeSpan SweepInterval { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Throws, naming the key, where the settings cannot work.</summary>
    public void Validate()
    {
        Require(Retention > TimeSpan.Zero, nameof(Retention), "must be above 0");
        Require(QuotaBytes >= 0, nameof(QuotaBytes), "must be 0 or more");
        Require(MinFreeBytes >= 0, nameof(MinFreeBytes), "must be 0 or more");
        Require(SweepInterval > TimeSpan.Zero, nameof(SweepInterval), "must be above 0");
    }

    private static void Require(bool met, string key, string rule)
    {
        if (!met)
            throw new ArgumentException($"{SectionName}:{key} {rule}");
    }
}
