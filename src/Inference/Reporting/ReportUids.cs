using EchoClr.Dicom;

namespace EchoClr.Inference.Reporting;

/// <summary>Deterministic UIDs: the same facts give the same objects, so a second delivery cannot make a second report.</summary>
public static class ReportUids
{
    /// <summary>Identifies the private coding scheme 99ECHOCLR.</summary>
    public static readonly string CodingScheme = DicomUid.FromName("coding-scheme", Concepts.PrivateScheme);

    /// <summary>New on every training, because the weights differ (IHE AIR: Contributing Equipment).</summary>
    public static string Device(ModelIdentity model) => DicomUid.FromName("model", model.Name, model.Version, model.WeightsSha256);

    /// <summary>The pipeline as the device observer, when no model had a part.</summary>
    public static string Device(Pipeline pipeline) => DicomUid.FromName("pipeline", Pipeline.ModelName, pipeline.Version);

    /// <summary>One series a study, kept through re-analyses.</summary>
    public static string ReportSeries(string studyInstanceUid) => DicomUid.FromName("sr-series", studyInstanceUid, Pipeline.ModelName);

    public static string SaliencySeries(string studyInstanceUid) => DicomUid.FromName("sc-series", studyInstanceUid, Pipeline.ModelName);

    /// <summary>Rejection notes are no reports: a series of their own (Modality KO).</summary>
    public static string RejectionSeries(string studyInstanceUid) => DicomUid.FromName("ko-series", studyInstanceUid, Pipeline.ModelName);

    /// <summary>Kept through re-analyses, so that tools which follow a finding can link them.</summary>
    public static string Tracking(string studyInstanceUid, Question question) => DicomUid.FromName("track", studyInstanceUid, question.Key);

    /// <summary>Changes with any byte of the object: its SOP class, patient, inputs, models, thresholds, numbers and pictures are all in <paramref name="digest"/>.</summary>
    public static string Instance(string kind, string digest) => DicomUid.FromName(kind, digest);

    /// <summary>A storage commitment transaction: new for each request, also after the attempts were set back, and of no other installation.</summary>
    /// <param name="rowVersion">Of the delivery's row when it was claimed for the request.</param>
    public static string Transaction(long deliveryId, int rowVersion, DateTimeOffset requestedAt) =>
        DicomUid.FromName("commitment", Environment.MachineName, deliveryId.ToString(), rowVersion.ToString(), requestedAt.UtcTicks.ToString());
}
