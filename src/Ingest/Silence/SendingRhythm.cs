namespace EchoClr.Ingest.Silence;

/// <summary>
/// A sender's habits, learned from its arrivals: for each of the 168 hours of a week the share of weeks in which something came. Silence is measured in <em>busy hours</em>, the sum of
/// these shares: a night or a weekend that is always quiet adds nothing to it, a busy morning adds nearly an hour an hour, and a sender of two studies a week needs a week for two.
/// </summary>
public sealed class SendingRhythm
{
    private const int HoursOfWeek = 168;

    private readonly double[] _shares = new double[HoursOfWeek];
    private readonly TimeZoneInfo _zone;
    private readonly IReadOnlySet<DateOnly> _holidays;

    private SendingRhythm(IReadOnlyList<DateTimeOffset> arrivals, SilenceOptions options)
    {
        (_zone, _holidays) = (options.Zone, options.HolidayDates);
        LastArrival = arrivals[^1];
        var (busy, seen) = (new int[HoursOfWeek], new int[HoursOfWeek]);
        var arrivalHours = arrivals.Select(HourOf).ToHashSet();
        // Learned up to the last arrival: a silence does not become a habit while it lasts.
        foreach (var (hour, _) in Hours(arrivals[0], LastArrival))
        {
            seen[hour.OfWeek]++;
            busy[hour.OfWeek] += arrivalHours.Contains(hour) ? 1 : 0;
        }
        for (var hour = 0; hour < HoursOfWeek; hour++)
            _shares[hour] = seen[hour] == 0 ? 0 : (double)busy[hour] / seen[hour];
        // The longest silence but one: a single outage or an unlisted holiday in the history does not make the next one seem usual.
        var silences = arrivals.Zip(arrivals.Skip(1), BusyHours).OrderDescending().ToList();
        MostBusyHoursSilent = Math.Max(options.MinBusyHours, options.Factor * silences.Skip(1).FirstOrDefault());
    }

    public DateTimeOffset LastArrival { get; }

    /// <summary>Busy hours of silence that are still usual.</summary>
    public double MostBusyHoursSilent { get; }

    /// <summary>Null while there is too little to learn from.</summary>
    /// <param name="arrivals">In order of time.</param>
    public static SendingRhythm? Learn(IReadOnlyList<DateTimeOffset> arrivals, SilenceOptions options)
    {
        if (arrivals.Count == 0)
            return null;
        var recent = arrivals.Where(arrival => arrival >= arrivals[^1] - options.History).ToList();
        return recent.Count >= options.MinArrivals && recent[^1] - recent[0] >= options.MinHistory ? new SendingRhythm(recent, options) : null;
    }

    /// <summary>Busy hours between two times: what the sender would usually have used.</summary>
    public double BusyHours(DateTimeOffset from, DateTimeOffset to) => Hours(from, to).Sum(piece => _shares[piece.Hour.OfWeek] * piece.Length.TotalHours);

    /// <summary>The hours on the wall's clock between two times, the first and the last perhaps in part, without those of holidays. An hour that the clock skips is not there, one that it repeats is there twice.</summary>
    private IEnumerable<(Hour Hour, TimeSpan Length)> Hours(DateTimeOffset from, DateTimeOffset to)
    {
        for (var time = from.ToUniversalTime(); time < to;)
        {
            var local = TimeZoneInfo.ConvertTime(time, _zone);
            var next = time + (TimeSpan.FromHours(1) - TimeSpan.FromTicks(local.TimeOfDay.Ticks % TimeSpan.TicksPerHour));
            if (!_holidays.Contains(DateOnly.FromDateTime(local.DateTime)))
                yield return (HourOf(time), (next < to ? next : to) - time);
            time = next;
        }
    }

    private Hour HourOf(DateTimeOffset time)
    {
        var local = TimeZoneInfo.ConvertTime(time, _zone);
        var begin = time.ToUniversalTime() - TimeSpan.FromTicks(local.TimeOfDay.Ticks % TimeSpan.TicksPerHour);
        return new Hour(begin, (int)local.DayOfWeek * 24 + local.Hour);
    }

    private readonly record struct Hour(DateTimeOffset Begin, int OfWeek);
}
