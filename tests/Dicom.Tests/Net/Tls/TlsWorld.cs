using EchoClr.Dicom.Net.Server;
using EchoClr.Dicom.Ports;
using EchoClr.Testing;

namespace EchoClr.Dicom.Tests.Net.Tls;

/// <summary>An authority, certificates of both sides, and a listener for TLS alone under a clock that stands still.</summary>
internal sealed class TlsWorld : IAsyncDisposable
{
    private IssuedCertificate? _caller; // making keys takes its time

    private TlsWorld(TestServer server, ManualTime time, LinesLogged log, TestAuthority authority, IssuedCertificate own, TlsFiles files) =>
        (Server, Time, Log, Authority, Own, Files) = (server, time, log, authority, own, files);

    public TestServer Server { get; }
    public ManualTime Time { get; }
    public LinesLogged Log { get; }
    public TestAuthority Authority { get; }

    /// <summary>The listener's certificate.</summary>
    public IssuedCertificate Own { get; }

    /// <summary>The listener's files.</summary>
    public TlsFiles Files { get; }

    public static async Task<TlsWorld> CreateAsync(bool checkRevocation = false)
    {
        var (time, log, authority) = (new ManualTime(), new LinesLogged(), new TestAuthority());
        var own = authority.Issue("listener");
        var files = new TlsFiles { CertificateFile = own.File, KeyFile = own.KeyFile, TrustFile = authority.TrustFile, CheckRevocation = checkRevocation };
        var server = await TestServer.StartAsync(new DicomServerOptions { AcceptsPlain = false, Tls = files, TlsPort = 0 }, time, log.Factory);
        return new TlsWorld(server, time, log, authority, own, files);
    }

    /// <summary>Our listener, called by TLS with this certificate, or with a good one.</summary>
    public DicomPeer Peer(IssuedCertificate? certificate = null, string? trust = null, string? rule = null)
    {
        certificate ??= _caller ??= Authority.Issue("caller");
        return Server.Peer with { Tls = new TlsPeerFiles { CertificateFile = certificate.File, KeyFile = certificate.KeyFile, TrustFile = trust ?? Authority.TrustFile, PeerCertificate = rule } };
    }

    public async Task AssertEchoAsync(DicomPeer? peer = null)
    {
        var client = TestServer.NewClient();
        Assert.True((await client.EchoAsync(peer ?? Peer(), CancellationToken.None)).Status.IsSuccess);
    }

    /// <summary>The call fails on our client's side; the listener stays well.</summary>
    public async Task<string> AssertRefusedAsync(DicomPeer peer)
    {
        var why = await RefusalAsync(peer);
        await AssertCleanAsync();
        return why;
    }

    /// <summary>The same while an association stands.</summary>
    public static async Task<string> RefusalAsync(DicomPeer peer)
    {
        var client = TestServer.NewClient();
        return (await Assert.ThrowsAsync<DicomNetworkException>(() => client.EchoAsync(peer, CancellationToken.None))).Message;
    }

    /// <summary>One line of the listener says that a connection was closed, and why.</summary>
    public Task AssertLoggedAsync(string why) => Eventually.IsTrueAsync(() => Log.Count(why) == 1, $"the log says once: {why}");

    public async Task AssertCleanAsync()
    {
        await Eventually.IsTrueAsync(() => Server.Server is { AssociationCount: 0, ConnectionCount: 0 }, "all connections are gone");
        await AssertEchoAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        Authority.Dispose();
        Log.Dispose();
    }
}
