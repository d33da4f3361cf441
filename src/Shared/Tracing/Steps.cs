using System.Diagnostics;

namespace EchoClr.Shared.Tracing;

/// <summary>
/// The steps of a study as spans (System.Diagnostics.ActivitySource "EchoClr"), each under the trace id of the association that began the study, so that one trace
/// leads from C-STORE to confirmation. A step's end is the moment when its outcome is durable. Tags are never set: what a span could say of a patient is not said.
/// Nobody listening, a step costs one comparison.
/// </summary>
public static class Steps
{
    public const string SourceName = "EchoClr";

    /// <summary>A received object, from its last byte to its status; the response follows.</summary>
    public const string Receive = "ingest.receive";

    /// <summary>Flush and rename of a received object.</summary>
    public const string Keep = "ingest.keep";

    /// <summary>The wait for the group commit that holds the object's rows.</summary>
    public const string Commit = "ingest.commit";

    /// <summary>A study version is closed by its evidence.</summary>
    public const string Complete = "study.complete";

    /// <summary>A message goes to the bus and is confirmed by it.</summary>
    public const string Publish = "bus.publish";

    /// <summary>Decoding, views, findings; nothing is written.</summary>
    public const string Analyze = "study.analyze";

    /// <summary>The analysis is persisted, if it is the first.</summary>
    public const string RecordAnalysis = "study.record";

    /// <summary>Saliency cines and reports are made and their files made durable.</summary>
    public const string WriteReport = "report.write";

    /// <summary>Their rows and deliveries are committed.</summary>
    public const string RecordReport = "report.record";

    /// <summary>C-STORE of a delivery's objects, with the row of each answer.</summary>
    public const string Send = "delivery.send";

    /// <summary>The delivery is noted as sent.</summary>
    public const string RecordSent = "delivery.record-sent";

    /// <summary>N-ACTION, and a report on the same association.</summary>
    public const string RequestCommitment = "delivery.request-commitment";

    /// <summary>A storage commitment report is written down; the response follows.</summary>
    public const string ReceiveCommitment = "commitment.receive";

    /// <summary>What follows from such a report.</summary>
    public const string ConcludeCommitment = "commitment.conclude";

    /// <summary>A word about the study goes to a system outside, and is acknowledged.</summary>
    public const string SendSignal = "signal.send";

    private static readonly ActivitySource Source = new(SourceName);

    /// <summary>Begins a step; disposing the result ends it. Null when nobody listens.</summary>
    /// <param name="traceId">32 hex digits of the association's trace; null continues the step around this one.</param>
    public static Activity? Start(string step, string? traceId = null)
    {
        if (!Source.HasListeners())
            return null;
        return traceId is { Length: 32 } && Activity.Current?.TraceId.ToHexString() != traceId
            ? Source.StartActivity(step, ActivityKind.Internal, new ActivityContext(ActivityTraceId.CreateFromString(traceId), ActivitySpanId.CreateRandom(), ActivityTraceFlags.Recorded))
            : Source.StartActivity(step);
    }
}
