using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using EchoClr.Dicom.Net.Server;
using EchoClr.Dicom.Net.Tls;
using EchoClr.Dicom.Ports;
using EchoClr.Testing;

namespace EchoClr.Dicom.Tests.Net.Tls;

/// <summary>TLS in both roles: who gets in, who does not and what is said, and that whoever stalls keeps nobody out.</summary>
public sealed class TlsTests
{
    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task Handshake_EitherVersion_IsOfTheProfile(SslProtocols version)
    {
        await using var world = await TlsWorld.CreateAsync();
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(world.Server.EndPoint);
        await using var ssl = await HandshakeAsync(world, tcp, version);
        Assert.Equal(version, ssl.SslProtocol);
        Assert.Contains(ssl.NegotiatedCipherSuite, TlsProfile.CipherSuites);
        await ssl.WriteAsync(ScriptedPeer.Bytes(ScriptedPeer.Rq));
        var type = new byte[1];
        await ssl.ReadExactlyAsync(type);
        Assert.Equal(0x02, type[0]); // A-ASSOCIATE-AC
    }

    [Fact]
    public async Task Store_SixteenAssociations_KeepsTheBytes()
    {
        await using var world = await TlsWorld.CreateAsync();
        using var folder = new TemporaryFolder();
        var files = Enumerable.Range(1, 16).Select(seed => TestObjects.Write(folder.Path, seed, frames: 120)).ToList(); // 1.2 MB each: many PDUs and records
        var peer = world.Peer();
        var results = await Task.WhenAll(files.Select(file => Task.Run(async () =>
        {
            var client = TestServer.NewClient();
            return await client.StoreAsync(peer, [file], null, CancellationToken.None);
        })));
        Assert.All(results, result => Assert.Equal(DimseStatus.Success, Assert.Single(result).Status));
        Assert.Equal(files.Select(TestObjects.Dataset).Order(Bytewise), world.Server.Stored.Select(stored => TestObjects.Dataset(stored.KeptAs)).Order(Bytewise));
        Assert.All(world.Server.Requests, request => Assert.Equal("CN=caller, O=Hospital", request.Certificate?.Subject));
        await world.AssertCleanAsync();
    }

    [Fact]
    public async Task Caller_WithAnExpiredCertificate_IsRefused()
    {
        await using var world = await TlsWorld.CreateAsync();
        await world.AssertRefusedAsync(world.Peer(world.Authority.Issue("caller", expired: true)));
        await world.AssertLoggedAsync("NotTimeValid");
        Assert.Contains("NotTimeValid", Assert.Single(world.Server.RefusedHandshakes), StringComparison.Ordinal); // for the audit trail
    }

    /// <summary>Whom the authority has taken its word back from is refused; so is everybody while the list cannot be had, because a list that is kept away would let the revoked in.</summary>
    [Fact]
    public async Task Caller_WhoseCertificateIsRevoked_IsRefused()
    {
        await using var world = await TlsWorld.CreateAsync(checkRevocation: true);
        using var http = new HttpListener();
        var lists = new Uri($"http://127.0.0.1:{RunningTool.FreePort()}/{Guid.NewGuid():N}/"); // .NET keeps lists by their address
        http.Prefixes.Add(lists.AbsoluteUri);
        http.Start();
        IssuedCertificate IssueWithList(string name) => world.Authority.Issue(name, revocationList: new Uri(lists, name + ".crl"));
        var (good, revoked, unknown) = (IssueWithList("good"), IssueWithList("revoked"), IssueWithList("unknown"));
        var list = world.Authority.Revoke(revoked);
        var serving = Task.Run(async () =>
        {
            while (http.IsListening)
            {
                HttpListenerContext asked;
                try
                {
                    asked = await http.GetContextAsync();
                }
                catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
                {
                    return; // the test is over
                }
                using (asked.Response)
                {
                    if (asked.Request.Url!.AbsolutePath.EndsWith("/unknown.crl", StringComparison.Ordinal))
                        asked.Response.StatusCode = 404;
                    else
                        await asked.Response.OutputStream.WriteAsync(list);
                }
            }
        }, CancellationToken.None);

        await world.AssertEchoAsync(world.Peer(good));
        await TlsWorld.RefusalAsync(world.Peer(revoked));
        await world.AssertLoggedAsync("Revoked");
        await TlsWorld.RefusalAsync(world.Peer(unknown));
        await world.AssertLoggedAsync("RevocationStatusUnknown");
        await world.AssertEchoAsync(world.Peer(good));
        http.Stop();
        await serving;
    }

