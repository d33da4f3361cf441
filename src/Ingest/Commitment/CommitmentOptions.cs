namespace EchoClr.Ingest.Commitment;

/// <summary>Storage commitment that senders ask us for.</summary>
public sealed class CommitmentOptions
{
    public const string SectionName = "Ingest:Commitment";

    /// <summary>Objects of one request. Large CT studies have 14 000; an echo study a few hundred.</summary>
    public int MaxObjects { get; set; } = 50_000;

    /// <summary>Requests of one sender whose report it has not taken; further ones are answered 0213H, resource limitation.</summary>
    public int MaxWaiting { get; set; } = 1000;

    /// <summary>How long a request may be looked at while its sender waits for the report on its own association. Reading back takes about a second for 500 MB.</summary>
    public TimeSpan InlineLimit { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>From a request to the sender's answer to the report on its own association; then it is brought on one of ours. Longer than <see cref="InlineLimit"/>.</summary>
    public TimeSpan AnswerLimit { get; set; } = TimeSpan.FromSeconds(40);

    /// <summary>The wait after the first report that did not get through; it doubles with each further one.</summary>
    public TimeSpan FirstDelay { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The longest wait: a sender that comes back has its report within this time.</summary>
    public TimeSpan MaxDelay { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>With the delays above about a day; senders ask again by themselves after that.</summary>
    public int MaxAttempts { get; set; } = 100;

    /// <summary>How often due reports are looked for. An indexed query on few rows.</summary>
    public TimeSpan SweepInterval { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How long finished requests are remembered, for whoever asks what a sender was told.</summary>
    public TimeSpan Keep { get; set; } = TimeSpan.FromDays(30);

    /// <summary>Throws, naming the key, where the settings cannot work.</summary>
    public void Validate()
    {
        Require(MaxObjects > 0, nameof(MaxObjects), "must be above 0");
        Require(MaxWaiting > 0, nameof(MaxWaiting), "must be above 0");
        Require(MaxAttempts > 0, nameof(MaxAttempts), "must be above 0");
        Require(SweepInterval > TimeSpan.Zero, nameof(SweepInterval), "must be above 0");
        Require(FirstDelay > TimeSpan.Zero && MaxDelay >= FirstDelay, nameof(MaxDelay), "must be at least FirstDelay, which must be above 0");
    }

    private static void Require(bool met, string key, string rule)
    {
        if (!met)
            throw new ArgumentException($"{SectionName}:{key} {rule}");
    }
}
