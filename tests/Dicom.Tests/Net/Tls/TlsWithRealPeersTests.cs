using System.Text.Json;
using EchoClr.Dicom.Net.Server;
using EchoClr.Dicom.Ports;
using EchoClr.Testing;

namespace EchoClr.Dicom.Tests.Net.Tls;

/// <summary>TLS with DCMTK's tools and Orthanc, in both directions.</summary>
public sealed class TlsWithRealPeersTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("+py")] // non-downgrading BCP 195
    [InlineData("+px")] // BCP 195
    [InlineData("+pz")] // extended BCP 195
    public async Task Dcmtk_CallsUs(string profile)
    {
        await using var world = await TlsWorld.CreateAsync();
        var caller = world.Authority.Issue("dcmtk");
        string[] tls = ["+tls", caller.KeyFile, caller.File, "+cf", world.Authority.TrustFile, profile, "-aec", TestServer.AeTitle, "localhost", world.Server.EndPoint.Port.ToString("D", null)];
        var echo = await ExternalTool.RunAsync("dcmtk", "echoscu", ["-v", .. tls]);
        Assert.True(echo.ExitCode == 0, echo.Said);
        var files = Enumerable.Range(1, 3).Select(seed => TestObjects.Write(_folder.Path, seed, frames: 40)).ToArray();
        var store = await ExternalTool.RunAsync("dcmtk", "storescu", ["-v", .. tls, .. files]);
        Assert.True(store.ExitCode == 0, store.Said);
        Assert.Equal(3, world.Server.Stored.Count);
        await world.AssertCleanAsync();
    }

    [Fact]
    public async Task Dcmtk_WithoutACertificate_OrWithAnExpiredOrForeignOne_IsRefused()
    {
        await using var world = await TlsWorld.CreateAsync();
        using var foreign = new TestAuthority("Foreign");
        var (expired, stranger) = (world.Authority.Issue("dcmtk", expired: true), foreign.Issue("dcmtk"));
        string[][] identities = [["+tla"], ["+tls", expired.KeyFile, expired.File], ["+tls", stranger.KeyFile, stranger.File]];
        foreach (var identity in identities)
        {
            var echo = await ExternalTool.RunAsync("dcmtk", "echoscu", [.. identity, "+cf", world.Authority.TrustFile, "-aec", TestServer.AeTitle, "localhost", world.Server.EndPoint.Port.ToString("D", null)]);
            Assert.NotEqual(0, echo.ExitCode);
        }
        Assert.Empty(world.Server.Requests);
        await world.AssertCleanAsync();
    }

    [Fact]
    public async Task Dcmtk_IsCalledByUs()
    {
        using var authority = new TestAuthority();
        var (theirs, ours) = (authority.Issue("storescp"), authority.Issue("caller"));
        var port = RunningTool.FreePort();
        var output = Directory.CreateDirectory(Path.Combine(_folder.Path, "received")).FullName;
        await using var scp = await ExternalTool.StartServerAsync("dcmtk", "storescp",
            ["+tls", theirs.KeyFile, theirs.File, "+cf", authority.TrustFile, "+B", "-od", output, port.ToString("D", null)], port);
        var files = Enumerable.Range(1, 3).Select(seed => TestObjects.Write(_folder.Path, seed, frames: 120)).ToArray();
        var client = TestServer.NewClient();
        var peer = new DicomPeer("STORESCP", "localhost", port, "TESTER") { Tls = Caller(ours, authority) };
        var results = await client.StoreAsync(peer, files, null, CancellationToken.None);
        Assert.All(results, result => Assert.Equal(DimseStatus.Success, result.Status));
        Assert.Equal(3, Directory.GetFiles(output).Length);
        await Assert.ThrowsAsync<DicomNetworkException>(() => client.EchoAsync(peer with { Tls = new TlsPeerFiles { TrustFile = authority.TrustFile } }, CancellationToken.None)); // it wants ours
    }

    [Fact]
    public async Task Orthanc_IsCalledByUs_AndCallsUs()
    {
        await using var world = await TlsWorld.CreateAsync();
        var theirs = world.Authority.Issue("orthanc");
        await using var orthanc = await OrthancProcess.StartAsync(theirs, world.Authority.TrustFile, ("echoclr", TestServer.AeTitle, world.Server.EndPoint.Port), ("tester", "TESTER", 104));
        var file = TestObjects.Write(_folder.Path, 1, frames: 120);
        var client = TestServer.NewClient();
        var peer = new DicomPeer(OrthancProcess.AeTitle, "localhost", orthanc.DicomPort, "TESTER") { Tls = Caller(world.Authority.Issue("caller"), world.Authority) };
        Assert.Equal(DimseStatus.Success, Assert.Single(await client.StoreAsync(peer, [file], null, CancellationToken.None)).Status);
        await Assert.ThrowsAsync<DicomNetworkException>(() => client.EchoAsync(peer with { Tls = null }, CancellationToken.None));

        var instances = (await orthanc.GetAsync("instances")).EnumerateArray().Select(id => id.GetString()!).ToList();
        var sent = await orthanc.PostAsync("modalities/echoclr/store", JsonSerializer.Serialize(instances));
        Assert.Equal(1, sent.GetProperty("InstancesCount").GetInt32());
        Assert.Equal(TestObjects.Dataset(file).Length, TestObjects.Dataset(Assert.Single(world.Server.Stored).KeptAs).Length);
        Assert.Equal("CN=orthanc, O=Hospital", world.Server.Requests.Last().Certificate?.Subject);
    }

    private static TlsPeerFiles Caller(IssuedCertificate certificate, TestAuthority authority) =>
        new() { CertificateFile = certificate.File, KeyFile = certificate.KeyFile, TrustFile = authority.TrustFile };
}
