namespace EchoClr.Dicom.Codecs;

/// <summary>A file did not become frames; the message is the one-line reason, free of the patient's data. The worker goes on with the next file.</summary>
public sealed class CodecException(string reason) : Exception(reason);
