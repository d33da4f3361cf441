using EchoClr.App.Doctor;
using EchoClr.Dicom.Ports;
using EchoClr.Testing;

namespace EchoClr.App.Tests.Doctor;

public sealed class CertificateCheckTests
{
    [Theory]
    [InlineData(0, "Good", "is valid until")]
    [InlineData(70, "Doubtful", "our certificate expires on")]  // issued for 90 days
    [InlineData(100, "Bad", "our certificate expired on")]
    [InlineData(-40, "Bad", "our certificate is not valid before")]
    public void Of_CertificateOfNinetyDays_SaysHowLongItServes(int days, string health, string detail)
    {
        using var authority = new TestAuthority();
        var own = authority.Issue("listener");
        var finding = CertificateCheck.Of("TLS listener", new TlsFiles { CertificateFile = own.File, KeyFile = own.KeyFile, TrustFile = authority.TrustFile }, TimeProvider.System.GetUtcNow().AddDays(days));
        Assert.Equal(health, finding.Health.ToString());
        Assert.Contains(detail, finding.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_FilesThatCannotBeUsed_NamesThem()
    {
        using var authority = new TestAuthority();
        var own = authority.Issue("listener");
        Assert.Contains("/nowhere.pem", Detail(new TlsFiles { TrustFile = "/nowhere.pem" }), StringComparison.Ordinal);
        Assert.Contains("no certificate in PEM", Detail(new TlsFiles { TrustFile = own.KeyFile }), StringComparison.Ordinal);
        Assert.Contains(own.File, Detail(new TlsFiles { CertificateFile = own.File, TrustFile = authority.TrustFile }), StringComparison.Ordinal); // without its key
        Assert.Contains(own.File, Detail(new TlsFiles { CertificateFile = own.File, KeyFile = authority.Issue("other").KeyFile, TrustFile = authority.TrustFile }), StringComparison.Ordinal); // with another's

        static string Detail(TlsFiles files)
        {
            var finding = CertificateCheck.Of("TLS", files, TimeProvider.System.GetUtcNow());
            Assert.Equal(Health.Bad, finding.Health);
            return finding.Detail;
        }
    }
}