    [Fact]
    public async Task Caller_OfAnotherAuthority_IsRefused()
    {
        await using var world = await TlsWorld.CreateAsync();
        using var foreign = new TestAuthority("Test Authority"); // of the same name, even
        await world.AssertRefusedAsync(world.Peer(foreign.Issue("caller")));
        await world.AssertLoggedAsync("not trusted");
    }

    [Fact]
    public async Task Caller_WithoutACertificate_IsRefused()
    {
        await using var world = await TlsWorld.CreateAsync();
        await world.AssertRefusedAsync(world.Server.Peer with { Tls = new TlsPeerFiles { TrustFile = world.Authority.TrustFile } });
        await world.AssertLoggedAsync("the peer shows no certificate");
    }

    [Theory]
    [InlineData("TLS 1.0", 1, "C014C0130035002F")]
    [InlineData("TLS 1.1", 2, "C014C0130035002F")]
    [InlineData("TLS 1.2 with CBC suites alone", 3, "C014C0130035002FC028C027")]
    [InlineData("TLS 1.2 without forward secrecy", 3, "009D009C")]
    public async Task Caller_OlderThanTheProfile_IsRefused(string what, byte minor, string suites)
    {
        await using var world = await TlsWorld.CreateAsync();
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(world.Server.EndPoint);
        await tcp.GetStream().WriteAsync(ClientHello(minor, Convert.FromHexString(suites)));
        var answer = new byte[1024];
        var count = await tcp.GetStream().ReadAtLeastAsync(answer, 7, throwOnEndOfStream: false);
        Assert.True(count >= 7 && answer[0] == 0x15 && answer[5] == 2, what); // a fatal alert, and no ServerHello
        await world.AssertLoggedAsync("TLS was not agreed on");
        await world.AssertCleanAsync();
    }

