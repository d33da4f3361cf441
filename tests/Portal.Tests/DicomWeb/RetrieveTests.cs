using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using EchoClr.Dicom;
using EchoClr.Dicom.Codecs;
using EchoClr.Shared.Audit;
using EchoClr.Shared.Data;
using EchoClr.Shared.Storage;
using EchoClr.Testing;

namespace EchoClr.Portal.Tests.DicomWeb;

/// <summary>WADO-RS over real sockets: what is kept comes out byte for byte, to independent readers too.</summary>
public sealed class RetrieveTests : IAsyncLifetime
{
    private const string InParts = "multipart/related; type=\"application/dicom\"; transfer-syntax=*";
    private PortalWorld world = null!;
    private DicomWebClient client = null!;
    private IReadOnlyList<HeldObject> objects = [];

    public async ValueTask InitializeAsync()
    {
        world = await PortalWorld.StartAsync();
        client = await DicomWebClient.OfAsync(world);
        var study = (await world.Service<StudyStore>().FindAsync(PortalWorld.Study, default))!;
        objects = await world.Service<HeldObjectStore>().ListAsync([study.Id], default);
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await world.DisposeAsync();
    }

    private HeldObject Cine => objects.Single(item => item.SopInstanceUid == PortalWorld.Cine);
    private HeldObject Report => objects.Single(item => item.SopClassUid == Rows.ComprehensiveSr);

    [Fact]
    public async Task StudySeriesAndInstance_ByteForByte_AndAudited()
    {
        var (status, type, body) = await client.ReadAsync($"/studies/{PortalWorld.Study}", InParts);
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.StartsWith("multipart/related; type=\"application/dicom\"; boundary=", type, StringComparison.Ordinal);
        var parts = DicomWebClient.Parts(type, body);
        Assert.Equal(objects.Select(item => Hash(File.ReadAllBytes(PathOf(item)))).Order(), parts.Select(part => Hash(part.Body)).Order());

        var series = await client.ReadAsync($"/studies/{PortalWorld.Study}/series/{Cine.SeriesInstanceUid}");
        Assert.Equal(Hash(File.ReadAllBytes(PathOf(Cine))), Hash(Assert.Single(DicomWebClient.Parts(series.Type, series.Body)).Body));
        var single = await client.ReadAsync(AddressOf(Report), "application/dicom");
        Assert.Equal("application/dicom", single.Type);
        Assert.Equal(File.ReadAllBytes(PathOf(Report)), single.Body);

        var transferred = (await world.Service<AuditTrail>().ListAsync(DateTimeOffset.MinValue, 100, default)).Where(message => message.Event == "110104").ToList();
        Assert.Equal(3, transferred.Count);
        Assert.All(transferred, message => Assert.Contains("browser ", message.Message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task NativePixels_InAnotherNativeSyntax_ReadBackByPydicomTheSame()
    {
        var (status, type, body) = await client.ReadAsync(AddressOf(Cine), "multipart/related; type=application/dicom; transfer-syntax=1.2.840.10008.1.2");
        Assert.Equal(HttpStatusCode.OK, status);
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "implicit.dcm");
        await File.WriteAllBytesAsync(file, Assert.Single(DicomWebClient.Parts(type, body)).Body);
        const string script = "import sys,hashlib,pydicom; a=pydicom.dcmread(sys.argv[1]); b=pydicom.dcmread(sys.argv[2]); print(a.file_meta.TransferSyntaxUID, a.PixelData==b.PixelData, set(e.tag for e in a)==set(e.tag for e in b))";
        var said = await ExternalTool.RunAsync("python3-pydicom", "/usr/bin/python3", "-W", "ignore", "-c", script, file, PathOf(Cine));
        Assert.Equal("1.2.840.10008.1.2 True True", said.Said.Trim());
        Assert.Equal(HttpStatusCode.NotAcceptable, (await client.ReadAsync(AddressOf(Cine), "multipart/related; type=application/dicom; transfer-syntax=1.2.840.10008.1.2.4.90")).Status);
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(world.Service<BlobStore>().Root, BlobStore.Spool)));
    }

