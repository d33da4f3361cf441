using EchoClr.Dicom;
using EchoClr.Dicom.Ports;
using EchoClr.Shared.Audit;
using EchoClr.Testing;

namespace EchoClr.Ingest.Tests.Listener;

/// <summary>TLS as it is configured: both ports at once, and an AE title that belongs to a certificate.</summary>
public sealed class ListenerTlsTests
{
    [Fact]
    public async Task TitleBoundToACertificate_CallsByTlsWithIt_AndNotOtherwise()
    {
        using var authority = new TestAuthority();
        using var folder = new TemporaryFolder();
        var (own, cart, other) = (authority.Issue("listener"), authority.Issue("cart-7"), authority.Issue("cart-8"));
        await using var ingest = await ListeningIngest.StartAsync(
            ("Ingest:Listener:Tls:Port", "0"), ("Ingest:Listener:Tls:CertificateFile", own.File), ("Ingest:Listener:Tls:KeyFile", own.KeyFile), ("Ingest:Listener:Tls:TrustFile", authority.TrustFile),
            ("Ingest:Listener:Senders:1:AeTitle", "CART"), ("Ingest:Listener:Senders:1:Address", "127.0.0.1"), ("Ingest:Listener:Senders:1:Certificate", "subject:CN=cart-7, O=Hospital"));
        var file = Path.Combine(folder.Path, "cine.dcm");
        new DicomFile(Arrival.Cine(), TransferSyntax.ExplicitVRLittleEndian).Write(file);
        DicomPeer ByTls(IssuedCertificate certificate, string title) => ingest.Peer(title) with
        {
            Port = ingest.Server.TlsEndPoint!.Port,
            Tls = new TlsPeerFiles { CertificateFile = certificate.File, KeyFile = certificate.KeyFile, TrustFile = authority.TrustFile },
        };

        var client = ListeningIngest.NewClient();
        Assert.Equal(DimseStatus.Success, Assert.Single(await client.StoreAsync(ByTls(cart, "CART"), [file], null, default)).Status);
        Assert.True((await client.EchoAsync(ByTls(other, "PACS"), default)).Status.IsSuccess); // bound to no certificate: any trusted one
        Assert.True((await client.EchoAsync(ingest.Peer("PACS"), default)).Status.IsSuccess);  // and the plain port
        foreach (var refused in (DicomPeer[])[ByTls(other, "CART"), ingest.Peer("CART")])
            Assert.Contains("calling", (await Assert.ThrowsAsync<DicomNetworkException>(() => client.EchoAsync(refused, default))).Message, StringComparison.OrdinalIgnoreCase);

        using var foreign = new TestAuthority();
        await Assert.ThrowsAsync<DicomNetworkException>(() => client.EchoAsync(ByTls(foreign.Issue("cart-7"), "CART"), default));
        await Eventually.IsTrueAsync(() => ingest.Server.ConnectionCount == 0, "the refused handshake is over");
        await ingest.StopAsync();
        var alerts = await ingest.Get<AuditTrail>().ListAsync(DateTimeOffset.UnixEpoch, 100, default);
        Assert.Contains(alerts, alert => alert.Event == "110113" && alert.Message.Contains("not trusted", StringComparison.Ordinal));
    }
}
