using Microsoft.Extensions.Logging;

namespace EchoClr.App.Operations;

/// <summary>The form of what <c>up</c> and <c>run</c> write to standard output.</summary>
internal sealed class LogOptions
{
    public const string SectionName = "Log";

    private const string TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";

    /// <summary>text, a line an event for people; or json, an object a line with the event's id and parts, for a log collector.</summary>
    public LogFormat Format { get; set; } = LogFormat.Text;

    public void AddTo(ILoggingBuilder logging)
    {
        logging.SetMinimumLevel(LogLevel.Information);
        if (Format == LogFormat.Json)
        {
            // With the trace and span that an event happened in, where traces are exported.
            logging.Configure(factory => factory.ActivityTrackingOptions = ActivityTrackingOptions.TraceId | ActivityTrackingOptions.SpanId);
            logging.AddJsonConsole(console => (console.UseUtcTimestamp, console.TimestampFormat, console.IncludeScopes) = (true, TimestampFormat.TrimEnd(), true));
        }
        else
            logging.AddSimpleConsole(console => (console.SingleLine, console.UseUtcTimestamp, console.TimestampFormat) = (true, true, TimestampFormat));
    }
}

internal enum LogFormat
{
    Text,
    Json,
}
