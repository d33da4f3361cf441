using Microsoft.Extensions.Logging;

namespace EchoClr.Ingest.StudyCompletion;

/// <summary>What study completion has to say. Ids from 2100; the next free one is 2106.</summary>
internal static partial class StudyCompletionLog
{
    [LoggerMessage(2101, LogLevel.Information, "Study version {StudyVersionId} (version {Version} of its study) is complete with {Instances} instances; inherits the earlier report: {Inherits}")]
    public static partial void Completed(ILogger logger, long studyVersionId, int version, int instances, bool inherits);

    [LoggerMessage(2102, LogLevel.Warning, "The database did not answer; study completion tries again. {Reason}")]
    public static partial void NotSwept(ILogger logger, string reason);

    [LoggerMessage(2103, LogLevel.Information, "Study version {StudyVersionId}: {AeTitle} was asked how many instances there are: {Answer}")]
    public static partial void Counted(ILogger logger, long studyVersionId, string aeTitle, string answer);

    [LoggerMessage(2104, LogLevel.Information, "Study version {StudyVersionId}: missing instances were fetched from {AeTitle}: {Outcome}")]
    public static partial void Fetched(ILogger logger, long studyVersionId, string aeTitle, string outcome);

    [LoggerMessage(2105, LogLevel.Error, "Study version {StudyVersionId}: asking {AeTitle} failed; the quiet time decides")]
    public static partial void NotCounted(ILogger logger, long studyVersionId, string aeTitle, Exception exception);
}
