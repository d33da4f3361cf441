using EchoClr.Dicom.Net.Pdus;

namespace EchoClr.Dicom.Net.Client;

/// <summary>How long the client waits for what.</summary>
public sealed class DicomClientOptions
{
    /// <summary>For the TCP connection. A host that is up answers in milliseconds; one that is down never.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>For the TLS handshake, where the peer is called by TLS. Kestrel's default.</summary>
    public TimeSpan TlsHandshakeTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>For A-ASSOCIATE-AC or -RJ. A loaded PACS may think about it.</summary>
    public TimeSpan AssociationTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>For each response. A PACS that answers after its own durable write, with its archive asleep, stays under a minute.</summary>
    public TimeSpan ResponseTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Longest wait for a peer that takes no data.</summary>
    public TimeSpan SendTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>For A-RELEASE-RP, and for the peer's closing after an abort. The work is done by then; nobody should wait long.</summary>
    public TimeSpan ReleaseTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>After an accepted commitment request, for a report on the same association; later ones come to the listener.</summary>
    public TimeSpan CommitmentLinger { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Longest P-DATA-TF PDU announced and accepted, in bytes of the PDU length field.</summary>
    public int MaxPduLength { get; set; } = PduLimits.DefaultMaxPDataLength;

    /// <summary>For each response to a C-MOVE: the first one may have to wait for a tape.</summary>
    public TimeSpan MoveResponseTimeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>For a C-MOVE in all; then it is cancelled. A study of 10 GB takes this long at 100 Mbit/s.</summary>
    public TimeSpan MoveTimeout { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>Most matches of one C-FIND. The largest study known to us has 14,488 objects in a few series; a query that finds far more is a mistake, and its answers stay in memory.</summary>
    public int MaxMatches { get; set; } = 50_000;
}
