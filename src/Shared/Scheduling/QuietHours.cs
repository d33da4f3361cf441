using System.Globalization;

namespace EchoClr.Shared.Scheduling;

/// <summary>The hours of each day, on the wall's clock, in which no scheduled run begins. They may span midnight. A run that is under way goes on.</summary>
public readonly record struct QuietHours(TimeOnly From, TimeOnly Until)
{
    private const string Format = "HH:mm";

    /// <param name="text"><c>07:00-19:00</c>; null for none.</param>
    /// <exception cref="FormatException">It is neither.</exception>
    public static QuietHours? Parse(string? text)
    {
        if (text is null)
            return null;
        var parts = text.Split('-');
        if (parts.Length != 2 || !TryTime(parts[0], out var from) || !TryTime(parts[1], out var until) || from == until)
            throw new FormatException($"'{text}' are no quiet hours; write two different times of the day, as 07:00-19:00");
        return new QuietHours(from, until);
    }

    /// <summary>The moment itself, or, where it is quiet then, the moment at which quiet ends.</summary>
    public DateTimeOffset EndOf(DateTimeOffset moment, TimeZoneInfo zone)
    {
        var wall = TimeZoneInfo.ConvertTime(moment, zone).DateTime;
        if (!TimeOnly.FromDateTime(wall).IsBetween(From, Until))
            return moment;
        var end = wall.Date + Until.ToTimeSpan();
        var instant = CronTimes.Instant(DateTime.SpecifyKind(end > wall ? end : end.AddDays(1), DateTimeKind.Unspecified), zone);
        // Where the clock is put back within them, the end that the wall showed first may be past.
        return instant > moment ? instant : moment;
    }

    public override string ToString() => $"{From.ToString(Format, CultureInfo.InvariantCulture)}-{Until.ToString(Format, CultureInfo.InvariantCulture)}";

    private static bool TryTime(string text, out TimeOnly time) => TimeOnly.TryParseExact(text.Trim(), Format, CultureInfo.InvariantCulture, DateTimeStyles.None, out time);
}
