namespace EchoClr.Dicom.Ports;

/// <summary>The certificate that a peer proved to own, as far as it says who the peer is.</summary>
/// <param name="Subject">The distinguished name, as <c>CN=cart-7, O=Hospital</c>.</param>
/// <param name="Sha256">Thumbprint in upper-case hexadecimal.</param>
/// <param name="Names">DNS names and IP addresses of the Subject Alternative Name extension.</param>
public sealed record PeerCertificate(string Subject, string Sha256, IReadOnlyList<string> Names)
{
    private const string SubjectPrefix = "subject:", ThumbprintPrefix = "sha256:", NamePrefix = "name:";

    /// <summary>Whether this is the certificate that a setting asks for: <c>subject:CN=cart-7, O=Hospital</c>, <c>name:cart-7.hospital.example</c> or <c>sha256:…</c>.</summary>
    public bool Is(string rule) =>
        rule.StartsWith(SubjectPrefix, StringComparison.Ordinal) ? rule[SubjectPrefix.Length..] == Subject
        : rule.StartsWith(NamePrefix, StringComparison.Ordinal) ? Names.Contains(rule[NamePrefix.Length..], StringComparer.OrdinalIgnoreCase)
        : rule.StartsWith(ThumbprintPrefix, StringComparison.Ordinal) && Hex(rule) == Sha256;

    /// <summary>Whether a setting is one of the three forms.</summary>
    public static bool IsRule(string rule) =>
        rule.StartsWith(SubjectPrefix, StringComparison.Ordinal) && rule.Length > SubjectPrefix.Length
        || rule.StartsWith(NamePrefix, StringComparison.Ordinal) && rule.Length > NamePrefix.Length
        || rule.StartsWith(ThumbprintPrefix, StringComparison.Ordinal) && Hex(rule) is { Length: 64 } hex && hex.All(char.IsAsciiHexDigit);

    private static string Hex(string rule) => rule[ThumbprintPrefix.Length..].Replace(":", "", StringComparison.Ordinal).ToUpperInvariant();
}
