using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace EchoClr.Testing;

/// <summary>A certification authority of one test: issues what tests of TLS need, as PEM files in a folder. Nothing of it outlives the test.</summary>
public sealed class TestAuthority : IDisposable
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1", ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    private readonly TemporaryFolder _folder = new();
    private readonly X509Certificate2 _root;

    public TestAuthority(string name = "Test Authority")
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        _root = request.CreateSelfSigned(DateTimeOffset.UnixEpoch.AddYears(40), DateTimeOffset.UnixEpoch.AddYears(130));
        TrustFile = Path.Combine(_folder.Path, "trust.pem");
        File.WriteAllText(TrustFile, _root.ExportCertificatePem());
    }

    /// <summary>This authority's own certificate, in PEM.</summary>
    public string TrustFile { get; }

    public string Folder => _folder.Path;

    /// <summary>A certificate for both roles, for "localhost" and 127.0.0.1, with an RSA key (which DCMTK's profiles want).</summary>
    /// <param name="expired">Whether it ended yesterday.</param>
    /// <param name="forLoopback">False leaves "localhost" and 127.0.0.1 out.</param>
    /// <param name="revocationList">Where it says that its revocation list is to be had; null says nothing.</param>
    public IssuedCertificate Issue(string commonName, bool expired = false, bool forLoopback = true, Uri? revocationList = null)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={commonName}, O=Hospital", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyEncipherment, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(ServerAuthentication), new Oid(ClientAuthentication)], false));
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName($"{commonName}.hospital.example");
        if (forLoopback)
        {
            names.AddDnsName("localhost");
            names.AddIpAddress(IPAddress.Loopback);
        }
        request.CertificateExtensions.Add(names.Build());
        if (revocationList is not null)
            request.CertificateExtensions.Add(CertificateRevocationListBuilder.BuildCrlDistributionPointExtension([revocationList.AbsoluteUri]));
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.Create(_root, now.AddDays(-30), expired ? now.AddDays(-1) : now.AddDays(90), RandomNumberGenerator.GetBytes(16));
        var name = Path.Combine(_folder.Path, $"{commonName}-{Guid.NewGuid():N}");
        File.WriteAllText(name + ".pem", certificate.ExportCertificatePem());
        File.WriteAllText(name + ".key", key.ExportPkcs8PrivateKeyPem());
        return new IssuedCertificate(name + ".pem", name + ".key", certificate.GetCertHashString(HashAlgorithmName.SHA256));
    }

    /// <summary>A revocation list of this authority, in DER.</summary>
    public byte[] Revoke(params IssuedCertificate[] certificates)
    {
        var builder = new CertificateRevocationListBuilder();
        foreach (var issued in certificates)
        {
            using var certificate = X509CertificateLoader.LoadCertificateFromFile(issued.File);
            builder.AddEntry(certificate);
        }
        var now = TimeProvider.System.GetUtcNow();
        return builder.Build(_root, 1, now.AddDays(1), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1, now.AddDays(-1));
    }

    public void Dispose()
    {
        _root.Dispose();
        _folder.Dispose();
    }
}

/// <param name="File">The certificate in PEM.</param>
/// <param name="KeyFile">Its key in PEM, not encrypted.</param>
/// <param name="Sha256">Its thumbprint.</param>
public sealed record IssuedCertificate(string File, string KeyFile, string Sha256);
