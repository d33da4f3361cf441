namespace EchoClr.App.Benchmarks.Soak;

/// <summary>
/// A hospital's busiest hour, held for as long as one likes. The accreditation standard for echo laboratories (IAC) gives a complete study 45 to 60 minutes of scanning, so that 30 studies an
/// hour are 23 to 30 rooms at work at once: more than nearly any hospital has. At some 80 objects a study that is 2,400 objects an hour. They are sent as
/// 120 studies of 20, so that there are four times as many analyses, reports and commitments as that hospital would have.
/// </summary>
internal sealed record SoakOptions
{
    public required string Folder { get; init; }
    public TimeSpan Length { get; init; } = TimeSpan.FromMinutes(30);
    public double StudiesAnHour { get; init; } = 120;
    public int ObjectsAStudy { get; init; } = 20;

    /// <summary>The part of objects beside which something goes wrong.</summary>
    public double Faults { get; init; } = 0.01;

    /// <summary>The same seed sends the same objects with the same faults.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Further settings of the system under test.</summary>
    public IReadOnlyList<string> Settings { get; init; } = [];

    /// <summary>Where drawn studies are kept from run to run.</summary>
    public required string StudyCache { get; init; }

    /// <summary>After the last study, for everything to come to its end.</summary>
    public TimeSpan DrainDeadline { get; init; } = TimeSpan.FromMinutes(10);
}
