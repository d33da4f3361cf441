namespace EchoClr.Inference.Drift;

/// <summary>How the studies that come now are compared with those that came before, and when a person is told.</summary>
public sealed class DriftOptions
{
    private const string Section = InferenceOptions.SectionName + ":Drift";

    /// <summary>How often it is compared. A scanner's settings change by visits of its engineer, not by the hour.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromDays(7);

    /// <summary>What counts as now. A week holds every weekday once.</summary>
    public TimeSpan Window { get; set; } = TimeSpan.FromDays(7);

    /// <summary>A sender's first weeks: what it is compared with where the model in service did not learn from its studies. Four weeks: a roster of people goes round once.</summary>
    public TimeSpan Reference { get; set; } = TimeSpan.FromDays(28);

    /// <summary>Studies on either side below which nothing is said; a reference period lasts until there are so many. Fewer differ by chance alone.</summary>
    public int MinStudies { get; set; } = 20;

    /// <summary>Studies on either side that are looked at, spread evenly: more change the answer little and the time much.</summary>
    public int MaxStudies { get; set; } = 300;

    /// <summary>The chance of any false alarm in one comparison, over all senders and measures together (Holm 1979). At one comparison a week: one in two years.</summary>
    public double FalseAlarms { get; set; } = 0.01;

    /// <summary>Least share of studies that lie elsewhere (total variation distance of a mix, Kolmogorov-Smirnov distance of a number): with many studies chance is excluded for changes that nobody needs to know.</summary>
    public double MinEffect { get; set; } = 0.2;

    /// <summary>Least energy coefficient of the embeddings, 0 to 1. Two clouds in 64 dimensions that lie a third of a standard deviation apart in each have about 0.03.</summary>
    public double MinEmbeddingEffect { get; set; } = 0.02;

    /// <summary>Throws, naming the key, where the settings cannot work.</summary>
    public void Validate()
    {
        Require(Interval > TimeSpan.Zero && Window > TimeSpan.Zero && Reference > TimeSpan.Zero, "Interval, Window, Reference", "must be above 0");
        Require(MinStudies >= 10, nameof(MinStudies), "must be 10 or more: fewer cannot be told from chance");
        Require(MaxStudies >= MinStudies, nameof(MaxStudies), "must be at least MinStudies");
        Require(FalseAlarms is > 0 and < 1, nameof(FalseAlarms), "must lie between 0 and 1");
        Require(MinEffect is >= 0 and <= 1 && MinEmbeddingEffect is >= 0 and <= 1, "MinEffect, MinEmbeddingEffect", "must be 0 to 1");
    }

    private static void Require(bool met, string key, string rule)
    {
        if (!met)
            throw new ArgumentException($"{Section}:{key} {rule}");
    }
}
