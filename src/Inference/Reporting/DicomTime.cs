using EchoClr.Dicom;

namespace EchoClr.Inference.Reporting;

/// <summary>Moments as DA, TM and DT values (PS3.5 Table 6.2-1).</summary>
internal static class DicomTime
{
    public static string Date(DateTimeOffset moment) => moment.ToString("yyyyMMdd");

    public static string Time(DateTimeOffset moment) => moment.ToString("HHmmss.ffffff");

    public static string DateAndTime(DateTimeOffset moment) => Date(moment) + Time(moment) + Offset(moment);

    /// <summary>Timezone Offset From UTC: "+hhmm"; "-0000" does not exist.</summary>
    public static string Offset(DateTimeOffset moment) => moment.ToString("zzz").Replace(":", "", StringComparison.Ordinal);

    /// <summary>The moment in the source's own zone where it states one, because one offset applies to every time of an object; else in the host's zone.</summary>
    public static DateTimeOffset InZoneOf(DicomDataset source, DateTimeOffset moment, TimeZoneInfo hostZone)
    {
        var stated = source.GetString(DicomTags.TimezoneOffsetFromUTC);
        return stated is { Length: 5 } && int.TryParse(stated, out var hoursAndMinutes) && Math.Abs(hoursAndMinutes) <= 1400
            ? moment.ToOffset(new TimeSpan(hoursAndMinutes / 100, hoursAndMinutes % 100, 0))
            : TimeZoneInfo.ConvertTime(moment, hostZone);
    }
}
