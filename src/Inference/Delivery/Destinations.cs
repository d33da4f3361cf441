using EchoClr.Dicom.Ports;

namespace EchoClr.Inference.Delivery;

/// <summary>The PACS that results go to, by their names in the tables, and how we call them.</summary>
public sealed class Destinations(InferenceOptions options, string callingAeTitle)
{
    public IReadOnlyList<DestinationOptions> All => options.Destinations;

    public DestinationOptions? Find(string name) => options.Destinations.Find(destination => destination.Name == name);

    public DicomPeer PeerOf(DestinationOptions destination) => new(destination.AeTitle, destination.Host, destination.Port, callingAeTitle) { Tls = destination.Tls };

    /// <summary>A PACS that is asked, called with the same title as a destination.</summary>
    public DicomPeer PeerOf(PacsToAsk pacs) => new(pacs.AeTitle, pacs.Host, pacs.Port, callingAeTitle) { Tls = pacs.Tls };
}
