using System.Net;
using EchoClr.Dicom;
using EchoClr.Dicom.Ports;
using EchoClr.Ingest.Listener;

namespace EchoClr.Ingest.Tests.Listener;

public sealed class AssociationPolicyTests
{
    [Theory]
    [InlineData("PACS", "10.1.2.3", "ECHOCLR", null)]
    [InlineData("CART", "10.2.99.7", "ECHOCLR", null)]
    [InlineData("CART", "::ffff:10.2.99.7", "ECHOCLR", null)]
    [InlineData("PACS", "10.1.2.4", "ECHOCLR", "calling AE title not recognized")]
    [InlineData("CART", "10.3.0.1", "ECHOCLR", "calling AE title not recognized")]
    [InlineData("pacs", "10.1.2.3", "ECHOCLR", "calling AE title not recognized")]
    [InlineData("STRANGER", "10.1.2.3", "ECHOCLR", "calling AE title not recognized")]
    [InlineData("PACS", "10.1.2.3", "OTHER", "called AE title not recognized")]
    public void Decide_TakesListedTitlesFromTheirAddressesOnly(string calling, string address, string called, string? rejection) =>
        Assert.Equal(rejection, Policy().Decide(Request(calling, address, called)).Rejection?.Why);

    [Fact]
    public void Decide_WithoutSenders_TakesNobody() =>
        Assert.NotNull(new AssociationPolicy(new ListenerOptions()).Decide(Request("PACS", "127.0.0.1", "ECHOCLR")).Rejection);

    [Fact]
    public void Context_UnlistedSopClass_IsNotSupported_UnlessItIsAdded()
    {
        const string ct = "1.2.840.10008.5.1.4.1.1.2";
        var options = Options();
        Assert.Equal(ContextDecision.AbstractSyntaxNotSupported, Context(options, ct, TransferSyntax.ExplicitVRLittleEndian));
        options.AdditionalSopClasses.Add(ct);
        Assert.Equal(0, Context(options, ct, TransferSyntax.ExplicitVRLittleEndian).Result);
    }

    [Fact]
    public void Context_OfSeveralSyntaxes_NeverMakesTheSenderCompress()
    {
        const string us = SopClasses.UltrasoundMultiFrameImageStorage;
        Assert.Equal(TransferSyntax.ExplicitVRLittleEndian.Uid, Context(Options(), us, TransferSyntax.JPEGBaseline8Bit, TransferSyntax.ImplicitVRLittleEndian, TransferSyntax.ExplicitVRLittleEndian).TransferSyntax);
        Assert.Equal(TransferSyntax.ImplicitVRLittleEndian.Uid, Context(Options(), us, TransferSyntax.JPEGBaseline8Bit, TransferSyntax.ImplicitVRLittleEndian).TransferSyntax);
        Assert.Equal(TransferSyntax.RLELossless.Uid, Context(Options(), us, TransferSyntax.JPEGBaseline8Bit, TransferSyntax.RLELossless).TransferSyntax);
        Assert.Equal(TransferSyntax.JPEGBaseline8Bit.Uid, Context(Options(), us, TransferSyntax.JPEGBaseline8Bit).TransferSyntax);
    }

    [Fact]
    public void Context_UnknownSyntaxAlone_IsRefused() =>
        Assert.Equal(ContextDecision.TransferSyntaxesNotSupported, Context(Options(), SopClasses.UltrasoundMultiFrameImageStorage, TransferSyntax.Parse("1.2.3.4")));

    [Theory]
    [InlineData(SopClasses.Verification)]
    [InlineData(SopClasses.StorageCommitmentPushModel)]
    public void Context_ServicesWithoutPixels_AreTakenUncompressed(string service)
    {
        Assert.Equal(TransferSyntax.ImplicitVRLittleEndian.Uid, Context(Options(), service, TransferSyntax.JPEGBaseline8Bit, TransferSyntax.ImplicitVRLittleEndian).TransferSyntax);
        Assert.Equal(ContextDecision.TransferSyntaxesNotSupported, Context(Options(), service, TransferSyntax.JPEGBaseline8Bit));
    }

    [Theory]
    [InlineData("a host name", 11112, "Senders:Address")]
    [InlineData("10.0.0.0/8", 70000, "Port")]
    public void Settings_ThatCannotWork_StopTheStartWithTheirKey(string address, int port, string key)
    {
        var options = new ListenerOptions { Port = port };
        options.Senders.Add(new SenderOptions { AeTitle = "PACS", Address = address });
        Assert.Contains($"Ingest:Listener:{key}", Assert.Throws<ArgumentException>(() => new AssociationPolicy(options)).Message);
    }

