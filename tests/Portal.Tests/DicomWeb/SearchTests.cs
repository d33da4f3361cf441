using System.Net;
using System.Text.Json;
using EchoClr.Shared.Audit;
using EchoClr.Shared.Data;
using EchoClr.Testing;

namespace EchoClr.Portal.Tests.DicomWeb;

/// <summary>QIDO-RS over real sockets, against the department's morning.</summary>
public sealed class SearchTests : IAsyncLifetime
{
    private PortalWorld world = null!;
    private DicomWebClient client = null!;

    public async ValueTask InitializeAsync()
    {
        world = await PortalWorld.StartAsync();
        client = await DicomWebClient.OfAsync(world);
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await world.DisposeAsync();
    }

    [Theory]
    [InlineData("", 11)]
    [InlineData("PatientName=berger^anna", 1)] // names without regard to case
    [InlineData("PatientName=Berger", 0)] // a whole name, or none
    [InlineData("PatientName=B?rger*", 1)]
    [InlineData("00100010=*anna*", 1)]
    [InlineData("PatientName=山田*", 1)]
    [InlineData("PatientName=100%25*", 0)] // what SQL would take for a pattern is text
    [InlineData("PatientID=P-a", 1)]
    [InlineData("PatientID=p-a", 0)] // numbers with regard to case
    [InlineData("PatientID=P-?", 11)]
    [InlineData("PatientID=p-?", 0)]
    [InlineData("PatientID=[P]-a", 0)]
    [InlineData("AccessionNumber=A-202*", 3)]
    [InlineData("StudyDate=20250110", 11)]
    [InlineData("StudyDate=20250101-20250110", 11)]
    [InlineData("StudyDate=20250111-", 0)]
    [InlineData("StudyDate=-20250109", 0)]
    [InlineData("ModalitiesInStudy=US&PatientSex=F", 11)]
    [InlineData("ModalitiesInStudy=SR", 8)]
    [InlineData("ModalitiesInStudy=CT", 0)]
    [InlineData("StudyID=none", 0)] // from headers: one was never written
    [InlineData("limit=3", 3)]
    [InlineData("limit=5&offset=9", 2)]
    [InlineData("offset=11", 0)]
    public async Task Studies_ByKeys(string query, int expected) => Assert.Equal(expected, (await client.SearchAsync("/studies?" + query)).Count);

    [Fact]
    public async Task Study_SaysWhatItMust_AndWhereItCanBeHad()
    {
        var answer = Assert.Single(await client.SearchAsync($"/studies?StudyInstanceUID={PortalWorld.Study},1.2.3"));
        Assert.Equal("Berger^Anna", DicomWebClient.Text(answer, "00100010"));
        Assert.Equal(["OT", "SR", "US"], answer.GetProperty("00080061").GetProperty("Value").EnumerateArray().Select(value => value.GetString()));
        Assert.Equal(("3", "3"), (DicomWebClient.Text(answer, "00201206"), DicomWebClient.Text(answer, "00201208")));
        Assert.Equal("ONLINE", DicomWebClient.Text(answer, "00080056"));
        Assert.Equal($"{world.Url}/dicom-web/studies/{PortalWorld.Study}", DicomWebClient.Text(answer, "00081190"));
        Assert.Equal("""{"vr":"PN"}""", answer.GetProperty("00080090").GetRawText()); // asked for always, and empty
    }

    [Fact]
    public async Task SeriesAndInstances_OfReceivedAndWrittenObjects()
    {
        var series = await client.SearchAsync($"/studies/{PortalWorld.Study}/series");
        Assert.Equal(["US", "OT", "SR"], series.Select(one => DicomWebClient.Text(one, "00080060")).OrderBy(modality => modality == "US" ? 0 : modality == "OT" ? 1 : 2));
        var cine = Assert.Single(await client.SearchAsync($"/studies/{PortalWorld.Study}/instances?SOPInstanceUID={PortalWorld.Cine}&includefield=FrameTimeVector"));
        Assert.Equal(("300", "400", "8", "24"), (DicomWebClient.Text(cine, "00280010"), DicomWebClient.Text(cine, "00280011"), DicomWebClient.Text(cine, "00280100"), DicomWebClient.Text(cine, "00280008")));
        Assert.Equal(TestCine.Frames, cine.GetProperty("00181065").GetProperty("Value").GetArrayLength());
        Assert.Equal(3, (await client.SearchAsync($"/studies/{PortalWorld.Study}/instances")).Count);
        Assert.Single(await client.SearchAsync($"/series?Modality=US&PatientName=berger*&StudyDate=20250110"));
        Assert.Single(await client.SearchAsync($"/instances?NumberOfFrames=24&StudyInstanceUID={PortalWorld.Study}&Modality=US"));
        Assert.Empty(await client.SearchAsync("/studies/1.2.3/series"));
    }

