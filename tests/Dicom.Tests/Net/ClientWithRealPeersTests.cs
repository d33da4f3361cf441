using System.Text.Json;
using EchoClr.Dicom.Net.Client;
using EchoClr.Dicom.Ports;
using EchoClr.Testing;
using Xunit;

namespace EchoClr.Dicom.Tests.Net;

/// <summary>Our client with DCMTK's storescp and with Orthanc, and Orthanc's reports to our listener.</summary>
public sealed class ClientWithRealPeersTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly DicomClient _client = TestServer.NewClient();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("4096")]
    [InlineData("131072")]
    public async Task Store_Storescp_ReceivesTheBytesOfTheFiles(string maxPdu)
    {
        var port = RunningTool.FreePort();
        var received = Directory.CreateDirectory(Path.Combine(_folder.Path, "received")).FullName;
        await using var storescp = await ExternalTool.StartServerAsync("dcmtk", "storescp", ["+B", "+xa", "-pdu", maxPdu, "-od", received, port.ToString("D", null)], port);
        string[] files =
        [
            TestObjects.Write(_folder.Path, 1, frames: 70),
            TestObjects.Write(_folder.Path, 2, TransferSyntax.ImplicitVRLittleEndian),
            .. RealData.Root is { } root ? Directory.GetFiles(Path.Combine(root, "echo_cine"), "*.dcm").Where(path => new FileInfo(path).Length < 2_000_000).Order().Take(3) : [],
        ];
        var results = await _client.StoreAsync(Peer("STORESCP", port), files, null, CancellationToken.None);

        Assert.All(results, result => Assert.True(result.Stored, result.Error));
        var kept = Directory.GetFiles(received).ToDictionary(TestObjects.SopInstanceUid, TestObjects.Dataset);
        foreach (var file in files)
            Assert.True(TestObjects.Dataset(file).AsSpan().SequenceEqual(kept[TestObjects.SopInstanceUid(file)]), $"{file} arrived otherwise");
    }

    [Fact]
    public async Task Store_StorescpThatTakesImplicitVrOnly_GetsTheSameObjectInIt()
    {
        var port = RunningTool.FreePort();
        await using var storescp = await ExternalTool.StartServerAsync("dcmtk", "storescp", ["+xi", "-od", _folder.Path, port.ToString("D", null)], port); // Implicit VR only
        var file = TestObjects.Write(_folder.Path, 1);
        var result = Assert.Single(await _client.StoreAsync(Peer("STORESCP", port), [file], null, CancellationToken.None));
        Assert.True(result.Stored, result.Error);
        var kept = DicomFile.Read(Assert.Single(Directory.GetFiles(_folder.Path, "USm.*")));
        Assert.Equal(TransferSyntax.ImplicitVRLittleEndian.Uid, kept.TransferSyntax.Uid);
        Assert.Equal(DicomDatasetWriter.Encode(DicomFile.Read(file).Dataset, kept.TransferSyntax), DicomDatasetWriter.Encode(kept.Dataset, kept.TransferSyntax));
    }

    [Fact]
    public async Task Store_StorescpWithoutTheSyntax_SaysWhatIsRefused()
    {
        var port = RunningTool.FreePort();
        await using var storescp = await ExternalTool.StartServerAsync("dcmtk", "storescp", ["+xi", "-od", _folder.Path, port.ToString("D", null)], port); // Implicit VR only
        var jpeg = Path.Combine(_folder.Path, "jpeg.dcm");
        new DicomFile(DicomFile.Read(TestObjects.Write(_folder.Path, 1)).Dataset.SetEncapsulatedPixelData([new byte[] { 0xFF, 0xD8, 0xFF, 0xD9 }]), TransferSyntax.JPEGBaseline8Bit).Write(jpeg);
        var results = await _client.StoreAsync(Peer("STORESCP", port), [jpeg], null, CancellationToken.None);
        Assert.True(results[0].ContextRefused);
        Assert.EndsWith("transfer syntaxes not supported.", results[0].Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Store_StorescpAborts_SaysSo()
    {
        var port = RunningTool.FreePort();
        await using var storescp = await ExternalTool.StartServerAsync("dcmtk", "storescp", ["--abort-after", "-od", _folder.Path, port.ToString("D", null)], port);
        var results = await _client.StoreAsync(Peer("STORESCP", port), [TestObjects.Write(_folder.Path, 1), TestObjects.Write(_folder.Path, 2)], null, CancellationToken.None);
        Assert.All(results, result => Assert.False(result.Stored));
        Assert.Contains("aborted", results[0].Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Orthanc_StoresFindsCommitsAndReports()
    {
        await using var server = await TestServer.StartAsync();
        await using var orthanc = await OrthancProcess.StartAsync(("tester", "TESTER", server.EndPoint.Port));
        var peer = Peer(OrthancProcess.AeTitle, orthanc.DicomPort);
        var file = TestObjects.Write(_folder.Path, 1, frames: 5);
        var uid = TestObjects.SopInstanceUid(file);

        Assert.True((await _client.EchoAsync(peer, CancellationToken.None)).Status.IsSuccess);
        var stored = await _client.StoreAsync(peer, [file], null, CancellationToken.None);
        Assert.True(stored[0].Stored, stored[0].Error);

        // What Orthanc kept is what the file held.
        var instances = await orthanc.GetAsync("instances");
        var kept = Path.Combine(_folder.Path, "kept.dcm");
        await File.WriteAllBytesAsync(kept, await orthanc.Http.GetByteArrayAsync(new Uri($"instances/{instances[0].GetString()}/file", UriKind.Relative)));
        Assert.Equal(TestObjects.Dataset(file), TestObjects.Dataset(kept));

        var studies = await _client.FindAsync(peer, "STUDY", new Dictionary<string, string>
        {
            ["PatientID"] = "NET-1", ["StudyInstanceUID"] = "", ["NumberOfStudyRelatedInstances"] = "", ["ModalitiesInStudy"] = "",
        }, CancellationToken.None);
        var study = Assert.Single(studies);
        Assert.Equal(DicomFile.Read(file).Dataset.GetString(DicomTags.StudyInstanceUID), study["StudyInstanceUID"]);
        Assert.Equal(("1", "US"), (study["NumberOfStudyRelatedInstances"], study["ModalitiesInStudy"]));
        Assert.Empty(await _client.FindAsync(peer, "STUDY", new Dictionary<string, string> { ["PatientID"] = "NOBODY", ["StudyInstanceUID"] = "" }, CancellationToken.None));

        // Storage commitment: Orthanc accepts, then comes to our listener as SCP of the model (role selection) with what it has and what not.
        var have = new SopReference(SopClasses.UltrasoundMultiFrameImageStorage, uid);
        var lack = new SopReference(SopClasses.UltrasoundMultiFrameImageStorage, "1.2.3.4.5");
        var request = await _client.RequestCommitmentAsync(peer, "2.25.4711", [have, lack], CancellationToken.None);
        Assert.True(request.Status.IsSuccess, request.Status.ToString());
        if (request.Report is null)
            await Eventually.IsTrueAsync(() => !server.Reports.IsEmpty, "Orthanc reported to our listener");
        var report = request.Report ?? server.Reports.Single();
        Assert.Equal("2.25.4711", report.TransactionUid);
        Assert.Equal([have], report.Committed);
        Assert.Equal([(lack, (ushort)0x0112)], report.Failed);
        await server.AssertCleanAsync();
    }

    [Fact]
    public async Task Orthanc_SendsToOurListener_AndAsksForCommitmentInVain()
    {
        await using var server = await TestServer.StartAsync();
        await using var proxy = new RecordingProxy(server.EndPoint);
        await using (var orthanc = await OrthancProcess.StartAsync(("echoclr", TestServer.AeTitle, proxy.Port)))
            await SendFromOrthancAsync(orthanc, server); // its end closes the association that it keeps open
        var wire = await proxy.DatasetsAsync();
        Assert.Equal(4, wire.Count); // three instances and the commitment request
        Assert.All(server.Stored, stored => Assert.Contains(wire, dataset => dataset.AsSpan().SequenceEqual(TestObjects.Dataset(stored.KeptAs))));
        await server.AssertCleanAsync();
    }

    private async Task SendFromOrthancAsync(OrthancProcess orthanc, TestServer server)
    {
        var files = Enumerable.Range(1, 3).Select(seed => TestObjects.Write(_folder.Path, seed, frames: 30)).ToArray();
        var ids = new List<string>();
        foreach (var file in files)
        {
            using var content = new ByteArrayContent(await File.ReadAllBytesAsync(file));
            using var response = await orthanc.Http.PostAsync(new Uri("instances", UriKind.Relative), content);
            ids.Add(JsonSerializer.Deserialize<JsonElement>(await response.Content.ReadAsStringAsync()).GetProperty("ID").GetString()!);
        }

        var sent = await orthanc.PostAsync("modalities/echoclr/store", JsonSerializer.Serialize(ids));
        Assert.Equal(3, sent.GetProperty("InstancesCount").GetInt32());
        Assert.Equal(0, sent.GetProperty("FailedInstancesCount").GetInt32());
        Assert.Equal(3, server.Stored.Count);

        // This handler offers no commitment: the refusal reaches Orthanc as a failure, not as silence.
        var refused = await Assert.ThrowsAsync<HttpRequestException>(() => orthanc.PostAsync("modalities/echoclr/storage-commitment", JsonSerializer.Serialize(new { Resources = ids })));
        Assert.Contains("Orthanc answered", refused.Message, StringComparison.Ordinal);
    }

    private static DicomPeer Peer(string aeTitle, int port) => new(aeTitle, "127.0.0.1", port, "TESTER");
}