    [Theory]
    [InlineData("subject:CN=cart-7, O=Hospital", true)]
    [InlineData("name:CART-7.hospital.example", true)]
    [InlineData("sha256:AB:cd:00000000000000000000000000000000000000000000000000000000000000", false)]
    [InlineData("sha256:AB:cd:000000000000000000000000000000000000000000000000000000000000", true)]
    [InlineData("subject:CN=cart-7", false)] // the whole name or nothing
    [InlineData("name:cart-8.hospital.example", false)]
    public void Decide_TitleBoundToACertificate_TakesThatCertificateOnly(string rule, bool taken)
    {
        var options = new ListenerOptions { Tls = new ListenerTlsOptions { CertificateFile = "own.pem", TrustFile = "trust.pem" } };
        options.Senders.Add(new SenderOptions { AeTitle = "CART", Address = "10.2.0.0/16", Certificate = rule });
        if (!PeerCertificate.IsRule(rule))
        {
            Assert.Contains("Senders:Certificate", Assert.Throws<ArgumentException>(() => new AssociationPolicy(options)).Message);
            return;
        }
        var certificate = new PeerCertificate("CN=cart-7, O=Hospital", "ABCD" + new string('0', 60), ["cart-7.hospital.example"]);
        var policy = new AssociationPolicy(options);
        var request = Request("CART", "10.2.3.4", "ECHOCLR");
        Assert.Equal(taken, policy.Decide(request with { Certificate = certificate }).Rejection is null);
        Assert.Equal(AssociationRejection.CallingAeTitleNotRecognized, policy.Decide(request).Rejection); // without TLS never
        Assert.Equal(AssociationRejection.CallingAeTitleNotRecognized, policy.Decide(request with { Certificate = certificate with { Subject = "CN=x", Sha256 = "00", Names = [] } }).Rejection);
    }

    [Fact]
    public void Settings_OfTls_StopTheStartWithTheirKey()
    {
        var options = new ListenerOptions { AcceptsPlain = false };
        Assert.Contains("Ingest:Listener:AcceptsPlain", Assert.Throws<ArgumentException>(options.Validate).Message);
        options.Tls = new ListenerTlsOptions();
        Assert.Contains("Ingest:Listener:Tls:TrustFile", Assert.Throws<ArgumentException>(options.Validate).Message);
        options.Tls.TrustFile = "trust.pem";
        Assert.Contains("Ingest:Listener:Tls:CertificateFile", Assert.Throws<ArgumentException>(options.Validate).Message);
        options.Tls.CertificateFile = "own.pem";
        options.Validate();
    }

    [Fact]
    public void CommitmentReports_ByTls_UseTheListenersCertificatesAndTheSendersRule()
    {
        var options = new ListenerOptions { Tls = new ListenerTlsOptions { CertificateFile = "own.pem", KeyFile = "own.key", TrustFile = "trust.pem" } };
        options.Senders.Add(new SenderOptions { AeTitle = "CART", Address = "10.2.3.4", CommitmentReportTo = "cart-7:2762", CommitmentReportByTls = true, Certificate = "subject:CN=cart-7" });
        options.Senders.Add(new SenderOptions { AeTitle = "PACS", Address = "10.1.2.3", CommitmentReportTo = "pacs:104" });
        options.Validate();
        var tls = options.ReportTlsOf("CART")!;
        Assert.Equal(("own.pem", "own.key", "trust.pem", "subject:CN=cart-7"), (tls.CertificateFile, tls.KeyFile, tls.TrustFile, tls.PeerCertificate));
        Assert.Null(options.ReportTlsOf("PACS"));
        options.Tls = null;
        options.Senders[0].Certificate = null;
        Assert.Contains("CommitmentReportByTls", Assert.Throws<ArgumentException>(options.Validate).Message);
    }

    private static AssociationPolicy Policy() => new(Options());

    private static ListenerOptions Options()
    {
        var options = new ListenerOptions();
        options.Senders.Add(new SenderOptions { AeTitle = "PACS", Address = "10.1.2.3" });
        options.Senders.Add(new SenderOptions { AeTitle = "CART", Address = "10.2.0.0/16" });
        return options;
    }

    private static AssociationRequest Request(string calling, string address, string called) =>
        new(Guid.NewGuid(), calling, called, new IPEndPoint(IPAddress.Parse(address), 4242), []);

    private static ContextDecision Context(ListenerOptions options, string sopClass, params TransferSyntax[] syntaxes) =>
        new AssociationPolicy(options).Decide(Request("PACS", "10.1.2.3", "ECHOCLR")).Context(new ProposedContext(1, sopClass, [.. syntaxes.Select(syntax => syntax.Uid)]));
}
