using EchoClr.Shared.Scheduling;

namespace EchoClr.Shared.Tests.Scheduling;

public sealed class CronWordsTests
{
    [Theory]
    [InlineData("0 2 * * SUN", "at 02:00 on Sunday")]
    [InlineData("0 2 * * 7", "at 02:00 on Sunday")]
    [InlineData("30 22 * * *", "at 22:30 every day")]
    [InlineData("0 2,14 * * 1-5", "at 02:00 and 14:00 on Monday to Friday")]
    [InlineData("15 3 1,15 * *", "at 03:15 on day 1 and 15 of the month")]
    [InlineData("0 0 1 JAN,7 *", "at 00:00 on day 1 of the month in January and July")]
    [InlineData("0 1 13 * FRI", "at 01:00 on day 13 of the month, or on Friday")]
    [InlineData("*/15 * * * *", "every 15 minutes of every hour every day")]
    [InlineData("5 */6 * * MON", "at minute 5 in every 6th hour on Monday")]
    [InlineData("0 8-18 * * *", "at minute 0 of hour 8 to 18 every day")]
    [InlineData("nonsense", "nonsense")]
    public void Expression_IsSaidInWords(string cron, string words) => Assert.Equal(words, CronWords.Of(cron));
}
