using System.Globalization;

namespace EchoClr.Shared.Scheduling;

/// <summary>A five-field cron expression as a person says it: "at 02:00 on Sunday". What it does not know to say it says field by field, never wrongly.</summary>
public static class CronWords
{
    private static readonly string[] Days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

    private static readonly string[] Months = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

    /// <param name="cron">One that <see cref="CronTimes"/> takes.</param>
    public static string Of(string cron)
    {
        var fields = cron.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length != 5)
            return cron;
        var (minute, hour, day, month, weekday) = (fields[0], fields[1], fields[2], fields[3], fields[4]);
        List<string> parts = [Time(minute, hour)];
        // Where both are given, cron takes a day that either names.
        var (days, weekdays) = (day == "*" ? null : $"on day {List(day, value => value)} of the month", weekday == "*" ? null : $"on {List(weekday, Weekday)}");
        parts.Add(days is null && weekdays is null ? "every day" : string.Join(", or ", new[] { days, weekdays }.OfType<string>()));
        if (month != "*")
            parts.Add($"in {List(month, Month)}");
        return string.Join(" ", parts);
    }

    private static string Time(string minute, string hour)
    {
        if (Number(minute) is { } atMinute && hour.Split(',').Select(Number).ToList() is var hours && hours.TrueForAll(value => value is not null))
            return $"at {Join([.. hours.Select(value => $"{value:00}:{atMinute:00}")])}";
        if (minute == "*" && hour == "*")
            return "every minute";
        var minutes = minute == "*" ? "every minute" : minute.StartsWith("*/", StringComparison.Ordinal) ? $"every {minute[2..]} minutes" : $"at minute {List(minute, value => value)}";
        return hour == "*" ? $"{minutes} of every hour" : hour.StartsWith("*/", StringComparison.Ordinal) ? $"{minutes} in every {hour[2..]}th hour" : $"{minutes} of hour {List(hour, value => value)}";
    }

    private static string List(string field, Func<string, string> name) => Join([.. field.Split(',').Select(part => Part(part, name))]);

    private static string Part(string part, Func<string, string> name)
    {
        var (span, step) = part.Split('/') is [var before, var every] ? (before, every) : (part, null);
        var words = span == "*" ? "any" : span.Split('-') is [var from, var until] ? $"{name(from)} to {name(until)}" : name(span);
        return step is null ? words : $"{words}, every {step}th";
    }

    private static string Join(IReadOnlyList<string> words) => words.Count < 2 ? string.Concat(words) : $"{string.Join(", ", words.SkipLast(1))} and {words[^1]}";

    private static string Weekday(string value) => Number(value) is { } number and <= 7 ? Days[number % 7] : Named(Days, value);

    private static string Month(string value) => Number(value) is { } number and >= 1 and <= 12 ? Months[number - 1] : Named(Months, value);

    private static string Named(string[] names, string value) => Array.Find(names, name => value.Length == 3 && name.StartsWith(value, StringComparison.OrdinalIgnoreCase)) ?? value;

    private static int? Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
