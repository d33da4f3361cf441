namespace EchoClr.Dicom.Ports;

/// <summary>A PACS that may be asked about the studies of some senders: one entry of the list <c>Pacs</c> in the settings. None is asked by default.</summary>
public sealed class PacsToAsk
{
    /// <summary>The calling AE titles whose studies it holds; empty: every sender's.</summary>
    public List<string> Senders { get; } = [];

    public string AeTitle { get; set; } = "";
    public string Host { get; set; } = "";

    /// <summary>104 is what PACS listen on.</summary>
    public int Port { get; set; } = 104;

    /// <summary>Certificates and keys, where it is to be called by TLS.</summary>
    public TlsPeerFiles? Tls { get; set; }

    /// <summary>Ask how many instances a study has: it is complete when they are here, and waits for a while when they are not.</summary>
    public bool CountInstances { get; set; } = true;

    /// <summary>Fetch by C-MOVE what stays missing. Off, because not every PACS allows it; it must know the address of our AE title and be among the senders.</summary>
    public bool FetchMissing { get; set; }

    /// <summary>Ask for patient and accession number before a report is written, so that it carries what the PACS knows now.</summary>
    public bool ReadPatient { get; set; } = true;

    /// <summary>Ask whether the study is still there before a report is sent. Off: a PACS that moves studies between archives may not find them for a while.</summary>
    public bool RecheckStudy { get; set; }
}
