using System.Globalization;

namespace EchoClr.Ingest.Silence;

/// <summary>When a sender that usually sends has been silent for too long.</summary>
public sealed class SilenceOptions
{
    public const string SectionName = "Ingest:Silence";

    /// <summary>How far back the rhythm is learned. Six weeks: a season's habits, and one odd week does not decide.</summary>
    public TimeSpan History { get; set; } = TimeSpan.FromDays(42);

    /// <summary>With less, a sender is new and is not judged: two weeks show each weekday twice.</summary>
    public TimeSpan MinHistory { get; set; } = TimeSpan.FromDays(14);

    /// <summary>With fewer arrivals there is no rhythm.</summary>
    public int MinArrivals { get; set; } = 20;

    /// <summary>Usually busy hours that pass before anybody is told, however regular the sender. A morning, not a lunch.</summary>
    public double MinBusyHours { get; set; } = 3;

    /// <summary>How much longer than its own longest silences (but one) a sender may be silent.</summary>
    public double Factor { get; set; } = 1.5;

    /// <summary>How often it is looked at.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>The senders' time zone (IANA name); null is the machine's. Habits follow the clock on the wall, also when it is put forward.</summary>
    public string? TimeZone { get; set; }

    /// <summary>Days without work, as 2026-12-25: nothing is expected on them, and nothing learned from them.</summary>
    public List<string> Holidays { get; } = [];

    public TimeZoneInfo Zone => TimeZone is null ? TimeZoneInfo.Local : TimeZoneInfo.FindSystemTimeZoneById(TimeZone);

    public IReadOnlySet<DateOnly> HolidayDates => Holidays.Select(day => DateOnly.ParseExact(day, "yyyy-MM-dd", CultureInfo.InvariantCulture)).ToHashSet();

    /// <summary>Throws, naming the key, where the settings cannot work.</summary>
    public void Validate()
    {
        Require(MinHistory > TimeSpan.Zero && History >= MinHistory, nameof(History), "must be at least MinHistory, which must be above 0");
        Require(MinArrivals > 0, nameof(MinArrivals), "must be above 0");
        Require(MinBusyHours > 0 && Factor >= 1, nameof(Factor), "must be at least 1, and MinBusyHours above 0");
        Require(Interval > TimeSpan.Zero, nameof(Interval), "must be above 0");
        Require(TimeZone is null || TimeZoneInfo.TryFindSystemTimeZoneById(TimeZone, out _), nameof(TimeZone), $"'{TimeZone}' is no time zone; write Europe/Berlin");
        Require(Holidays.TrueForAll(day => DateOnly.TryParseExact(day, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _)), nameof(Holidays), "must be dates as 2026-12-25");
    }

    private static void Require(bool met, string key, string rule)
    {
        if (!met)
            throw new ArgumentException($"{SectionName}:{key} {rule}");
    }
}
