using System.Net.Security;
using EchoClr.Dicom.Net.Tls;
using EchoClr.Dicom.Ports;
using FellowOakDicom.Network.Tls;

namespace EchoClr.Dicom.FoDicom;

/// <summary>TLS by our own profile and trust files, under fo-dicom's association: the peer must bear the host's name or the certificate that its setting names.</summary>
internal sealed class FoTlsInitiator(TlsPeerFiles files, TimeSpan timeout) : ITlsInitiator
{
    public Stream InitiateTls(Stream plainStream, string remoteAddress, int remotePort)
    {
        var certificates = TlsCertificates.Load(files);
        plainStream.ReadTimeout = plainStream.WriteTimeout = (int)timeout.TotalMilliseconds;
        var ssl = new SslStream(plainStream);
        ssl.AuthenticateAsClient(new SslClientAuthenticationOptions
        {
            TargetHost = remoteAddress,
            ClientCertificateContext = certificates.Context,
            CertificateChainPolicy = certificates.ChainPolicy(),
            EnabledSslProtocols = TlsProfile.Protocols,
            RemoteCertificateValidationCallback = (_, certificate, _, errors) => certificate is not null && (files.PeerCertificate is { } rule
                ? !errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors) && TlsHandshake.Describe(certificate).Is(rule)
                : errors == SslPolicyErrors.None),
        });
        plainStream.ReadTimeout = plainStream.WriteTimeout = Timeout.Infinite;
        return ssl;
    }
}

/// <summary>The listener's side: the peer must show a certificate that we trust.</summary>
internal sealed class FoTlsAcceptor(TlsFiles files, TimeSpan timeout) : ITlsAcceptor
{
    public Stream AcceptTls(Stream encryptedStream, string remoteAddress, int localPort)
    {
        var certificates = TlsCertificates.Load(files);
        encryptedStream.ReadTimeout = encryptedStream.WriteTimeout = (int)timeout.TotalMilliseconds;
        var ssl = new SslStream(encryptedStream);
        ssl.AuthenticateAsServer(new SslServerAuthenticationOptions
        {
            ServerCertificateContext = certificates.Context,
            ClientCertificateRequired = true,
            CertificateChainPolicy = certificates.ChainPolicy(),
            EnabledSslProtocols = TlsProfile.Protocols,
            AllowRenegotiation = false,
            AllowTlsResume = false,
        });
        encryptedStream.ReadTimeout = encryptedStream.WriteTimeout = Timeout.Infinite;
        return ssl;
    }
}
