using EchoClr.Shared.Capacity;
using Microsoft.Extensions.Logging;

namespace EchoClr.Ingest.Retention;

/// <summary>What retention and back-pressure have to say. Ids from 2300; the next free one is 2305.</summary>
internal static partial class RetentionLog
{
    [LoggerMessage(2301, LogLevel.Information, "Study {StudyId} gave up {Files} files with {Bytes} bytes: {Why}")]
    public static partial void Expired(ILogger logger, long studyId, int files, long bytes, string why);

    [LoggerMessage(2302, LogLevel.Warning, "The sweep of finished studies failed; the next one is due soon. {Reason}")]
    public static partial void NotSwept(ILogger logger, string reason);

    [LoggerMessage(2303, LogLevel.Error, "Nothing is taken from senders now ({Kind}): {Detail}. They are told to try again")]
    public static partial void Refusing(ILogger logger, PressureKind kind, string detail);

    [LoggerMessage(2304, LogLevel.Information, "Objects are taken from senders again")]
    public static partial void TakingAgain(ILogger logger);
}
