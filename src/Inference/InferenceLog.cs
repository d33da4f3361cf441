using Microsoft.Extensions.Logging;

namespace EchoClr.Inference;

/// <summary>What inference has to say. Ids 3000 to 3999; the next free one is 3024. Never a name, an MRN or a birth date.</summary>
internal static partial class InferenceLog
{
    [LoggerMessage(3001, LogLevel.Information, "Models in service are loaded: view gate {ViewGate}, findings {Findings}")]
    public static partial void ModelsLoaded(ILogger logger, string viewGate, string findings);

    [LoggerMessage(3002, LogLevel.Information, "Study version {StudyVersionId} is analysed: {Used} of {Cines} cines used, outcome {State}")]
    public static partial void Analyzed(ILogger logger, long studyVersionId, int used, int cines, string state);

    [LoggerMessage(3003, LogLevel.Warning, "Study version {StudyVersionId} could not be analysed now. {Reason}")]
    public static partial void AnalysisFailed(ILogger logger, long studyVersionId, string reason);

    [LoggerMessage(3004, LogLevel.Information, "Analysis {AnalysisId} is written: {Objects} objects for {Destinations} destinations")]
    public static partial void ReportWritten(ILogger logger, long analysisId, int objects, int destinations);

    [LoggerMessage(3005, LogLevel.Information, "Delivery {DeliveryId} to {Destination} is confirmed by {By}")]
    public static partial void Confirmed(ILogger logger, long deliveryId, string destination, string by);

    [LoggerMessage(3006, LogLevel.Warning, "Delivery {DeliveryId} to {Destination} is tried again at {NextAttemptAt}. {Reason}")]
    public static partial void DeliveryRetried(ILogger logger, long deliveryId, string destination, DateTimeOffset nextAttemptAt, string reason);

    [LoggerMessage(3007, LogLevel.Error, "Delivery {DeliveryId} to {Destination} is parked for a person. {Reason}")]
    public static partial void DeliveryParked(ILogger logger, long deliveryId, string destination, string reason);

    [LoggerMessage(3008, LogLevel.Warning, "{Destination} does not take SOP class {Refused}; sending {Next} instead")]
    public static partial void ReportClassFellBack(ILogger logger, string destination, string refused, string next);

    [LoggerMessage(3009, LogLevel.Warning, "The database did not answer; due deliveries are looked for again. {Reason}")]
    public static partial void NotSwept(ILogger logger, string reason);

    [LoggerMessage(3010, LogLevel.Warning, "{Destination} does not take {Refused}; sending saliency as {Next} instead. Inference:Destinations:Saliency spares the attempt")]
    public static partial void SaliencyFellBack(ILogger logger, string destination, string refused, string next);

    [LoggerMessage(3011, LogLevel.Warning, "{Destination} took {Object} of delivery {DeliveryId} with the warning {Status}")]
    public static partial void TakenWithWarning(ILogger logger, string destination, string @object, long deliveryId, string status);

    [LoggerMessage(3012, LogLevel.Information, "The report of analysis {AnalysisId} is withdrawn; {Deliveries} deliveries say so")]
    public static partial void Withdrawn(ILogger logger, long analysisId, int deliveries);

    [LoggerMessage(3013, LogLevel.Error, "The withdrawal of analysis {AnalysisId} could not be written; it is tried again. {Reason}")]
    public static partial void NotWithdrawn(ILogger logger, long analysisId, string reason);

    [LoggerMessage(3014, LogLevel.Warning, "No clips are kept of study version {StudyVersionId}. {Reason}")]
    public static partial void NoClips(ILogger logger, long studyVersionId, string reason);

    [LoggerMessage(3015, LogLevel.Warning, "No clip is kept of instance {InstanceId}. {Reason}")]
    public static partial void NoClip(ILogger logger, long instanceId, string reason);

    [LoggerMessage(3016, LogLevel.Information, "{Clips} clips are given up, older than Clips:Retention or beyond Clips:QuotaBytes")]
    public static partial void ClipsExpired(ILogger logger, int clips);

    [LoggerMessage(3017, LogLevel.Warning, "Expired clips were not looked for; the next sweep does it. {Reason}")]
    public static partial void ClipsNotSwept(ILogger logger, string reason);

    [LoggerMessage(3018, LogLevel.Warning, "Model {ModelId} in its shadow period could not read the study of analysis {AnalysisId}; the study itself has its result. {Reason}")]
    public static partial void ShadowFailed(ILogger logger, long modelId, long analysisId, string reason);

    [LoggerMessage(3019, LogLevel.Information, "The shadow period of {Model} {Version} is over: {Outcome}")]
    public static partial void ShadowEnded(ILogger logger, string model, string version, string outcome);

    [LoggerMessage(3020, LogLevel.Warning, "Shadow readings were not looked for; the next sweep does it. {Reason}")]
    public static partial void ShadowNotSwept(ILogger logger, string reason);

    [LoggerMessage(3021, LogLevel.Warning, "Sender {AeTitle} {Detail}")]
    public static partial void Drifted(ILogger logger, string aeTitle, string detail);

    [LoggerMessage(3022, LogLevel.Information, "Sender {AeTitle} sends what it used to send")]
    public static partial void NoLongerDrifted(ILogger logger, string aeTitle);

    [LoggerMessage(3023, LogLevel.Warning, "The senders' studies were not compared with what came before; it is tried again. {Reason}")]
    public static partial void NotCompared(ILogger logger, string reason);
}
