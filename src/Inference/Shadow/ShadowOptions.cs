namespace EchoClr.Inference.Shadow;

/// <summary>How long a model scores live studies beside the one in service before it becomes a candidate, and what it may not do in that time.</summary>
public sealed class ShadowOptions
{
    /// <summary>Live studies that it must have read. Of 50, a share of 5 % that cannot be read is seen with 92 % certainty.</summary>
    public int MinStudies { get; set; } = 50;

    /// <summary>Days of at least that many studies would not show a weekend's senders.</summary>
    public TimeSpan MinTime { get; set; } = TimeSpan.FromDays(7);

    /// <summary>Share of studies that it could not read at all.</summary>
    public double MaxFailed { get; set; } = 0.05;

    /// <summary>By how much more often it may abstain than the model in service.</summary>
    public double MaxAbstentionRise { get; set; } = 0.05;

    /// <summary>Share of answers that differ from the model in service. A model that passed the gate and yet differs this often on live studies meets studies that nobody labelled.</summary>
    public double MaxDiffering { get; set; } = 0.25;

    /// <summary>How often it is looked whether there is something to read.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>After a failure; also how long a worker may take for one study before another tries it.</summary>
    public TimeSpan RetryAfter { get; set; } = TimeSpan.FromMinutes(15);
}
