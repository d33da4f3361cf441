using Microsoft.Extensions.Logging;

namespace EchoClr.Ingest.StudyCompletion;

/// <summary>What study completion has to say. Ids from 2100; the next free one is 2103.</summary>
internal static partial class StudyCompletionLog
{
    [LoggerMessage(2101, LogLevel.Information, "Study version {StudyVersionId} (version {Version} of its study) is complete with {Instances} instances; inherits the earlier report: {Inherits}")]
    public static partial void Completed(ILogger logger, long studyVersionId, int version, int instances, bool inherits);

    [LoggerMessage(2102, LogLevel.Warning, "The database did not answer; study completion tries again. {Reason}")]
    public static partial void NotSwept(ILogger logger, string reason);
}
