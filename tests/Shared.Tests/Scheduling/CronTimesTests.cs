using EchoClr.Shared.Scheduling;

namespace EchoClr.Shared.Tests.Scheduling;

public sealed class CronTimesTests
{
    private const string Berlin = "Europe/Berlin";

    [Theory]
    [InlineData("0 2 * * SUN", "2026-11-20T12:00Z", "2026-11-22T01:00Z")]
    [InlineData("0 2 * * 7", "2026-11-20T12:00Z", "2026-11-22T01:00Z")]
    [InlineData("0 2 * * SUN", "2026-11-22T01:00Z", "2026-11-29T01:00Z")]
    [InlineData("30 2 * * *", "2027-03-27T23:00Z", "2027-03-28T01:00Z")] // 02:30 is skipped: 03:00 summer time
    [InlineData("30 2 * * *", "2027-03-28T01:00Z", "2027-03-29T00:30Z")]
    [InlineData("30 2 * * *", "2026-10-24T12:00Z", "2026-10-25T00:30Z")] // 02:30 is shown twice: the first, summer time
    [InlineData("30 2 * * *", "2026-10-25T00:30Z", "2026-10-26T01:30Z")] // and not again an hour later
    [InlineData("30 2 * * *", "2026-10-25T01:10Z", "2026-10-26T01:30Z")]
    [InlineData("*/30 1-3 * * *", "2027-03-28T00:30Z", "2027-03-28T01:00Z")]
    [InlineData("*/30 1-3 * * *", "2027-03-28T01:00Z", "2027-03-28T01:30Z")] // skipped times fall together with 03:00
    [InlineData("0 * * * *", "2026-10-25T00:00Z", "2026-10-25T01:00Z")] // an hourly rule goes on through the repeated hour
    [InlineData("0 * * * *", "2026-10-25T01:00Z", "2026-10-25T02:00Z")]
    [InlineData("30 * * * SUN", "2026-10-24T21:59Z", "2026-10-24T22:30Z")]
    [InlineData("30 * * * *", "2027-03-28T00:30Z", "2027-03-28T01:30Z")] // and makes up for nothing in spring
    [InlineData("0 * * * *", "2027-03-28T00:00Z", "2027-03-28T01:00Z")]
    [InlineData("0 * 29 2 *", "2026-03-01T00:00Z", "2028-02-28T23:00Z")] // four changes of the clock away
    [InlineData("0 0 1 * MON", "2026-11-20T00:00Z", "2026-11-22T23:00Z")] // a day of the month or of the week
    public void After_GivesTheNextInstant(string cron, string after, string expected) => Assert.Equal(At(expected), new CronTimes(cron, Berlin).After(At(after)));

    [Theory]
    [InlineData("30 2 * * *", "2026-10-25T01:10Z", "2026-10-25T00:30Z")] // in the second pass the first one's 02:30 is past
    [InlineData("30 2 * * *", "2026-10-25T00:29Z", "2026-10-24T00:30Z")]
    [InlineData("30 2 * * *", "2027-03-28T00:59Z", "2027-03-27T01:30Z")]
    [InlineData("30 2 * * *", "2027-03-28T01:00Z", "2027-03-28T01:00Z")]
    [InlineData("* * * * *", "2026-11-20T12:00:30Z", "2026-11-20T12:00Z")]
    [InlineData("0 * * * *", "2026-10-25T01:59Z", "2026-10-25T01:00Z")]
    [InlineData("30 * * * *", "2026-10-25T01:10Z", "2026-10-25T00:30Z")]
    [InlineData("30 * * * *", "2027-03-28T01:10Z", "2027-03-28T00:30Z")]
    public void Last_GivesTheLatestInstantThatIsPast(string cron, string until, string expected) =>
        Assert.Equal(At(expected), new CronTimes(cron, Berlin).Last(At(until).AddYears(-1), At(until)));

    /// <summary>Every instant, over both changes of the clock, against a walk of the wall minute by minute.</summary>
    [Theory]
    [InlineData("2027-03-26T00:00Z", "*/7 1-4 * * *")]
    [InlineData("2026-10-23T00:00Z", "*/7 1-4 * * *")]
    [InlineData("2026-10-23T00:00Z", "59 2,23 * * 6,0")]
    public void AfterAndLast_AgreeWithAWalkOfTheWall(string from, string cron)
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById(Berlin);
        var (start, times) = (At(from), new CronTimes(cron, Berlin));
        var matches = Matcher(cron);
        var walked = new List<DateTimeOffset>();
        var highest = DateTime.MinValue; // the latest time that the wall has shown
        for (var moment = start.AddMinutes(1); moment < start.AddDays(4); moment = moment.AddMinutes(1))
        {
            var wall = TimeZoneInfo.ConvertTime(moment, zone).DateTime;
            var skipped = highest == DateTime.MinValue ? [] : Enumerable.Range(1, Math.Max(0, (int)(wall - highest).TotalMinutes - 1)).Select(i => highest.AddMinutes(i));
            if (wall > highest && (matches(wall) || skipped.Any(matches)))
                walked.Add(moment);
            highest = wall > highest ? wall : highest;
        }