    [Fact]
    public async Task PlainDicom_OnTheTlsPort_IsClosedAtOnceAndNamed()
    {
        await using var world = await TlsWorld.CreateAsync();
        using (var peer = await ScriptedPeer.ConnectAsync(world.Server.EndPoint))
        {
            await peer.SendAsync(ScriptedPeer.Rq);
            await peer.AssertClosedAsync();
        }
        await world.AssertLoggedAsync("DICOM without TLS on the TLS port");
        await world.AssertRefusedAsync(world.Server.Peer); // our own client, forgetting TLS
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n\r\n", "HTTP")]
    [InlineData("SSH-2.0-x\r\n", "SSH")]
    public async Task OtherProtocols_OnTheTlsPort_AreClosedAtOnceAndNamed(string greeting, string named)
    {
        await using var world = await TlsWorld.CreateAsync();
        using (var peer = await ScriptedPeer.ConnectAsync(world.Server.EndPoint))
        {
            await peer.SendAsync(Encoding.ASCII.GetBytes(greeting));
            await peer.AssertClosedAsync();
        }
        await world.AssertLoggedAsync(named);
        await world.AssertCleanAsync();
    }

    [Fact]
    public async Task StalledHandshakes_KeepNobodyOut_AndEndWithTheirBudget()
    {
        await using var world = await TlsWorld.CreateAsync();
        var stalled = new List<ScriptedPeer>();
        foreach (var bytes in (byte[][])[[], [0x16], ClientHello(3, [0xC0, 0x2F])[..40], [0x16, 3, 1, 0xFF, 0xFF, .. new byte[100]]])
        {
            stalled.Add(await ScriptedPeer.ConnectAsync(world.Server.EndPoint));
            await stalled[^1].SendAsync(bytes);
        }
        await world.AssertEchoAsync();
        await Eventually.IsTrueAsync(() =>
        {
            world.Time.Advance(TimeSpan.FromSeconds(1));
            return world.Server.Server.ConnectionCount == 0;
        }, "every stalled handshake is given up");
        stalled.ForEach(peer => peer.Dispose());
        Assert.Equal(4, world.Log.Count("the handshake was not over within 10 s"));
    }

    [Fact]
    public async Task Handshake_ThenSilence_EndsWithArtim()
    {
        await using var world = await TlsWorld.CreateAsync();
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(world.Server.EndPoint);
        await using var ssl = await HandshakeAsync(world, tcp, SslProtocols.Tls13);
        await world.AssertEchoAsync();
        await Eventually.IsTrueAsync(() =>
        {
            world.Time.Advance(TimeSpan.FromSeconds(5));
            return world.Server.Server.ConnectionCount == 0;
        }, "the silent one is closed");
        await world.AssertLoggedAsync("no association was requested within 30 s");
    }

    [Fact]
    public async Task Certificates_Renewed_AreShownToNewCallers_WhileOldAssociationsGoOn()
    {
        await using var world = await TlsWorld.CreateAsync();
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(world.Server.EndPoint);
        await using var old = await HandshakeAsync(world, tcp, SslProtocols.Tls13);
        await old.WriteAsync(ScriptedPeer.Bytes(ScriptedPeer.Rq));
        await old.ReadExactlyAsync(new byte[6]);

        var renewed = world.Authority.Issue("listener");
        File.Copy(renewed.KeyFile, world.Own.KeyFile, overwrite: true);
        File.Copy(renewed.File, world.Own.File, overwrite: true);
        await world.AssertEchoAsync(world.Peer(rule: $"sha256:{renewed.Sha256}"));
        Assert.Contains("not the one asked for", await TlsWorld.RefusalAsync(world.Peer(rule: $"sha256:{world.Own.Sha256}")), StringComparison.Ordinal);
        await old.WriteAsync(ScriptedPeer.Command(1, ScriptedPeer.EchoRq()));
        Assert.NotEqual(0, await old.ReadAsync(new byte[1000]));

        await File.WriteAllTextAsync(world.Own.File, "half a certifi");
        await world.AssertEchoAsync(world.Peer(rule: $"sha256:{renewed.Sha256}"));
        await world.AssertLoggedAsync("the old ones stay");

        // Whoever is no longer trusted does not get in any more.
        using var other = new TestAuthority("Another");
        File.Copy(renewed.File, world.Own.File, overwrite: true);
        var caller = world.Peer(world.Authority.Issue("caller"), trust: Copy(world.Authority.TrustFile));
        File.Copy(other.TrustFile, world.Authority.TrustFile, overwrite: true);
        await TlsWorld.RefusalAsync(caller);
        await world.AssertLoggedAsync("not trusted");
    }

    [Fact]
    public async Task Client_JudgesTheListener()
    {
        await using var world = await TlsWorld.CreateAsync();
        using var foreign = new TestAuthority();
        Assert.Contains("not trusted", await world.AssertRefusedAsync(world.Peer(trust: foreign.TrustFile)), StringComparison.Ordinal);
        Assert.Contains("not the one asked for", await world.AssertRefusedAsync(world.Peer(rule: "subject:CN=somebody else")), StringComparison.Ordinal);
        await world.AssertEchoAsync(world.Peer(rule: "subject:CN=listener, O=Hospital"));
        await world.AssertEchoAsync(world.Peer(rule: "name:listener.hospital.example"));
        await world.AssertEchoAsync(world.Peer() with { Host = "localhost" });

        var elsewhere = world.Authority.Issue("elsewhere", forLoopback: false);
        File.Copy(elsewhere.KeyFile, world.Own.KeyFile, overwrite: true);
        File.Copy(elsewhere.File, world.Own.File, overwrite: true);
        Assert.Contains("host's name", await TlsWorld.RefusalAsync(world.Peer()), StringComparison.Ordinal);
        await world.AssertEchoAsync(world.Peer(rule: "name:elsewhere.hospital.example")); // a rule takes the name's place
    }

    [Fact]
    public async Task Client_CallsAnExpiredListener_OrOneWithoutTls_SaysWhy()
    {
        using var authority = new TestAuthority();
        var (expired, caller) = (authority.Issue("listener", expired: true), authority.Issue("caller"));
        await using var server = await TestServer.StartAsync(new DicomServerOptions
        {
            Tls = new TlsFiles { CertificateFile = expired.File, KeyFile = expired.KeyFile, TrustFile = authority.TrustFile }, TlsPort = 0,
        });
        var client = TestServer.NewClient();
        var tls = new TlsPeerFiles { CertificateFile = caller.File, KeyFile = caller.KeyFile, TrustFile = authority.TrustFile };
        var byTls = await Assert.ThrowsAsync<DicomNetworkException>(() => client.EchoAsync(server.Peer with { Port = server.Server.TlsEndPoint!.Port, Tls = tls }, CancellationToken.None));
        Assert.Contains("NotTimeValid", byTls.Message, StringComparison.Ordinal);
        var plain = await Assert.ThrowsAsync<DicomNetworkException>(() => client.EchoAsync(server.Peer with { Tls = tls }, CancellationToken.None));
        Assert.Contains("cannot be called by TLS", plain.Message, StringComparison.Ordinal);
        Assert.True((await client.EchoAsync(server.Peer, CancellationToken.None)).Status.IsSuccess); // both ports at once
        var missing = await Assert.ThrowsAsync<DicomNetworkException>(() => client.EchoAsync(server.Peer with { Tls = new TlsPeerFiles { TrustFile = "/nowhere.pem" } }, CancellationToken.None));
        Assert.Contains("/nowhere.pem", missing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Client_PeerStallsInTheHandshake_GivesUp()
    {
        using var authority = new TestAuthority();
        using var listener = new TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        var time = new ManualTime();
        var client = new EchoClr.Dicom.Net.Client.DicomClient(new(), time);
        var peer = new DicomPeer("SILENT", "127.0.0.1", ((System.Net.IPEndPoint)listener.LocalEndpoint).Port, "TESTER") { Tls = new TlsPeerFiles { TrustFile = authority.TrustFile } };
        var echo = client.EchoAsync(peer, CancellationToken.None);
        using var silent = await listener.AcceptTcpClientAsync();
        await Eventually.IsTrueAsync(() =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return echo.IsCompleted;
        }, "the client gives up");
        Assert.Contains("not over within 10 s", (await Assert.ThrowsAsync<DicomNetworkException>(() => echo)).Message, StringComparison.Ordinal);
    }

    private static readonly Comparer<byte[]> Bytewise = Comparer<byte[]>.Create((a, b) => a.AsSpan().SequenceCompareTo(b));

    private static string Copy(string file)
    {
        File.Copy(file, file + ".copy", overwrite: true);
        return file + ".copy";
    }

    private static async Task<SslStream> HandshakeAsync(TlsWorld world, TcpClient tcp, SslProtocols version)
    {
        var caller = world.Authority.Issue("caller");
        var trusted = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        trusted.CustomTrustStore.ImportFromPemFile(world.Authority.TrustFile);
        var ssl = new SslStream(tcp.GetStream());
        await ssl.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            EnabledSslProtocols = version,
            ClientCertificates = [X509Certificate2.CreateFromPemFile(caller.File, caller.KeyFile)],
            CertificateChainPolicy = trusted,
        });
        return ssl;
    }

    /// <summary>A ClientHello without supported_versions (RFC 5246 7.4.1.2): what a caller of that version and those suites sends.</summary>
    private static byte[] ClientHello(byte minor, byte[] suites)
    {
        byte[] extensions = [0, 10, 0, 4, 0, 2, 0, 23, 0, 11, 0, 2, 1, 0, 0, 13, 0, 8, 0, 6, 4, 1, 2, 1, 4, 3]; // P-256, uncompressed points, RSA and ECDSA signatures
        byte[] body = [3, minor, .. new byte[32], 0, 0, (byte)suites.Length, .. suites, 1, 0, 0, (byte)extensions.Length, .. extensions];
        byte[] handshake = [1, 0, 0, (byte)body.Length, .. body];
        return [0x16, 3, 1, 0, (byte)handshake.Length, .. handshake];
    }
}
