using System.Net;
using EchoClr.Dicom.Net.Pdus;

namespace EchoClr.Dicom.Net.Server;

/// <summary>Where the listener is bound and what it lets a peer cost. Who may do what is the handler's to say.</summary>
public sealed class DicomServerOptions
{
    public IPAddress Address { get; set; } = IPAddress.Any;

    /// <summary>0 takes any free port; 11112 is IANA's registered one that needs no privilege.</summary>
    public int Port { get; set; } = 11112;

    /// <summary>Associations at a time; further ones are rejected, transient (2/3/2). Two ultrasound rooms in a burst of ten each, the PACS, and slack.</summary>
    public int MaxAssociations { get; set; } = 50;

    /// <summary>Open connections at a time, also those that have not asked for an association yet; further ones are closed at once. Four for each association.</summary>
    public int MaxConnections { get; set; } = 200;

    /// <summary>Longest P-DATA-TF PDU announced and accepted, in bytes of the PDU length field. At 256 KiB the headers are 0.005 %, and 50 associations with two PDUs each in their buffers take 25 MiB.</summary>
    public int MaxPduLength { get; set; } = PduLimits.DefaultMaxPDataLength;

    /// <summary>Longest data set of a C-STORE, in bytes. Uncompressed 3-D cines pass 2 GiB; nothing comes near 16.</summary>
    public long MaxDatasetLength { get; set; } = 16L << 30;

    /// <summary>ARTIM (PS3.8 9.1.5): from connection to a whole A-ASSOCIATE-RQ, and from our last word to the peer's closing. DCMTK's and dcm4che's order of size.</summary>
    public TimeSpan ArtimTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Between two whole PDUs of an association; then it is aborted, so that idle peers cannot keep others out. 60 s is dcm4che's default.</summary>
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Longest wait for a peer that does not take our response.</summary>
    public TimeSpan SendTimeout { get; set; } = TimeSpan.FromSeconds(60);

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxAssociations, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxConnections, MaxAssociations);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxPduLength, 4096); // DCMTK refuses to send to less
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxDatasetLength, 1);
        foreach (var span in (TimeSpan[])[ArtimTimeout, IdleTimeout, SendTimeout])
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(span, TimeSpan.Zero);
    }
}
