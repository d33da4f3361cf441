using System.Net;
using EchoClr.Dicom.Ports;

namespace EchoClr.Ingest.Listener;

/// <summary>Our listener: its address, and who may send what. Everything that is not listed is refused.</summary>
public sealed class ListenerOptions
{
    public const string SectionName = "Ingest:Listener";

    /// <summary>What callers must call. At most 16 characters (PS3.5 6.2, AE).</summary>
    public string AeTitle { get; set; } = "ECHOCLR";

    /// <summary>
    /// A second title that we answer to, whose studies are urgent: they are read before all others. A PACS or router forwards by rules to destinations, and a destination is a
    /// title, so this is how one says which studies are urgent without a word to the carts. Null: none.
    /// </summary>
    public string? UrgentAeTitle { get; set; }

    /// <summary>The address to bind; 0.0.0.0 takes all. Who may call is <see cref="Senders"/>' business.</summary>
    public string Address { get; set; } = "0.0.0.0";

    /// <summary>11112 is IANA's registered DICOM port that needs no privilege; 0 takes any free one.</summary>
    public int Port { get; set; } = 11112;

    /// <summary>Whether <see cref="Port"/> is open to callers without TLS. Off where every sender can do TLS.</summary>
    public bool AcceptsPlain { get; set; } = true;

    /// <summary>TLS on a port of its own; absent opens none.</summary>
    public ListenerTlsOptions? Tls { get; set; }

    /// <summary>Who may open associations. Empty: nobody. A PACS that confirms storage on its own association must be among them.</summary>
    public List<SenderOptions> Senders { get; } = [];

    /// <summary>SOP classes taken besides <see cref="AcceptedSopClasses.Default"/>, by UID: a vendor's private ones, for example.</summary>
    public List<string> AdditionalSopClasses { get; } = [];

    /// <summary>Associations at a time in all. Two ultrasound rooms in a burst of ten each, the PACS, and slack.</summary>
    public int MaxAssociations { get; set; } = 50;

    /// <summary>Associations at a time of one AE title: one sender in disorder must not keep the others out.</summary>
    public int MaxAssociationsPerSender { get; set; } = 25;

    /// <summary>Between two PDUs; then the association is aborted. dcm4che's default.</summary>
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>From connection to a whole A-ASSOCIATE-RQ, and from our last word to the peer's closing (PS3.8 9.1.5, ARTIM). DCMTK's and dcm4che's order of size.</summary>
    public TimeSpan ArtimTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Bytes a second that a message must come with on average, after a minute's grace. A tenth of the slowest line that images are still forwarded on (1 Mbit/s).</summary>
    public int MinReceiveRate { get; set; } = 16 * 1024;

    /// <summary>Longest life of an association; then it is aborted between two messages. Archives that forward all day open a new one at night.</summary>
    public TimeSpan MaxAssociationTime { get; set; } = TimeSpan.FromHours(24);

    /// <summary>Longest data set taken. Uncompressed 3-D cines pass 2 GiB; nothing comes near 16.</summary>
    public long MaxDatasetBytes { get; set; } = 16L << 30;

    /// <summary>How long associations may finish when the listener stops; then they are aborted. Shorter than the 30 s a service manager waits.</summary>
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>Where a sender wants storage commitment reports; null where it takes them on the association of its request only.</summary>
    public (string Host, int Port)? ReportAddressOf(string aeTitle) =>
        Senders.Find(sender => sender.AeTitle == aeTitle && sender.CommitmentReportTo is not null) is { } found && found.TryParseReportAddress(out var address) ? address : null;

    /// <summary>How that address is called by TLS: with the listener's own certificates; null calls it without.</summary>
    public TlsPeerFiles? ReportTlsOf(string aeTitle) => Tls is { } own && Senders.Find(sender => sender.AeTitle == aeTitle && sender.CommitmentReportTo is not null) is { CommitmentReportByTls: true } sender
        ? new TlsPeerFiles
        {
            CertificateFile = own.CertificateFile, KeyFile = own.KeyFile, Password = own.Password, TrustFile = own.TrustFile, CheckRevocation = own.CheckRevocation, PeerCertificate = sender.Certificate,
        }
        : null;

