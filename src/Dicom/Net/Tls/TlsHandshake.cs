using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using EchoClr.Dicom.Net.UpperLayer;
using EchoClr.Dicom.Ports;
using Microsoft.AspNetCore.Connections;

namespace EchoClr.Dicom.Net.Tls;

/// <summary>Makes a TLS connection of a transport connection, in either role, and says in one clause why it could not.</summary>
internal static class TlsHandshake
{
    /// <summary>Waits for a ClientHello and answers it. The peer must show a certificate that we trust.</summary>
    /// <exception cref="ForeignProtocolException">The first byte is that of something else.</exception>
    /// <exception cref="TlsException">The two do not agree, or time is up.</exception>
    public static Task<TlsConnection> AcceptAsync(ConnectionContext transport, TlsCertificates certificates, TimeSpan timeout, TimeProvider time, CancellationToken cancellationToken)
    {
        var verdict = new Verdict(rule: null);
        var options = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = certificates.Context,
            ClientCertificateRequired = true,
            CertificateChainPolicy = certificates.ChainPolicy(),
            RemoteCertificateValidationCallback = verdict.Judge,
            EnabledSslProtocols = TlsProfile.Protocols,
            CipherSuitesPolicy = TlsProfile.CipherSuitesPolicy,
            AllowRenegotiation = false,
            AllowTlsResume = false, // every association shows its certificate anew, to the trust list of now
        };
        return WithinAsync(transport, verdict, timeout, time, async (ssl, token) =>
        {
            var first = await transport.Transport.Input.ReadAsync(token).ConfigureAwait(false);
            if (first.Buffer.Length > 0)
                ForeignProtocol.CheckTls(first.Buffer);
            transport.Transport.Input.AdvanceTo(first.Buffer.Start); // examined nothing: the handshake reads it again
            await ssl.AuthenticateAsServerAsync(options, token).ConfigureAwait(false);
        }, cancellationToken);
    }

    /// <summary>Sends a ClientHello. The peer must show a certificate that we trust and that is the one asked for: by <paramref name="rule"/>, or without one by the host's name.</summary>
    /// <exception cref="TlsException">The two do not agree, or time is up.</exception>
    public static Task<TlsConnection> RequestAsync(
        ConnectionContext transport, string host, string? rule, TlsCertificates certificates, TimeSpan timeout, TimeProvider time, CancellationToken cancellationToken)
    {
        var verdict = new Verdict(rule);
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = host,
            ClientCertificateContext = certificates.Context,
            CertificateChainPolicy = certificates.ChainPolicy(),
            RemoteCertificateValidationCallback = verdict.Judge,
            EnabledSslProtocols = TlsProfile.Protocols,
            CipherSuitesPolicy = TlsProfile.CipherSuitesPolicy,
            AllowRenegotiation = false,
            AllowTlsResume = false,
        };
        return WithinAsync(transport, verdict, timeout, time, (ssl, token) => ssl.AuthenticateAsClientAsync(options, token), cancellationToken);
    }

    private static async Task<TlsConnection> WithinAsync(
        ConnectionContext transport, Verdict verdict, TimeSpan timeout, TimeProvider time, Func<SslStream, CancellationToken, Task> handshake, CancellationToken cancellationToken)
    {
        var ssl = new SslStream(new TransportStream(transport.Transport));
        try
        {
            using var limit = new CancellationTokenSource(timeout, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
            await handshake(ssl, either.Token).ConfigureAwait(false);
            return new TlsConnection(transport, ssl, verdict.Peer);
        }
        catch (Exception e)
        {
            await ssl.DisposeAsync().ConfigureAwait(false);
            if (e is ForeignProtocolException || cancellationToken.IsCancellationRequested)
                throw;
            if (e is OperationCanceledException)
                throw new TlsException($"the handshake was not over within {timeout.TotalSeconds:0.#} s", e);
            if (e is AuthenticationException or IOException or InvalidOperationException or CryptographicException)
                throw new TlsException(verdict.Objection ?? Innermost(e), e);
            throw;
        }
    }

    // OpenSSL's own words stand innermost ("unsupported protocol", "no shared cipher", "alert unknown ca"), printable but for what a peer may have put there.
    private static string Innermost(Exception e)
    {
        while (e.InnerException is { } inner)
            e = inner;
        return PrintableText.OneLine(e.Message).TrimEnd('.');
    }

    internal static PeerCertificate Describe(X509Certificate peer)
    {
        using var certificate = new X509Certificate2(peer);
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>()
            .SelectMany(extension => extension.EnumerateDnsNames().Concat(extension.EnumerateIPAddresses().Select(address => address.ToString())));
        return new PeerCertificate(PrintableText.OneLine(certificate.Subject), certificate.GetCertHashString(HashAlgorithmName.SHA256), [.. names.Select(PrintableText.OneLine)]);
    }

    /// <summary>What we think of the peer's certificate.</summary>
    private sealed class Verdict(string? rule)
    {
        public PeerCertificate? Peer { get; private set; }

        /// <summary>Why it was refused; null if it was not.</summary>
        public string? Objection { get; private set; }

        public bool Judge(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
        {
            if (certificate is null)
            {
                Objection = "the peer shows no certificate";
                return false;
            }
            Peer = Describe(certificate);
            if (errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors))
                Objection = $"the peer's certificate is not trusted: {string.Join(", ", chain?.ChainStatus.Select(status => status.Status.ToString()).Distinct() ?? [])}";
            else if (rule is not null && !Peer.Is(rule))
                Objection = $"the peer's certificate is not the one asked for ({rule})";
            else if (rule is null && errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
                Objection = "the peer's certificate does not bear the host's name";
            return Objection is null;
        }
    }
}
