namespace EchoClr.Shared.Capacity;

/// <summary>How long pixels are kept, and how full a machine may become before senders are told to wait.</summary>
public sealed class CapacityOptions
{
    public const string SectionName = "Capacity";

    /// <summary>Between expiring by quota and refusing by quota; between refusing and taking again: so that neither flutters.</summary>
    public const double Slack = 0.1;

    /// <summary>
    /// After this, counted from its last arrival, a study that is confirmed or refused gives up its pixels; the PACS has them. A month: long enough for late objects,
    /// a reader's question and a second look with a newer model.
    /// </summary>
    public TimeSpan Retention { get; set; } = TimeSpan.FromDays(30);

    /// <summary>Not even a full disk takes the pixels of a study that came less than this ago: somebody may be looking at it.</summary>
    public TimeSpan KeepAtLeast { get; set; } = TimeSpan.FromDays(1);

    /// <summary>Bytes of received objects and results; null is as much as the disk has. From nine tenths on the oldest finished studies give up their pixels; beyond it nothing is taken.</summary>
    public long? QuotaBytes { get; set; }

    /// <summary>With less free, the oldest finished studies give up their pixels early. Some hundred studies.</summary>
    public long ExpireBelowFreeBytes { get; set; } = 10L << 30;

    /// <summary>With less free, nothing is taken. 50 associations with a cine of 40 MB each fit into it, and the database on the same disk goes on working.</summary>
    public long RefuseBelowFreeBytes { get; set; } = 2L << 30;

    /// <summary>Studies that are still coming in or wait for their analysis, beyond which nothing is taken. At ten seconds a study, five and a half hours of work.</summary>
    public int MaxBacklog { get; set; } = 2000;

    /// <summary>Resident memory of the receiving process, as a part of what the machine or container has, beyond which nothing is taken.</summary>
    public double MaxMemory { get; set; } = 0.85;

    /// <summary>How often disk and memory are looked at. At 1 GB/s a disk loses 1 GB between two looks, which <see cref="RefuseBelowFreeBytes"/> has.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How often the tables are asked for backlog and kept bytes, and expired studies looked for.</summary>
    public TimeSpan SweepInterval { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Throws, naming the key, where the settings cannot work.</summary>
    public void Validate()
    {
        Require(Retention > TimeSpan.Zero, nameof(Retention), "must be above 0");
        Require(KeepAtLeast >= TimeSpan.Zero && KeepAtLeast <= Retention, nameof(KeepAtLeast), "must be 0 to Retention");
        Require(QuotaBytes is null or > 0, nameof(QuotaBytes), "must be above 0");
        Require(RefuseBelowFreeBytes >= 0 && ExpireBelowFreeBytes >= RefuseBelowFreeBytes, nameof(ExpireBelowFreeBytes), "must be at least RefuseBelowFreeBytes");
        Require(MaxBacklog > 0, nameof(MaxBacklog), "must be above 0");
        Require(MaxMemory is > 0 and <= 1, nameof(MaxMemory), "must be above 0, at most 1");
        Require(Interval > TimeSpan.Zero && SweepInterval > TimeSpan.Zero, nameof(Interval), "must be above 0");
    }

    private static void Require(bool met, string key, string rule)
    {
        if (!met)
            throw new ArgumentException($"{SectionName}:{key} {rule}");
    }
}
