using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using EchoClr.Dicom.Ports;

namespace EchoClr.Dicom.Net.Tls;

/// <summary>The content of <see cref="TlsFiles"/>: our certificate with its key and intermediates, and whom we trust.</summary>
public sealed class TlsCertificates
{
    /// <summary>For fetching revocation lists: it holds up a thread, and the handshake has 10 s in all. Without its list a certificate is refused.</summary>
    private static readonly TimeSpan ListTimeout = TimeSpan.FromSeconds(5);

    private readonly X509Certificate2Collection _trusted;
    private readonly X509Certificate2Collection _intermediates;
    private readonly bool _checkRevocation;

    private TlsCertificates(X509Certificate2? own, X509Certificate2Collection intermediates, X509Certificate2Collection trusted, bool checkRevocation)
    {
        (Own, _intermediates, _trusted, _checkRevocation) = (own, intermediates, trusted, checkRevocation);
        Context = own is null ? null : SslStreamCertificateContext.Create(own, intermediates, offline: true);
    }

    /// <summary>Our certificate; null where we show none.</summary>
    public X509Certificate2? Own { get; }

    public IReadOnlyCollection<X509Certificate2> Trusted => [.. _trusted];

    /// <summary>Our certificate as a handshake takes it; null where we show none.</summary>
    public SslStreamCertificateContext? Context { get; }

    /// <summary>Reads the files.</summary>
    /// <exception cref="TlsException">One cannot be read, or is not what it should be; the message names it.</exception>
    public static TlsCertificates Load(TlsFiles files)
    {
        var trusted = new X509Certificate2Collection();
        Try(files.TrustFile, () => trusted.ImportFromPemFile(files.TrustFile));
        if (trusted.Count == 0)
            throw new TlsException($"{files.TrustFile} has no certificate in PEM");
        var intermediates = new X509Certificate2Collection();
        var own = files.CertificateFile is { } file ? Try(file, () => LoadOwn(file, files, intermediates)) : null;
        if (own is { HasPrivateKey: false })
            throw new TlsException($"{files.CertificateFile} comes without its private key");
        return new TlsCertificates(own, intermediates, trusted, files.CheckRevocation);
    }

    /// <summary>How a peer's certificate is judged: by our trusted certificates alone, and nothing is fetched but revocation lists, where they are asked for.</summary>
    public X509ChainPolicy ChainPolicy()
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = _checkRevocation ? X509RevocationMode.Online : X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
            UrlRetrievalTimeout = ListTimeout,
        };
        policy.CustomTrustStore.AddRange(_trusted);
        policy.ExtraStore.AddRange(_intermediates);
        return policy;
    }

    private static X509Certificate2 LoadOwn(string file, TlsFiles files, X509Certificate2Collection intermediates)
    {
        if (Path.GetExtension(file) is ".p12" or ".pfx")
        {
            var all = X509CertificateLoader.LoadPkcs12CollectionFromFile(file, files.Password);
            intermediates.AddRange(all.Where(certificate => !certificate.HasPrivateKey).ToArray());
            return all.FirstOrDefault(certificate => certificate.HasPrivateKey) ?? throw new CryptographicException("it has no certificate with a private key");
        }
        intermediates.ImportFromPemFile(file);
        if (intermediates.Count > 0)
            intermediates.RemoveAt(0); // the first is our own
        return files.Password is null ? X509Certificate2.CreateFromPemFile(file, files.KeyFile) : X509Certificate2.CreateFromEncryptedPemFile(file, files.Password, files.KeyFile);
    }

    private static void Try(string file, Action load) => Try(file, () =>
    {
        load();
        return true;
    });

    private static T Try<T>(string file, Func<T> load)
    {
        try
        {
            return load();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw new TlsException($"{file} cannot be used: {e.Message.TrimEnd('.')}", e);
        }
    }
}

/// <summary>TLS could not be set up or was not agreed on; the message says why in one clause.</summary>
public sealed class TlsException : Exception
{
    public TlsException(string message) : base(message) { }
    public TlsException(string message, Exception innerException) : base(message, innerException) { }
    public TlsException() { }
}
