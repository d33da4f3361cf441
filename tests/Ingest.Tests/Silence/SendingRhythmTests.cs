using EchoClr.Ingest.Silence;

namespace EchoClr.Ingest.Tests.Silence;

/// <summary>A room that sends every half hour from 8 to 17 on working days, in Berlin, and what its silences are worth.</summary>
public sealed class SendingRhythmTests
{
    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");
    private static readonly SilenceOptions Options = new() { TimeZone = "Europe/Berlin" };

    [Fact]
    public void NightsAndWeekends_AreNoSilence()
    {
        var rhythm = Room(Day("2026-01-05"), Day("2026-02-13")); // a Monday to a Friday, six weeks later
        Assert.Equal(Local("2026-02-13 16:30"), rhythm.LastArrival);
        Assert.False(IsSilent(rhythm, "2026-02-14 03:00"));
        Assert.False(IsSilent(rhythm, "2026-02-15 23:00"));
        Assert.False(IsSilent(rhythm, "2026-02-16 08:15"));
    }

    [Fact]
    public void BusyMorningWithoutAnything_IsSilence_AndTheNextArrivalEndsIt()
    {
        var rhythm = Room(Day("2026-01-05"), Day("2026-02-13"));
        Assert.False(IsSilent(rhythm, "2026-02-16 10:30"));
        Assert.True(IsSilent(rhythm, "2026-02-16 12:00"));
        var again = SendingRhythm.Learn([.. Arrivals(Day("2026-01-05"), Day("2026-02-13")), Local("2026-02-16 12:05")], Options)!;
        Assert.False(IsSilent(again, "2026-02-16 12:10"));
    }

    [Fact]
    public void SilenceGoesOn_ForWeeks_AndStaysASilence()
    {
        var rhythm = Room(Day("2026-01-05"), Day("2026-02-13"));
        Assert.True(IsSilent(rhythm, "2026-04-01 12:00"));
    }

    [Fact]
    public void ListedHoliday_ExpectsNothing_UnlistedOneDoes()
    {
        var options = new SilenceOptions { TimeZone = "Europe/Berlin" };
        options.Holidays.Add("2026-02-16");
        var rhythm = SendingRhythm.Learn(Arrivals(Day("2026-01-05"), Day("2026-02-13")), options)!;
        Assert.False(IsSilent(rhythm, "2026-02-16 20:00"));
        Assert.True(IsSilent(rhythm, "2026-02-17 12:00"));
        Assert.True(IsSilent(Room(Day("2026-01-05"), Day("2026-02-13")), "2026-02-16 20:00"));
    }

    /// <summary>A day's outage in the history is one silence; it does not make the next one seem usual.</summary>
    [Fact]
    public void OneOutageInTheHistory_DoesNotDullTheAlarm()
    {
        var rhythm = SendingRhythm.Learn([.. Arrivals(Day("2026-01-05"), Day("2026-02-13")).Where(arrival => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(arrival, Berlin).DateTime) != Day("2026-01-21"))], Options)!;
        Assert.True(IsSilent(rhythm, "2026-02-16 12:30"));
    }

    [Theory]
    [InlineData("2026-02-16", "2026-03-27", "2026-03-30")] // the clock goes forward on Sunday, 29 March
    [InlineData("2026-09-14", "2026-10-23", "2026-10-26")] // and back on Sunday, 25 October
    public void ClockChange_HabitsFollowTheClockOnTheWall(string from, string friday, string monday)
    {
        var rhythm = Room(Day(from), Day(friday));
        var usual = Room(Day(from), Day(friday)).BusyHours(Local($"{friday} 12:00"), Local($"{friday} 15:00"));
        Assert.Equal(3.0, usual, 2);
        Assert.False(IsSilent(rhythm, $"{monday} 07:59"));
        Assert.Equal(0.5, rhythm.BusyHours(rhythm.LastArrival, Local($"{monday} 08:00")), 2); // the rest of Friday's last hour
        Assert.False(IsSilent(rhythm, $"{monday} 10:00"));
        Assert.True(IsSilent(rhythm, $"{monday} 12:00"));
    }

    [Fact]
    public void SenderOfTwoStudiesAWeek_IsGivenWeeks()
    {
        var random = new Random(7);
        var arrivals = Enumerable.Range(0, 24).Select(i => Local("2026-01-05 08:00").AddDays(3.5 * i).AddHours(9 * random.NextDouble())).ToList();
        var rhythm = SendingRhythm.Learn(arrivals, new SilenceOptions { TimeZone = "Europe/Berlin", History = TimeSpan.FromDays(84) })!;
        Assert.False(rhythm.BusyHours(rhythm.LastArrival, rhythm.LastArrival.AddDays(7)) > rhythm.MostBusyHoursSilent);
        Assert.True(rhythm.BusyHours(rhythm.LastArrival, rhythm.LastArrival.AddDays(42)) > rhythm.MostBusyHoursSilent);
    }

    [Fact]
    public void NewSender_IsNotJudged()
    {
        Assert.Null(SendingRhythm.Learn([], Options));
        Assert.Null(SendingRhythm.Learn(Arrivals(Day("2026-02-02"), Day("2026-02-13")), Options)); // many arrivals, too short a time
        Assert.Null(SendingRhythm.Learn([.. Enumerable.Range(0, 19).Select(i => Local("2026-01-05 10:00").AddDays(i))], Options)); // long enough, too few
        Assert.NotNull(Room(Day("2026-01-30"), Day("2026-02-13")));
    }

    /// <summary>No day of a year of work raises an alarm before its time: holidays listed, summer and winter.</summary>
    [Fact]
    public void WholeYearOfRegularWork_RaisesNoAlarm()
    {
        var random = new Random(11);
        var arrivals = Arrivals(Day("2026-01-05"), Day("2026-12-31")).Where(_ => random.NextDouble() < 0.7).ToList();
        var alarms = 0;
        for (var i = 200; i < arrivals.Count - 1; i += 3)
        {
            var rhythm = SendingRhythm.Learn(arrivals[Math.Max(0, i - 1000)..(i + 1)], Options)!;
            alarms += rhythm.BusyHours(rhythm.LastArrival, arrivals[i + 1]) > rhythm.MostBusyHoursSilent ? 1 : 0;
        }
        Assert.Equal(0, alarms);
    }

    private static SendingRhythm Room(DateOnly from, DateOnly to) => SendingRhythm.Learn(Arrivals(from, to), Options)!;

    private static bool IsSilent(SendingRhythm rhythm, string local) => rhythm.BusyHours(rhythm.LastArrival, Local(local)) > rhythm.MostBusyHoursSilent;

    private static List<DateTimeOffset> Arrivals(DateOnly first, DateOnly last) =>
        [.. from offset in Enumerable.Range(0, last.DayNumber - first.DayNumber + 1)
            let day = first.AddDays(offset)
            where day.DayOfWeek is not (DayOfWeek.Saturday or DayOfWeek.Sunday)
            from half in Enumerable.Range(16, 18)
            select At(day.ToDateTime(new TimeOnly(half / 2, half % 2 * 30)))];

    private static DateOnly Day(string day) => DateOnly.Parse(day);

    private static DateTimeOffset Local(string time) => At(DateTime.Parse(time));

    private static DateTimeOffset At(DateTime local) => new DateTimeOffset(local, Berlin.GetUtcOffset(local)).ToUniversalTime();
}