        var found = new List<DateTimeOffset>();
        for (var next = times.After(start); next < start.AddDays(4); next = times.After(next.Value))
            found.Add(next.Value);

        Assert.NotEmpty(walked);
        Assert.Equal(walked, found);
        for (var moment = start; moment < start.AddDays(4); moment = moment.AddMinutes(13))
            Assert.Equal(walked.Cast<DateTimeOffset?>().LastOrDefault(due => due <= moment), times.Last(start, moment));
    }

    /// <summary>An expression that names no hour is due whenever the wall shows one of its minutes, over both changes of the clock, in a zone that changes by half an hour too.</summary>
    [Theory]
    [InlineData("2027-03-26T00:00Z", "*/20 * * * *", Berlin)]
    [InlineData("2026-10-23T00:00Z", "*/20 * * * *", Berlin)]
    [InlineData("2026-10-23T00:00Z", "0 * * * 0", Berlin)]
    [InlineData("2026-10-03T00:00Z", "15 * * * *", "Australia/Lord_Howe")]
    [InlineData("2027-04-02T00:00Z", "15 * * * *", "Australia/Lord_Howe")]
    public void EveryHour_IsDueAtEveryShowing(string from, string cron, string name)
    {
        var (zone, start, times) = (TimeZoneInfo.FindSystemTimeZoneById(name), At(from), new CronTimes(cron, name));
        var walked = Enumerable.Range(1, 4 * 24 * 60 - 1).Select(minute => start.AddMinutes(minute)).Where(moment => TimeZoneInfo.ConvertTime(moment, zone).DateTime is var wall
            && (cron[0] == '*' ? wall.Minute % 20 == 0 : wall.Minute == int.Parse(cron.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture))
            && (cron[^1] == '*' || wall.DayOfWeek == DayOfWeek.Sunday)).ToList();
        var found = new List<DateTimeOffset>();
        for (var next = times.After(start); next < start.AddDays(4); next = times.After(next.Value))
            found.Add(next.Value);
        Assert.Equal(walked, found);
        for (var moment = start; moment < start.AddDays(4); moment = moment.AddMinutes(13))
            Assert.Equal(walked.Cast<DateTimeOffset?>().LastOrDefault(due => due <= moment), times.Last(start, moment));
    }

    [Theory]
    [InlineData("0 2 * *", Berlin, "5")]
    [InlineData("61 2 * * *", Berlin, "between 0 and 59")]
    [InlineData("nonsense", Berlin, "no cron expression")]
    [InlineData("", Berlin, "no cron expression")]
    [InlineData("H 2 * * *", Berlin, "no cron expression")]
    [InlineData("0 2 * * SUN", "Mars/Olympus", "no time zone")]
    public void New_WhatCannotBe_SaysWhy(string cron, string zone, string why) =>
        Assert.Contains(why, Assert.Throws<FormatException>(() => new CronTimes(cron, zone)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("0 0 30 2 *", 0, null, "{}", "names no time")]
    [InlineData("0 2 * * *", -1, null, "{}", "0 or more")]
    [InlineData("0 2 * * *", 0, "7-19", "{}", "no quiet hours")]
    [InlineData("0 2 * * *", 0, "07:00-07:00", "{}", "no quiet hours")]
    [InlineData("0 2 * * *", 0, null, "[]", "JSON object")]
    [InlineData("0 2 * * *", 0, null, "{", "no JSON")]
    public void Settings_WhatCannotWork_SaysWhy(string cron, int cines, string? quiet, string plan, string why)
    {
        var settings = new ScheduleSettings(cron, Berlin, plan, MisfireRule.RunOnce, cines, quiet);
        Assert.Contains(why, Assert.Throws<FormatException>(() => settings.Checked(At("2026-11-20T12:00Z"))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("07:00-19:00", "2026-11-20T05:59Z", "2026-11-20T05:59Z")]
    [InlineData("07:00-19:00", "2026-11-20T06:00Z", "2026-11-20T18:00Z")]
    [InlineData("07:00-19:00", "2026-11-20T18:00Z", "2026-11-20T18:00Z")]
    [InlineData("22:00-06:00", "2026-11-20T22:00Z", "2026-11-21T05:00Z")]
    [InlineData("22:00-06:00", "2026-11-21T04:00Z", "2026-11-21T05:00Z")]
    [InlineData("01:00-02:30", "2027-03-28T00:30Z", "2027-03-28T01:00Z")] // its end is skipped
    [InlineData("01:00-02:30", "2026-10-25T00:10Z", "2026-10-25T00:30Z")] // its end is shown twice
    public void QuietHours_EndOnTheWallsClock(string quiet, string moment, string end) =>
        Assert.Equal(At(end), new ScheduleSettings("0 2 * * *", Berlin, "{}", MisfireRule.RunOnce, 0, quiet).MayBegin(At(moment)));

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Minute, hour and day of the week of the expressions above, by hand.</summary>
    private static Func<DateTime, bool> Matcher(string cron) => cron.StartsWith("*/7", StringComparison.Ordinal)
        ? wall => wall.Minute % 7 == 0 && wall.Hour is >= 1 and <= 4
        : wall => wall.Minute == 59 && (wall.Hour is 2 or 23) && (wall.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday);
}
