using EchoClr.Dicom.Ports;

namespace EchoClr.Ingest.Receiving;

/// <summary>An object that cannot be kept, because it cannot be filed: with the status that says why. Its message has no text of the peer's.</summary>
public sealed class MalformedInstanceException(DimseStatus status) : Exception(status.ErrorComment)
{
    public DimseStatus Status { get; } = status;
}
