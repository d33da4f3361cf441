namespace EchoClr.App.Demo;

/// <summary>How a private Orthanc is set up. It answers on loopback only to the peers named here.</summary>
/// <param name="Folder">Everything of it: configuration, database, objects, log.</param>
internal sealed record DemoPacsOptions(string Folder)
{
    public string AeTitle { get; init; } = "ORTHANC";

    /// <summary>The application entities that may send to it, by their name in Orthanc.</summary>
    public IReadOnlyDictionary<string, (string AeTitle, int Port)> Modalities { get; init; } = new Dictionary<string, (string, int)>();

    /// <summary>The modality to which every received instance is forwarded as it arrives; null forwards nothing.</summary>
    public string? ForwardTo { get; init; }

    /// <summary>Sends back even what came from the modality itself: a badly configured PACS, for the tests of our loop guard.</summary>
    public bool ForwardEchoes { get; init; }

    /// <summary>Loads Debian's DICOMweb plug-in (package orthanc-dicomweb).</summary>
    public bool DicomWeb { get; init; }
}
