namespace EchoClr.Dicom.Net.Dimse;

/// <summary>The peer's messages break PS3.7's rules so that the stream can no longer be followed; the association is aborted.</summary>
internal sealed class DimseViolationException(string message) : Exception(message);
