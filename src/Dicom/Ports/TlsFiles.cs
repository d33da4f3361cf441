namespace EchoClr.Dicom.Ports;

/// <summary>What one side of a TLS connection shows and whom it believes. The files are read again when they change, so that certificates are renewed without a restart.</summary>
public class TlsFiles
{
    /// <summary>Our certificate, and the intermediates above it: PEM, or PKCS #12 (.p12, .pfx) with its key. A listener needs one; a client without one stays anonymous.</summary>
    public string? CertificateFile { get; set; }

    /// <summary>The certificate's private key as PEM, where it is not in <see cref="CertificateFile"/>.</summary>
    public string? KeyFile { get; set; }

    /// <summary>Opens an encrypted key or PKCS #12 file. Set it by the environment, not in a file.</summary>
    public string? Password { get; set; }

    /// <summary>The certificates that we trust as issuers, or as peers themselves, as PEM. The machine's own list is not asked: who may sign web sites says nothing about modalities.</summary>
    public string TrustFile { get; set; } = "";

    /// <summary>Whether revocation lists are fetched and obeyed. Off: few hospital networks let a server reach them.</summary>
    public bool CheckRevocation { get; set; }

    /// <summary>Throws, naming the key, where the settings cannot work.</summary>
    /// <param name="section">The configuration section, for the message.</param>
    /// <param name="ownCertificate">Whether we cannot do without one.</param>
    public virtual void Validate(string section, bool ownCertificate)
    {
        if (TrustFile.Length == 0)
            throw new ArgumentException($"{section}:{nameof(TrustFile)} must name the trusted certificates");
        if (CertificateFile is null && (ownCertificate || KeyFile is not null))
            throw new ArgumentException($"{section}:{nameof(CertificateFile)} must name our certificate");
    }
}

/// <summary>The same for calling a peer.</summary>
public sealed class TlsPeerFiles : TlsFiles
{
    /// <summary>Which certificate the peer must show, as <see cref="PeerCertificate.Is"/> reads it; null asks that it bears the host's name.</summary>
    public string? PeerCertificate { get; set; }

    public override void Validate(string section, bool ownCertificate)
    {
        base.Validate(section, ownCertificate);
        if (PeerCertificate is { } rule && !Ports.PeerCertificate.IsRule(rule))
            throw new ArgumentException($"{section}:{nameof(PeerCertificate)} must be subject:…, name:… or sha256:… with 64 hexadecimal digits");
    }
}