    [Theory]
    [InlineData("/studies?PatientNam=x")]
    [InlineData("/studies?StudyDate=yesterday")]
    [InlineData("/studies?StudyDate=20251301")]
    [InlineData("/studies?StudyDate=20250101-20250102-20250103")]
    [InlineData("/studies?StudyTime=25x")]
    [InlineData("/studies?StudyInstanceUID=1.2.x")]
    [InlineData("/studies?SOPInstanceUID=1.2.3")] // instances are searched for as instances
    [InlineData("/studies?limit=-1")]
    [InlineData("/studies?offset=many")]
    [InlineData("/studies?fuzzymatching=perhaps")]
    [InlineData("/studies?includefield=Nothing")]
    [InlineData("/studies?PixelData=1")]
    [InlineData("/studies/not-a-uid/series")]
    [InlineData("/studies/1.2.3/series/1.2.x/instances")]
    public async Task MalformedRequest_IsToldSo(string address)
    {
        using var response = await client.GetAsync(address);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Fact]
    public async Task FuzzyMatching_IsRefusedByAWarning_AndTheServersOwnLimitTold()
    {
        using var fuzzy = await client.GetAsync("/studies?PatientName=berger*&fuzzymatching=true");
        Assert.Contains("Only literal matching", Assert.Single(fuzzy.Headers.GetValues("Warning")), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, fuzzy.StatusCode);
        for (var i = 0; i < 90; i++)
            await world.ArriveAsync($"late {i}");
        using var many = await client.GetAsync("/studies");
        Assert.Contains("Additional results can be requested", Assert.Single(many.Headers.GetValues("Warning")), StringComparison.Ordinal);
        Assert.Equal(100, JsonSerializer.Deserialize<JsonElement>(await many.Content.ReadAsStringAsync()).GetArrayLength());
        using var asked = await client.GetAsync("/studies?limit=5");
        Assert.False(asked.Headers.Contains("Warning")); // the client knows its own limit
    }

    [Fact]
    public async Task OnlyReaders_AndEveryLookIsAudited()
    {
        using var nobody = new DicomWebClient(new HttpClient { BaseAddress = new Uri(world.Url) });
        using var refused = await nobody.GetAsync("/studies");
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        Assert.Equal("Bearer", refused.Headers.WwwAuthenticate.ToString());
        using var modeller = await DicomWebClient.OfAsync(world, PortalRoles.ModelAdministrator);
        Assert.Equal(HttpStatusCode.Forbidden, (await modeller.ReadAsync("/studies")).Status);

        await client.SearchAsync("/studies?PatientName=berger*");
        await client.SearchAsync($"/studies/{PortalWorld.Study}/series");
        var messages = await world.Service<AuditTrail>().ListAsync(DateTimeOffset.MinValue, 100, default);
        Assert.Contains(messages, message => message.Event == "110112" && message.Message.Contains("browser ", StringComparison.Ordinal));
        Assert.Contains(messages, message => message.Event == "110103" && message.Message.Contains(PortalWorld.Study, StringComparison.Ordinal) && message.Message.Contains("browser ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task AnotherSitesPage_GetsNothing_UnlessItsOriginIsListed()
    {
        using var http = new HttpClient { BaseAddress = new Uri(world.Url) };
        using var preflight = new HttpRequestMessage(HttpMethod.Options, "/dicom-web/studies");
        preflight.Headers.Add("Origin", "https://viewer.example");
        preflight.Headers.Add("Access-Control-Request-Method", "GET");
        preflight.Headers.Add("Access-Control-Request-Headers", "authorization");
        using var answer = await http.SendAsync(preflight);
        Assert.False(answer.Headers.Contains("Access-Control-Allow-Origin"));

        await using var open = await PortalWorld.StartAsync(("Portal:AllowedOrigins:0", "https://viewer.example"));
        using var there = new HttpClient { BaseAddress = new Uri(open.Url) };
        foreach (var (origin, allowed) in new[] { ("https://viewer.example", true), ("https://other.example", false) })
        {
            using var asked = new HttpRequestMessage(HttpMethod.Options, "/dicom-web/studies");
            asked.Headers.Add("Origin", origin);
            asked.Headers.Add("Access-Control-Request-Method", "GET");
            asked.Headers.Add("Access-Control-Request-Headers", "authorization");
            using var said = await there.SendAsync(asked);
            Assert.Equal(allowed, said.Headers.Contains("Access-Control-Allow-Origin"));
            Assert.False(said.Headers.Contains("Access-Control-Allow-Credentials"));
        }
    }

    [Fact]
    public async Task WhatIsGone_IsSaidToBeUnavailable_AndWhatWasRejectedOrWithdrawnIsNotThere()
    {
        await world.Database.WriteAsync(session => session.ExecuteAsync(
            "UPDATE instance SET file_key = NULL, expired_at = @Noon WHERE sop_instance_uid = @Cine", new { Rows.Noon, PortalWorld.Cine }), default);
        var cine = Assert.Single(await client.SearchAsync($"/studies/{PortalWorld.Study}/instances?SOPInstanceUID={PortalWorld.Cine}"));
        Assert.Equal("UNAVAILABLE", DicomWebClient.Text(cine, "00080056"));
        Assert.Equal("US", DicomWebClient.Text(cine, "00080060"));
        Assert.Equal(3, (await client.SearchAsync($"/studies/{PortalWorld.Study}/instances")).Count);
        await world.WithdrawAsync();
        Assert.Single(await client.SearchAsync($"/studies/{PortalWorld.Study}/instances"));
    }
}
