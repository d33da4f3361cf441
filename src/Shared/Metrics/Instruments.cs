using System.Diagnostics.Metrics;

namespace EchoClr.Shared.Metrics;

/// <summary>
/// What operators time and count (System.Diagnostics.Metrics, meter "EchoClr"). Labels are AE titles of listed senders, names of configured destinations, and words and
/// codes of ours, so there are as many series as the settings allow, whatever a peer sends, and none of them names a patient. Nobody listening, a measurement costs one comparison.
/// </summary>
public static class Instruments
{
    public const string MeterName = "EchoClr";

    /// <summary>The label of a caller that no setting lists: his title is his to choose.</summary>
    public const string Unlisted = "(unlisted)";

    /// <summary>Around a group commit of some milliseconds on a quiet disk, up to a DIMSE time-out.</summary>
    private static readonly double[] Milliseconds = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30];

    /// <summary>Around a cine of a second or a study of ten, up to a lease that ran out.</summary>
    private static readonly double[] Seconds = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 60, 120, 300];

    /// <summary>From a study that is done at once to one that waited for a night without its PACS.</summary>
    private static readonly double[] Hours = [10, 30, 60, 120, 300, 600, 1800, 3600, 14_400, 43_200, 86_400];

    private static readonly Meter Meter = new(MeterName);

    private static readonly Histogram<double> Receive = InSeconds("echoclr.receive.duration", Milliseconds, "A received object, from its last byte to its status: flush, rename, commit");
    private static readonly Counter<long> ReceivedBytes = Meter.CreateCounter<long>("echoclr.receive.size", "By", "Bytes of received data sets that were answered Success");
    private static readonly Histogram<double> Decode = InSeconds("echoclr.decode.duration", Seconds, "A cine through the codec worker");
    private static readonly Histogram<double> Infer = InSeconds("echoclr.inference.duration", Seconds, "A cine through a network");
    private static readonly Histogram<double> Analyze = InSeconds("echoclr.analysis.duration", Seconds, "A study version from its claim to its analysis: decoding, views, findings");
    private static readonly Histogram<double> Deliver = InSeconds("echoclr.delivery.duration", Seconds, "An attempt to send a result's objects by C-STORE");
    private static readonly Histogram<double> Confirm = InSeconds("echoclr.confirmation.duration", Hours, "A result, from the moment it was written until the destination confirmed that it holds it");
    private static readonly Counter<long> Refusals = Meter.CreateCounter<long>("echoclr.refusals", null, "Associations rejected, and objects answered with a failure");

    /// <param name="sender">The calling AE title of an accepted association: a listed one.</param>
    /// <param name="status">The DIMSE status that the object was answered.</param>
    public static void Received(string sender, ushort status, long bytes, TimeSpan duration)
    {
        Receive.Record(duration.TotalSeconds, new("sender", sender), new("status", Code(status)));
        if (status == 0)
            ReceivedBytes.Add(bytes, new KeyValuePair<string, object?>("sender", sender));
        else
            Refused("object", sender, Code(status));
    }

    /// <param name="kind"><c>association</c> or <c>object</c>.</param>
    /// <param name="sender">A listed AE title, or <see cref="Unlisted"/>.</param>
    /// <param name="reason">The standard's words, a status, or what is scarce: one of a fixed few.</param>
    public static void Refused(string kind, string sender, string reason) => Refusals.Add(1, new("kind", kind), new("sender", sender), new("reason", reason));

    public static void Decoded(TimeSpan duration, bool failed) => Decode.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("outcome", failed ? "failed" : "decoded"));

    /// <param name="kind">The model's kind, <c>view-gate</c> or <c>as-lvh</c>.</param>
    public static void Inferred(string kind, TimeSpan duration) => Infer.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("model", kind));

    /// <param name="outcome">Analyzed, NotAnalyzed, Failed, or Stopped by a shutdown.</param>
    public static void Analyzed(string outcome, TimeSpan duration) => Analyze.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("outcome", outcome));

    public static void Delivered(string destination, bool failed, TimeSpan duration) => Deliver.Record(duration.TotalSeconds, new("destination", destination), new("outcome", failed ? "failed" : "sent"));

    public static void Confirmed(string destination, string by, TimeSpan duration) => Confirm.Record(duration.TotalSeconds, new("destination", destination), new("by", by));

    private static Histogram<double> InSeconds(string name, double[] bounds, string description) =>
        Meter.CreateHistogram<double>(name, "s", description, tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = bounds });

    private static string Code(ushort status) => $"{status:X4}H";
}