    [Fact]
    public async Task Metadata_IsWhatDcm2jsonSays_AndItsBulkDataCanBeHad()
    {
        var (status, type, body) = await client.ReadAsync(AddressOf(Report) + "/metadata");
        Assert.Equal((HttpStatusCode.OK, "application/dicom+json"), (status, type));
        var dcmtk = await ExternalTool.RunAsync("dcmtk", "dcm2json", PathOf(Report));
        Assert.True(JsonNode.DeepEquals(Comparable(JsonNode.Parse(dcmtk.Output)!), Comparable(JsonNode.Parse(body)!.AsArray().Single()!)), dcmtk.Output);

        var cine = JsonSerializer.Deserialize<JsonElement>((await client.ReadAsync(AddressOf(Cine) + "/metadata")).Body).EnumerateArray().Single();
        var uri = new Uri(cine.GetProperty("7FE00010").GetProperty("BulkDataURI").GetString()!);
        var pixels = await client.ReadAsync(uri.AbsolutePath["/dicom-web".Length..], "multipart/related; type=\"application/octet-stream\"");
        var frames = DicomWebClient.Parts(pixels.Type, pixels.Body);
        Assert.Equal(DicomFile.Read(PathOf(Cine)).Dataset.GetBytes(DicomTags.PixelData).ToArray(), frames.SelectMany(part => part.Body));
        Assert.Equal(3, JsonSerializer.Deserialize<JsonElement>((await client.ReadAsync($"/studies/{PortalWorld.Study}/metadata")).Body).GetArrayLength());
    }

    [Fact]
    public async Task Frames_AreTheStoredOnes_OneOrSeveral()
    {
        var frames = AddressOf(Cine) + "/frames/";
        var (status, type, body) = await client.ReadAsync(frames + "24,1");
        Assert.Equal(HttpStatusCode.OK, status);
        var parts = DicomWebClient.Parts(type, body);
        Assert.Equal([Drawn(23), Drawn(0)], parts.Select(part => part.Body));
        Assert.Contains("application/octet-stream; transfer-syntax=1.2.840.10008.1.2.1", parts[0].Headers, StringComparison.Ordinal);
        Assert.Equal(Drawn(6), (await client.ReadAsync(frames + "7", "application/octet-stream")).Body);
        foreach (var (address, accept, expected) in new[]
        {
            ("25", null, HttpStatusCode.NotFound), ("0", null, HttpStatusCode.BadRequest), ("1,,2", null, HttpStatusCode.BadRequest), ("one", null, HttpStatusCode.BadRequest),
            ("1", "image/jpeg", HttpStatusCode.NotAcceptable), ("1,2", "application/octet-stream", HttpStatusCode.NotAcceptable), ("1", "rubbish", HttpStatusCode.BadRequest),
        })
            Assert.Equal(expected, (await client.ReadAsync(frames + address, accept)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await client.ReadAsync(AddressOf(Report) + "/frames/1")).Status);
    }

