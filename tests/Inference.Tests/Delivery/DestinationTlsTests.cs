using EchoClr.Inference.Delivery;
using Microsoft.Extensions.Configuration;

namespace EchoClr.Inference.Tests.Delivery;

public sealed class DestinationTlsTests
{
    [Fact]
    public void PeerOf_DestinationWithTls_IsCalledWithItsFiles()
    {
        var options = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Inference:Destinations:0:Name"] = "pacs", ["Inference:Destinations:0:AeTitle"] = "PACS", ["Inference:Destinations:0:Host"] = "pacs.hospital.example",
            ["Inference:Destinations:0:Tls:TrustFile"] = "trust.pem", ["Inference:Destinations:0:Tls:CertificateFile"] = "own.pem", ["Inference:Destinations:0:Tls:PeerCertificate"] = "name:pacs",
            ["Inference:Destinations:1:Name"] = "plain", ["Inference:Destinations:1:AeTitle"] = "PLAIN", ["Inference:Destinations:1:Host"] = "10.0.0.1",
        }).Build().GetSection(InferenceOptions.SectionName).Get<InferenceOptions>()!;
        options.Validate();
        var destinations = new Destinations(options, "ECHOCLR");
        var tls = destinations.PeerOf(options.Destinations[0]).Tls!;
        Assert.Equal(("trust.pem", "own.pem", "name:pacs"), (tls.TrustFile, tls.CertificateFile, tls.PeerCertificate));
        Assert.Null(destinations.PeerOf(options.Destinations[1]).Tls);

        tls.PeerCertificate = "pacs";
        Assert.Contains("Inference:Destinations:Tls:PeerCertificate", Assert.Throws<ArgumentException>(options.Validate).Message);
    }
}
