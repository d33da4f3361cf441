namespace EchoClr.Dicom;

/// <summary>Bytes that are not DICOM as far as we can read it. The message is one sentence that names the place; it never quotes values of the file.</summary>
public sealed class DicomFormatException : Exception
{
    public DicomFormatException(string message) : base(message) { }
    public DicomFormatException(string message, Exception innerException) : base(message, innerException) { }
    public DicomFormatException() { }
}
