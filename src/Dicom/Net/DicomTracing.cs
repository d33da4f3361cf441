using System.Diagnostics;

namespace EchoClr.Dicom.Net;

/// <summary>What the network says to a tracer. No tags: a UID names a patient's study.</summary>
public static class DicomTracing
{
    public const string SourceName = "EchoClr.Dicom";

    /// <summary>A DIMSE response on its way to the peer.</summary>
    public const string Respond = "dimse.respond";

    internal static readonly ActivitySource Source = new(SourceName);
}
