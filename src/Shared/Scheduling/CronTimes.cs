using Quartz;

namespace EchoClr.Shared.Scheduling;

/// <summary>
/// The instants that a five-field cron expression names in a time zone. The expression is matched against the clock on the wall. A time that the wall skips in
/// spring falls to the first instant after the gap; a time that it shows twice in autumn is its first showing, once. An expression that names no hour means an interval, not
/// times of the day (as in Vixie's cron): it is due at every showing, an hour after an hour through both changes, and nothing that was skipped is made up for.
/// </summary>
public sealed class CronTimes
{
    private readonly CronExpression _wall;
    private readonly TimeZoneInfo _zone;
    private readonly bool _everyHour;

    /// <param name="cron">Minute, hour, day of month, month, day of week; 0 and 7 are Sunday, and names are allowed.</param>
    /// <param name="timeZone">An IANA name, as <c>Europe/Berlin</c>.</param>
    /// <exception cref="FormatException">One sentence: what is wrong with either of them.</exception>
    public CronTimes(string cron, string timeZone)
    {
        _zone = FindZone(timeZone);
        try
        {
            _wall = CronExpression.Parse(cron, CronFormat.Unix).WithTimeZone(TimeZoneInfo.Utc);
            _everyHour = cron.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).ElementAtOrDefault(1) is "*" or "*/1" or "0-23";
        }
        // What an expression may be wrong by comes as several types from the library, with the sentence in each.
        catch (Exception e) when (e is FormatException or ArgumentException)
        {
            throw new FormatException($"'{cron}' is no cron expression: {e.Message}", e);
        }
    }

    /// <summary>The first instant after <paramref name="moment"/>; null where there is none (30 February).</summary>
    public DateTimeOffset? After(DateTimeOffset moment)
    {
        if (_everyHour)
            return AfterByTheHour(moment.ToUniversalTime());
        var wall = Wall(moment);
        while (_wall.GetNextValidTimeAfter(wall) is { } next)
        {
            // In the second pass of a repeated hour the wall shows times whose instant lies behind.
            if (Instant(next) is var instant && instant > moment)
                return instant;
            wall = next;
        }
        return null;
    }

    /// <summary>The last instant after <paramref name="after"/> that is not later than <paramref name="until"/>; null where there is none.</summary>
    public DateTimeOffset? Last(DateTimeOffset after, DateTimeOffset until)
    {
        if (_everyHour)
            return LastByTheHour(after, until.ToUniversalTime());
        var wall = Wall(until);
        // In the second pass, times that the first pass showed later than this one are past as well.
        if (_zone.IsAmbiguousTime(wall.DateTime))
            wall = new DateTimeOffset((until.UtcDateTime + _zone.GetAmbiguousTimeOffsets(wall.DateTime).Max()).Ticks, TimeSpan.Zero);
        wall = wall.AddSeconds(1); // the library asks for a time before, and counts in seconds
        while (_wall.GetPreviousValidTimeBefore(wall) is { } previous)
        {
            var instant = Instant(previous);
            if (instant <= after)
                return null;
            if (instant <= until)
                return instant;
            wall = previous;
        }
        return null;
    }

    /// <summary>As <see cref="After"/>, taking the wall as it runs between two changes of the clock.</summary>
    private DateTimeOffset? AfterByTheHour(DateTimeOffset moment)
    {
        var (begin, offset, wall) = (moment, _zone.GetUtcOffset(moment), Shown(moment, _zone.GetUtcOffset(moment)));
        while (_wall.GetNextValidTimeAfter(wall) is { } next)
        {
            var instant = new DateTimeOffset(next.Ticks, TimeSpan.Zero) - offset;
            if (_zone.GetUtcOffset(instant) == offset)
                return instant;
            // The clock is changed before that: on from the change, which may itself be a time that is named.
            begin = Change(begin, instant);
            offset = _zone.GetUtcOffset(begin);
            wall = Shown(begin, offset).AddSeconds(-1);
        }
        return null;
    }

    private DateTimeOffset? LastByTheHour(DateTimeOffset after, DateTimeOffset until)
    {
        var (last, offset) = (until, _zone.GetUtcOffset(until));
        var wall = Shown(until, offset).AddSeconds(1); // the library asks for a time before, and counts in seconds
        while (_wall.GetPreviousValidTimeBefore(wall) is { } previous)
        {
            var instant = new DateTimeOffset(previous.Ticks, TimeSpan.Zero) - offset;
            if (_zone.GetUtcOffset(instant) != offset)
            {
                // The clock was changed after that: back from the change, with the clock as it ran before.
                var change = Change(instant, last);
                last = change.AddSeconds(-1);
                offset = _zone.GetUtcOffset(last);
                wall = Shown(change, offset);
                continue;
            }
            if (instant <= until)
                return instant > after ? instant : null;
            wall = previous;
        }
        return null;
    }

    /// <summary>The instant between two of different offsets at which the clock is changed. Changes happen on whole minutes.</summary>
    private DateTimeOffset Change(DateTimeOffset from, DateTimeOffset until)
    {
        var offset = _zone.GetUtcOffset(from);
        while (until - from > TimeSpan.FromSeconds(1))
        {
            var middle = from + (until - from) / 2;
            if (_zone.GetUtcOffset(middle) == offset)
                from = middle;
            else
                until = middle;
        }
        return new DateTimeOffset(until.Ticks - until.Ticks % TimeSpan.TicksPerMinute, TimeSpan.Zero);
    }

    /// <summary>What a wall of this offset shows, dressed as UTC.</summary>
    private static DateTimeOffset Shown(DateTimeOffset moment, TimeSpan offset) => new((moment + offset).Ticks, TimeSpan.Zero);

    /// <exception cref="FormatException">There is no such zone.</exception>
    internal static TimeZoneInfo FindZone(string name)
    {
        try
        {
            return TimeZoneInfo.FindSystemTimeZoneById(name);
        }
        catch (Exception e) when (e is TimeZoneNotFoundException or InvalidTimeZoneException)
        {
            throw new FormatException($"there is no time zone '{name}' on this machine; write an IANA name, as Europe/Berlin", e);
        }
    }

    /// <summary>The instant at which the wall first shows a time, or first shows a later one where it skips it.</summary>
    internal static DateTimeOffset Instant(DateTime wall, TimeZoneInfo zone)
    {
        while (zone.IsInvalidTime(wall))
            wall = wall.AddMinutes(1); // gaps begin and end on whole minutes; the longest ever was a day (Samoa, 2011)
        var offset = zone.IsAmbiguousTime(wall) ? zone.GetAmbiguousTimeOffsets(wall).Max() : zone.GetUtcOffset(wall);
        return new DateTimeOffset(wall.Ticks, offset).ToUniversalTime();
    }

    private DateTimeOffset Instant(DateTimeOffset wall) => Instant(DateTime.SpecifyKind(wall.DateTime, DateTimeKind.Unspecified), _zone);

    /// <summary>What the wall shows, dressed as UTC so that the library adds no rules of its own.</summary>
    private DateTimeOffset Wall(DateTimeOffset moment) => new(TimeZoneInfo.ConvertTime(moment, _zone).DateTime, TimeSpan.Zero);
}