    /// <summary>Throws, naming the key, where the settings cannot work.</summary>
    public void Validate()
    {
        Require(AeTitle.Length is > 0 and <= 16, nameof(AeTitle), "must have 1 to 16 characters");
        Require(UrgentAeTitle is null || (UrgentAeTitle.Length is > 0 and <= 16 && UrgentAeTitle != AeTitle), nameof(UrgentAeTitle), $"must have 1 to 16 characters, and be another than {nameof(AeTitle)}");
        Require(IPAddress.TryParse(Address, out _), nameof(Address), "must be an IP address");
        Require(Port is >= 0 and <= 65535, nameof(Port), "must be 0 to 65535");
        Tls?.Validate($"{SectionName}:{nameof(Tls)}", ownCertificate: true);
        Require(Tls is null || Tls.Port is >= 0 and <= 65535, $"{nameof(Tls)}:Port", "must be 0 to 65535");
        Require(AcceptsPlain || Tls is not null, nameof(AcceptsPlain), "may only be off where Tls is set: nobody could call");
        Require(MaxAssociations > 0, nameof(MaxAssociations), "must be above 0");
        Require(MaxAssociationsPerSender > 0, nameof(MaxAssociationsPerSender), "must be above 0");
        Require(MinReceiveRate > 0, nameof(MinReceiveRate), "must be above 0");
        Require(IdleTimeout > TimeSpan.Zero, nameof(IdleTimeout), "must be above 0");
        Require(ArtimTimeout > TimeSpan.Zero, nameof(ArtimTimeout), "must be above 0");
        Require(MaxAssociationTime > TimeSpan.Zero, nameof(MaxAssociationTime), "must be above 0");
        Require(MaxDatasetBytes > 0, nameof(MaxDatasetBytes), "must be above 0");
        foreach (var sender in Senders)
        {
            Require(sender.AeTitle.Length is > 0 and <= 16, $"{nameof(Senders)}:AeTitle", "must have 1 to 16 characters");
            Require(sender.TryParseNetwork(out _), $"{nameof(Senders)}:Address", $"'{sender.Address}' is neither an IP address nor a network such as 10.1.0.0/16");
            Require(sender.CommitmentReportTo is null || sender.TryParseReportAddress(out _), $"{nameof(Senders)}:CommitmentReportTo", $"'{sender.CommitmentReportTo}' is not HOST:PORT");
            Require(sender.Certificate is null || PeerCertificate.IsRule(sender.Certificate), $"{nameof(Senders)}:Certificate", "must be subject:…, name:… or sha256:… with 64 hexadecimal digits");
            Require(!sender.CommitmentReportByTls || Tls is not null, $"{nameof(Senders)}:CommitmentReportByTls", "needs Tls");
            Require(sender.Certificate is null || Tls is not null, $"{nameof(Senders)}:Certificate", "needs Tls");
        }
    }

    private static void Require(bool met, string key, string rule)
    {
        if (!met)
            throw new ArgumentException($"{SectionName}:{key} {rule}");
    }
}

/// <summary>One peer that may call: its AE title, from its address. An AE title alone proves nothing.</summary>
public sealed class SenderOptions
{
    public string AeTitle { get; set; } = "";

    /// <summary>An IP address, or a network as 10.1.0.0/16. Host names are not resolved: an answer could change between two associations.</summary>
    public string Address { get; set; } = "";

    /// <summary>Whether all that it sends is urgent: the cart of an emergency room.</summary>
    public bool Urgent { get; set; }

    /// <summary>HOST:PORT where the sender listens for storage commitment reports (N-EVENT-REPORT), called by <see cref="AeTitle"/>; null where it does not listen.</summary>
    public string? CommitmentReportTo { get; set; }

    /// <summary>Whether that address is called by TLS: with the certificates of the listener's Tls, and the sender shows <see cref="Certificate"/>, or one that bears the host's name.</summary>
    public bool CommitmentReportByTls { get; set; }

    internal bool TryParseReportAddress(out (string Host, int Port) address)
    {
        var colon = CommitmentReportTo?.LastIndexOf(':') ?? -1;
        address = colon > 0 && int.TryParse(CommitmentReportTo![(colon + 1)..], out var port) && port is > 0 and <= 65535 ? (CommitmentReportTo[..colon].Trim('[', ']'), port) : default;
        return address.Port > 0;
    }

    /// <summary>
    /// The certificate that this AE title must show: <c>subject:CN=cart-7, O=Hospital</c>, <c>name:cart-7.hospital.example</c> or <c>sha256:…</c>. It may then call by TLS only.
    /// Null takes any certificate that is trusted, and calls without TLS.
    /// </summary>
    public string? Certificate { get; set; }

    internal bool TryParseNetwork(out IPNetwork network)
    {
        if (IPNetwork.TryParse(Address, out network))
            return true;
        if (!IPAddress.TryParse(Address, out var address))
            return false;
        network = new IPNetwork(address, address.GetAddressBytes().Length * 8);
        return true;
    }
}

/// <summary>Our certificates as a listener, and the port that is for TLS only.</summary>
public sealed class ListenerTlsOptions : TlsFiles
{
    /// <summary>IANA's registered port of DICOM over TLS; 0 takes any free one.</summary>
    public int Port { get; set; } = 2762;
}
