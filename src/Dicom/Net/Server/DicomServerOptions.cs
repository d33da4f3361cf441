using System.Net;
using EchoClr.Dicom.Net.Pdus;
using EchoClr.Dicom.Ports;

namespace EchoClr.Dicom.Net.Server;

/// <summary>Where the listener is bound and what it lets a peer cost. Who may do what is the handler's to say.</summary>
public sealed class DicomServerOptions
{
    public IPAddress Address { get; set; } = IPAddress.Any;

    /// <summary>0 takes any free port; 11112 is IANA's registered one that needs no privilege.</summary>
    public int Port { get; set; } = 11112;

    /// <summary>Whether <see cref="Port"/> is opened at all, for peers without TLS.</summary>
    public bool AcceptsPlain { get; set; } = true;

    /// <summary>Certificates for <see cref="TlsPort"/>; null opens no such port.</summary>
    public TlsFiles? Tls { get; set; }

    /// <summary>IANA's registered port of DICOM over TLS.</summary>
    public int TlsPort { get; set; } = 2762;

    /// <summary>From connection to the end of the TLS handshake; ARTIM begins after it. Kestrel's default.</summary>
    public TimeSpan TlsHandshakeTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Associations at a time; further ones are rejected, transient (2/3/2). Two ultrasound rooms in a burst of ten each, the PACS, and slack.</summary>
    public int MaxAssociations { get; set; } = 50;

    /// <summary>
    /// Open connections at a time, also those that have not asked for an association yet. Beyond them a newcomer takes the place of the oldest that has no association, from the
    /// address that has most of those; and at twice the number it is closed. Four for each association.
    /// </summary>
    public int MaxConnections { get; set; } = 200;

    /// <summary>Longest P-DATA-TF PDU announced and accepted, in bytes of the PDU length field. At 256 KiB the headers are 0.005 %, and 50 associations with two PDUs each in their buffers take 25 MiB.</summary>
    public int MaxPduLength { get; set; } = PduLimits.DefaultMaxPDataLength;

    /// <summary>Longest data set of a C-STORE, in bytes. Uncompressed 3-D cines pass 2 GiB; nothing comes near 16.</summary>
    public long MaxDatasetLength { get; set; } = 16L << 30;

    /// <summary>ARTIM (PS3.8 9.1.5): from connection to a whole A-ASSOCIATE-RQ, and from our last word to the peer's closing. DCMTK's and dcm4che's order of size.</summary>
    public TimeSpan ArtimTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Between two whole PDUs of an association; then it is aborted, so that idle peers cannot keep others out. 60 s is dcm4che's default.</summary>
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Every message may take this long, command and data set together, and after it no longer than <see cref="MinReceiveRate"/> allows. The same minute as for silence.</summary>
    public TimeSpan MessageGrace { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Bytes a second that a message must come with on average, so that nobody holds an association with a byte a minute. A tenth of the slowest line that a hospital still forwards images on (1 Mbit/s).</summary>
    public int MinReceiveRate { get; set; } = 16 * 1024;

    /// <summary>Longest life of an association; then it is aborted between two messages. Archives that forward all day open a new one at night.</summary>
    public TimeSpan MaxAssociationTime { get; set; } = TimeSpan.FromHours(24);

    /// <summary>Longest wait for a peer that does not take our response.</summary>
    public TimeSpan SendTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Log lines a minute about connections that came to nothing, and as many about refused requests; the others are counted. Whoever scans a network stays visible, and the log stays readable.</summary>
    public int MaxRefusalLinesPerMinute { get; set; } = 60;

    internal void Validate()
    {
        if (!AcceptsPlain && Tls is null)
            throw new ArgumentException("a listener without its plain port needs TLS");
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxAssociations, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxConnections, MaxAssociations);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxPduLength, 4096); // DCMTK refuses to send to less
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxDatasetLength, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MinReceiveRate, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxRefusalLinesPerMinute, 1);
        foreach (var span in (TimeSpan[])[ArtimTimeout, IdleTimeout, SendTimeout, MessageGrace, MaxAssociationTime, TlsHandshakeTimeout])
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(span, TimeSpan.Zero);
    }
}
