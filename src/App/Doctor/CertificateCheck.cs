using System.Security.Cryptography.X509Certificates;
using EchoClr.Dicom.Net.Tls;
using EchoClr.Dicom.Ports;

namespace EchoClr.App.Doctor;

/// <summary>Whether the files of a TLS setting can be used, and for how long.</summary>
internal static class CertificateCheck
{
    /// <summary>A month: what a hospital's own authority may take for a new one.</summary>
    private static readonly TimeSpan Notice = TimeSpan.FromDays(30);

    public static Finding Of(string subject, TlsFiles files, DateTimeOffset now)
    {
        TlsCertificates certificates;
        try
        {
            certificates = TlsCertificates.Load(files);
        }
        catch (TlsException e)
        {
            return Finding.Bad(subject, $"{e.Message}; mend the file or the setting");
        }
        var all = certificates.Trusted.Select(certificate => (Name: $"trusted certificate {certificate.Subject}", Certificate: certificate)).ToList();
        if (certificates.Own is { } own)
            all.Insert(0, (Name: "our certificate", Certificate: own));
        foreach (var (name, certificate) in all)
        {
            if (certificate.NotBefore > now)
                return Finding.Bad(subject, $"{name} is not valid before {certificate.NotBefore:yyyy-MM-dd}");
            if (certificate.NotAfter < now)
                return Finding.Bad(subject, $"{name} expired on {certificate.NotAfter:yyyy-MM-dd}; have it renewed and put it in the same file");
            if (certificate.NotAfter - now < Notice)
                return Finding.Doubtful(subject, $"{name} expires on {certificate.NotAfter:yyyy-MM-dd}; have it renewed and put it in the same file");
        }
        return Finding.Good(subject, $"{(certificates.Own is null ? "no certificate of our own" : $"our certificate is valid until {certificates.Own.NotAfter:yyyy-MM-dd}")}, {certificates.Trusted.Count} trusted");
    }
}