    [Fact]
    public async Task CompressedFrames_ComeAsTheyAreKept_OrAsTheDecoderSeesThem()
    {
        var jpegs = Enumerable.Range(0, 3).Select(i => JpegEncoder.Encode(Drawn(i), TestCine.Rows, TestCine.Columns, 1)).ToList();
        var dataset = DicomFile.Read(PathOf(Cine)).Dataset.Clone().Set(DicomTags.NumberOfFrames, 3).SetEncapsulatedPixelData([.. jpegs.Select(jpeg => (ReadOnlyMemory<byte>)jpeg)]);
        new DicomFile(dataset, TransferSyntax.JPEGBaseline8Bit).Write(PathOf(Cine));
        var frames = AddressOf(Cine) + "/frames/";
        foreach (var (accept, expected) in new[]
        {
            ("multipart/related; type=\"image/jpeg\"", "image/jpeg"), ("multipart/related; type=image/jpeg; transfer-syntax=1.2.840.10008.1.2.4.50", "image/jpeg"),
            ("multipart/related; type=application/octet-stream; transfer-syntax=*", "application/octet-stream"), (null, "image/jpeg"),
        })
        {
            var (_, type, body) = await client.ReadAsync(frames + "2", accept);
            var part = Assert.Single(DicomWebClient.Parts(type, body));
            Assert.Contains($"Content-Type: {expected}; transfer-syntax=1.2.840.10008.1.2.4.50", part.Headers, StringComparison.Ordinal);
            Assert.Equal(jpegs[1], part.Body.AsSpan(0, jpegs[1].Length).ToArray()); // an odd length is padded
        }
        Assert.Equal("image/jpeg; transfer-syntax=1.2.840.10008.1.2.4.50", (await client.ReadAsync(frames + "1", "image/jpeg")).Type);

        await using var worker = CodecWorker.Start();
        using var decoded = await worker.DecodeAsync(PathOf(Cine));
        Assert.Equal(decoded.Frame(1).ToArray(), (await client.ReadAsync(frames + "2", "application/octet-stream")).Body);
        Assert.Equal(HttpStatusCode.NotFound, (await client.ReadAsync(frames + "4", "application/octet-stream")).Status);

        var rendered = await client.ReadAsync(frames + "2/rendered", "image/jpeg");
        Assert.Equal(JpegEncoder.Encode(decoded.Frame(1), TestCine.Rows, TestCine.Columns, 1), rendered.Body);
        Assert.Equal(PngEncoder.Encode(decoded.Frame(0), TestCine.Rows, TestCine.Columns, 1), (await client.ReadAsync(AddressOf(Cine) + "/rendered", "image/png")).Body);
        var both = await client.ReadAsync(frames + "1,3/rendered?quality=50");
        Assert.Equal(2, DicomWebClient.Parts(both.Type, both.Body).Count);
        foreach (var (query, status) in new[] { ("?quality=0", HttpStatusCode.BadRequest), ("?window=1,2,linear", HttpStatusCode.BadRequest), ("?accept=image/gif", HttpStatusCode.NotAcceptable) })
            Assert.Equal(status, (await client.ReadAsync(frames + "1/rendered" + query)).Status);

        // Cut in the middle of the last frame: what is damaged is told, what is whole is shown.
        await File.WriteAllBytesAsync(PathOf(Cine), (await File.ReadAllBytesAsync(PathOf(Cine)))[..^2000]);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await client.ReadAsync(frames + "3", "application/octet-stream")).Status);
    }

    [Fact]
    public async Task Report_IsRenderedAsText_WithNothingThatRuns()
    {
        var (status, type, body) = await client.ReadAsync(AddressOf(Report) + "/rendered", "text/html");
        Assert.Equal((HttpStatusCode.OK, "text/html; charset=utf-8"), (status, type));
        Assert.Contains("Severe aortic stenosis", Encoding.UTF8.GetString(body), StringComparison.Ordinal);
        Assert.Equal("text/plain; charset=utf-8", (await client.ReadAsync(AddressOf(Report) + "/rendered", "text/plain")).Type);
    }

    [Fact]
    public async Task ExpiredObjects_AreGone_AndTheRestIsPartial()
    {
        await world.Database.WriteAsync(session => session.ExecuteAsync("UPDATE instance SET file_key = NULL, expired_at = @Noon WHERE sop_instance_uid = @Cine", new { Rows.Noon, PortalWorld.Cine }), default);
        var gone = await client.ReadAsync(AddressOf(Cine) + "/frames/1");
        Assert.Equal(HttpStatusCode.Gone, gone.Status);
        Assert.Contains("given up by policy", Encoding.UTF8.GetString(gone.Body), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.PartialContent, (await client.ReadAsync($"/studies/{PortalWorld.Study}/metadata")).Status);
        Assert.Equal(HttpStatusCode.PartialContent, (await client.ReadAsync($"/studies/{PortalWorld.Study}")).Status);
    }

    [Fact]
    public async Task WithdrawnReport_IsGone_AndUnknownObjectsWereNeverThere()
    {
        Assert.Equal(HttpStatusCode.OK, (await client.ReadAsync(AddressOf(Report))).Status);
        await world.WithdrawAsync();
        var gone = await client.ReadAsync(AddressOf(Report));
        Assert.Equal(HttpStatusCode.Gone, gone.Status);
        Assert.Contains("withdrawn", Encoding.UTF8.GetString(gone.Body), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await client.ReadAsync("/studies/1.2.3")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await client.ReadAsync($"/studies/{PortalWorld.Study}/series/1.2.3/metadata")).Status);
    }

    [Fact]
    public async Task BlindReader_FindsNothingOfTheAi_AndWhoSawItIsNotBlind()
    {
        var users = world.Service<UserStore>();
        var owner = (await world.Database.ReadAsync(session => session.QueryAsync<long>("SELECT id FROM portal_user WHERE name LIKE 'browser %'"), default)).Single();
        await users.SetBlindAsync(owner, true, default);
        Assert.Equal(HttpStatusCode.NotFound, (await client.ReadAsync(AddressOf(Report))).Status);
        Assert.Equal([PortalWorld.Cine], (await client.SearchAsync($"/studies/{PortalWorld.Study}/instances")).Select(one => DicomWebClient.Text(one, "00080018")));
        Assert.Equal("US", DicomWebClient.Text(Assert.Single(await client.SearchAsync($"/studies?StudyInstanceUID={PortalWorld.Study}")), "00080061"));
        await users.SetBlindAsync(owner, false, default);
        Assert.Equal(0, await SeenAsync());
        Assert.Equal(HttpStatusCode.OK, (await client.ReadAsync(AddressOf(Report) + "/metadata")).Status);
        Assert.Equal(1, await SeenAsync());
    }

    [Fact]
    public async Task Orthanc_AsAClient_FindsTheStudy_AndTakesItByteForByte()
    {
        await using var orthanc = await OrthancProcess.StartDicomWebAsync(world.Url + "/dicom-web/", client.Token.ToString());
        var found = await orthanc.PostAsync("dicom-web/servers/portal/qido", """{"Uri":"/studies","Arguments":{"PatientName":"Berger*","StudyDate":"20250101-20250131"}}""");
        Assert.Contains(PortalWorld.Study, found.ToString(), StringComparison.Ordinal);
        await orthanc.PostAsync("dicom-web/servers/portal/retrieve", $$"""{"Resources":[{"Study":"{{PortalWorld.Study}}"}],"Synchronous":true}""");
        var stored = (await orthanc.GetAsync("instances")).EnumerateArray().Select(id => id.GetString()).ToList();
        var hashes = new List<string>();
        foreach (var id in stored)
            hashes.Add(Hash(await orthanc.Http.GetByteArrayAsync(new Uri($"instances/{id}/file", UriKind.Relative))));
        Assert.Equal(objects.Select(item => Hash(File.ReadAllBytes(PathOf(item)))).Order(), hashes.Order());
    }

    private Task<int> SeenAsync() => world.Database.ReadAsync(session => session.ScalarAsync<int>("SELECT COUNT(*) FROM ai_seen"), default);

    private string PathOf(HeldObject item) => world.Service<BlobStore>().PathOf(item.FileKey!);

    private static string AddressOf(HeldObject item) => $"/studies/{PortalWorld.Study}/series/{item.SeriesInstanceUid}/instances/{item.SopInstanceUid}";

    private static byte[] Drawn(int frame) => [.. from y in Enumerable.Range(0, TestCine.Rows) from x in Enumerable.Range(0, TestCine.Columns) select TestCine.Pixel(frame, x, y)];

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>Without what the JSON model lets differ: the character set, which is UTF-8 there, and numbers written with another number of zeros.</summary>
    private static JsonObject Comparable(JsonNode dataset)
    {
        var copy = dataset.DeepClone().AsObject();
        copy.Remove("00080005");
        return copy;
    }
}
