namespace EchoClr.Portal.DicomWeb;

/// <summary>A request that is answered with a failure. The message says why, and names no patient.</summary>
internal sealed class DicomWebException(int status, string message) : Exception(message)
{
    /// <summary>The HTTP status (PS3.18 8.5, Table 10.4.3-1).</summary>
    public int Status => status;
}
