using System.Net.Security;
using System.Security.Authentication;

namespace EchoClr.Dicom.Net.Tls;

/// <summary>
/// What we speak: the "BCP 195 RFC 8996, 9325 TLS Secure Transport Connection Profile" of PS3.15 Annex B, with both sides authenticated. TLS 1.2 with the cipher suites that
/// RFC 9325 4.2 recommends, and TLS 1.3 with those of RFC 8446 that use AES-GCM or ChaCha20; nothing older, no renegotiation, no resumption.
/// </summary>
public static class TlsProfile
{
    public const string Name = "BCP 195 RFC 8996, 9325 TLS Secure Transport Connection Profile (PS3.15 Annex B)";

    public static SslProtocols Protocols => SslProtocols.Tls12 | SslProtocols.Tls13;

    /// <summary>In the order that we prefer; forward secrecy and authenticated encryption in all of them.</summary>
    public static IReadOnlyList<TlsCipherSuite> CipherSuites { get; } =
    [
        TlsCipherSuite.TLS_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    ];

    // Where the operating system decides on the suites (Windows), it has to be configured for the profile.
    internal static CipherSuitesPolicy? CipherSuitesPolicy { get; } = OperatingSystem.IsLinux() ? new CipherSuitesPolicy(CipherSuites) : null;
}
