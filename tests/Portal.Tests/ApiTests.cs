using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using EchoClr.Portal.Access;
using EchoClr.Shared.Audit;
using EchoClr.Shared.Data;
using EchoClr.Testing;
using Microsoft.AspNetCore.Routing;

namespace EchoClr.Portal.Tests;

/// <summary>Everything under <c>/api</c>, as a program has it by its token.</summary>
public sealed class ApiTests
{
    [Fact]
    public async Task EveryEndpoint_StandsInTheDocument_AndRefusesATokenWithoutItsScope()
    {
        await using var world = await PortalWorld.StartAsync();
        using var nobody = await TokenAsync(world, PortalRoles.None);
        var document = await nobody.GetFromJsonAsync<JsonElement>("/api/openapi.json");
        Assert.StartsWith("3.", document.GetProperty("openapi").GetString(), StringComparison.Ordinal);
        var endpoints = world.Service<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Select(endpoint => (Path: endpoint.RoutePattern.RawText!.TrimEnd('/'), Methods: endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? []))
            .Where(endpoint => endpoint.Path.TrimStart('/').StartsWith("api/", StringComparison.Ordinal) && !endpoint.Path.EndsWith("openapi.json", StringComparison.Ordinal)).ToList();
        Assert.True(endpoints.Count > 30, $"only {endpoints.Count} endpoints were found: this test looks at the wrong place");
        using var stranger = new HttpClient { BaseAddress = new Uri(world.Url) };
        foreach (var (path, methods) in endpoints)
        {
            // Route constraints are no part of a path in the document.
            var documented = path.Replace(":long}", "}", StringComparison.Ordinal);
            var method = Assert.Single(methods);
            Assert.True(document.GetProperty("paths").TryGetProperty(documented, out var item) && item.TryGetProperty(method.ToLowerInvariant(), out _), $"{method} {documented} is not in the document");
            var address = documented.Replace("{id}", "1", StringComparison.Ordinal).Replace("{uid}", PortalWorld.Study, StringComparison.Ordinal).Replace("{name}", "pacs", StringComparison.Ordinal).Replace("{item}", "delivery-7", StringComparison.Ordinal);
            Assert.DoesNotContain("{", address, StringComparison.Ordinal);
            await RefusesAsync(nobody, method, address, HttpStatusCode.Forbidden);
            await RefusesAsync(stranger, method, address, HttpStatusCode.Unauthorized);
        }
    }

    [Theory]
    [InlineData(PortalRoles.Reader, "/api/parked", "/api/users", "/api/models", "/api/schedules")]
    [InlineData(PortalRoles.Administrator, "/api/worklist", "/api/models", "/api/runs")]
    [InlineData(PortalRoles.ModelAdministrator, "/api/worklist", "/api/destinations", "/api/audit")]
    public async Task Scope_OpensNothingElse(PortalRoles scope, params string[] closed)
    {
        await using var world = await PortalWorld.StartAsync();
        using var client = await TokenAsync(world, scope);
        foreach (var address in closed)
            await RefusesAsync(client, "GET", address, HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task Reader_SearchesWithoutANameInTheAddress_Pages_Looks_AndAnswers()
    {
        await using var world = await PortalWorld.StartAsync();
        using var client = await TokenAsync(world, PortalRoles.Reader);
        var found = await PostAsync(client, "/api/worklist/search", new { text = "berger" });
        Assert.Equal("Berger^Anna", Assert.Single(found.GetProperty("studies").EnumerateArray()).GetProperty("patientName").GetString());
        var names = new List<string?>();
        for (string? after = null; names.Count == 0 || after is not null;)
        {
            var page = await PostAsync(client, "/api/worklist/search", new { take = 4, after });
            names.AddRange(page.GetProperty("studies").EnumerateArray().Select(study => study.GetProperty("patientName").GetString()));
            after = page.GetProperty("next").GetString();
        }
        Assert.Equal(11, names.Distinct().Count());
        var study = await client.GetFromJsonAsync<JsonElement>($"/api/studies/{PortalWorld.Study}");
        Assert.False(study.GetProperty("hidden").GetBoolean());
        Assert.Contains(study.GetProperty("events").EnumerateArray(), e => e.GetProperty("what").GetString() == "Analysed");
        using (var answered = await client.PostAsJsonAsync($"/api/studies/{PortalWorld.Study}/answers", new { question = "AS", value = "Absent" }))
            Assert.Equal(HttpStatusCode.NoContent, answered.StatusCode);
        var label = Assert.Single(await world.Service<LabelStore>().ListAsync(default));
        Assert.Equal(("AS", "Absent", true), (label.Name, label.Value, label.SawAi));
        await IsProblemAsync(await client.PostAsJsonAsync($"/api/studies/{PortalWorld.Study}/answers", new { question = "EF", value = "Absent" }), HttpStatusCode.BadRequest, "there is no question 'EF'");
        await IsProblemAsync(await client.PostAsJsonAsync($"/api/studies/{PortalWorld.Study}/answers", new { question = "AS", value = "Perhaps" }), HttpStatusCode.BadRequest, null);
        await IsProblemAsync(await client.GetAsync("/api/studies/9.9.9"), HttpStatusCode.NotFound, "there is no study 9.9.9");
    }

    [Fact]
    public async Task BlindReader_GetsNoFinding_UntilAnswered()
    {
        await using var world = await PortalWorld.StartAsync();
        var user = await world.AddUserAsync("anna");
        await world.Service<UserStore>().SetBlindAsync(user.Id, true, default);
        using var client = await TokenAsync(world, user, PortalRoles.Reader);
        var study = await client.GetStringAsync($"/api/studies/{PortalWorld.Study}");
        Assert.DoesNotContain("0.87", study, StringComparison.Ordinal);
        Assert.DoesNotContain("Content", study, StringComparison.Ordinal);
        Assert.DoesNotContain("0.87", await client.GetStringAsync("/api/worklist"), StringComparison.Ordinal);
        Assert.DoesNotContain("probability\":0.", (await PostAsync(client, "/api/worklist/search", new { finding = "as" })).ToString(), StringComparison.Ordinal);
        foreach (var question in Reading.Questions)
            (await client.PostAsJsonAsync($"/api/studies/{PortalWorld.Study}/answers", new { question, value = "Present" })).EnsureSuccessStatusCode();
        Assert.Contains("0.87", await client.GetStringAsync($"/api/studies/{PortalWorld.Study}"), StringComparison.Ordinal);
        Assert.All(await world.Service<LabelStore>().ListAsync(default), label => Assert.False(label.SawAi));
    }

    [Fact]
    public async Task Administrator_DecidesUnderTheTokensName()
    {
        await using var world = await PortalWorld.StartAsync();
        await world.ParkADeliveryAsync("the PACS was full");
        var owner = await world.AddUserAsync("robot", PortalRoles.Administrator);
        using var client = await TokenAsync(world, owner, PortalRoles.Administrator);
        await IsProblemAsync(await client.PostAsJsonAsync("/api/destinations/pacs/hold", new { text = " " }), HttpStatusCode.BadRequest, "a hold needs a reason");
        (await client.PostAsJsonAsync("/api/destinations/pacs/hold", new { text = "it is moved" })).EnsureSuccessStatusCode();
        await IsProblemAsync(await client.PostAsJsonAsync("/api/destinations/pacs/hold", new { text = "again" }), HttpStatusCode.Conflict, "pacs is held already");
        Assert.Equal("robot", (await world.Service<DestinationHoldStore>().FindAsync("pacs", default))!.HeldBy);
        (await client.PostAsync("/api/destinations/pacs/release", null)).EnsureSuccessStatusCode();
        var parked = (await client.GetFromJsonAsync<JsonElement>("/api/parked")).EnumerateArray().Single(item => item.GetProperty("kind").GetString() == "Delivery").GetProperty("name").GetString();
        (await client.PostAsync($"/api/parked/{parked}/retry", null)).EnsureSuccessStatusCode();
        await IsProblemAsync(await client.PostAsync($"/api/parked/{parked}/retry", null), HttpStatusCode.NotFound, $"{parked} is not parked");
        Assert.True((await PostAsync(client, "/api/audit/verification", new { })).GetProperty("fault").ValueKind == JsonValueKind.Null);
        var trail = (await client.GetFromJsonAsync<JsonElement>("/api/audit?take=5")).EnumerateArray().Select(entry => entry.GetProperty("line")).ToList();
        Assert.Equal(5, trail.Count);
        Assert.Contains(trail, line => line.GetProperty("who").GetString() == "robot" && line.GetProperty("what").GetString()!.Contains("retry", StringComparison.Ordinal));
        var secret = (await PutAsync(client, "/api/tokens/ris", new { user = "robot", scopes = new[] { "administrator" } })).GetProperty("secret").GetString();
        Assert.StartsWith(ApiTokenStore.Prefix, secret, StringComparison.Ordinal);
        (await client.DeleteAsync("/api/tokens/ris")).EnsureSuccessStatusCode();
        await IsProblemAsync(await client.PostAsync("/api/users/robot/disable", null), HttpStatusCode.Conflict, "Nobody disables himself");
    }

    [Fact]
    public async Task ModelAdministrator_PromotesAndRollsBack_AndIsRefusedWithoutAGate()
    {
        await using var world = await PortalWorld.StartAsync();
        var candidate = await world.AddCandidateAsync();
        using var client = await TokenAsync(world, PortalRoles.ModelAdministrator);
        await IsProblemAsync(await client.PostAsJsonAsync("/api/models/2/promotion", new { text = "x" }), HttpStatusCode.Conflict, "serves already");
        (await client.PostAsJsonAsync($"/api/models/{candidate.Id}/promotion", new { text = "better" })).EnsureSuccessStatusCode();
        Assert.Equal("InService", (await client.GetFromJsonAsync<JsonElement>($"/api/models/{candidate.Id}")).GetProperty("state").GetString());
        Assert.Equal("1.4.0", (await PostAsync(client, "/api/models/rollback", new { kind = "as-lvh", reason = "worse on Tuesdays" })).GetProperty("version").GetString());
    }

    [Fact]
    public async Task Administrator_LetsANewModelReadAnOldStudy_Once()
    {
        await using var world = await PortalWorld.StartAsync();
        using var client = await TokenAsync(world, PortalRoles.Reader | PortalRoles.Administrator);
        await IsProblemAsync(await client.PostAsync($"/api/studies/{PortalWorld.Study}/reanalysis", null), HttpStatusCode.Conflict, "the model in service has read it");
        var candidate = await world.AddCandidateAsync();
        Assert.Null(await world.Service<PromotionStore>().PromoteAsync(candidate.Id, AuditParticipant.Operator(), "tess", "better", Rows.Noon, default));
        Assert.Contains("Let as-lvh 1.5.0 read it", await client.GetStringAsync($"/studies/{PortalWorld.Study}"), StringComparison.Ordinal);
        (await client.PostAsync($"/api/studies/{PortalWorld.Study}/reanalysis", null)).EnsureSuccessStatusCode();
        await IsProblemAsync(await client.PostAsync($"/api/studies/{PortalWorld.Study}/reanalysis", null), HttpStatusCode.Conflict, "asked for it already");
        var page = await client.GetStringAsync($"/studies/{PortalWorld.Study}");
        Assert.Contains("asked that the model in service reads it", page, StringComparison.Ordinal);
        Assert.DoesNotContain("Let as-lvh 1.5.0 read it", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OtherSites_MayCallOnlyWhereTheSettingsSaySo()
    {
        await using var closed = await PortalWorld.StartAsync();
        Assert.False((await PreflightAsync(closed)).Headers.Contains("Access-Control-Allow-Origin"));
        await using var open = await PortalWorld.StartAsync(("Portal:AllowedOrigins:0", "https://ris.hospital.example"));
        using var answer = await PreflightAsync(open);
        Assert.Equal(["https://ris.hospital.example"], answer.Headers.GetValues("Access-Control-Allow-Origin"));
        Assert.False(answer.Headers.Contains("Access-Control-Allow-Credentials"));
        using var client = await TokenAsync(open, PortalRoles.Reader);
        client.DefaultRequestHeaders.Add("Origin", "https://ris.hospital.example");
        client.DefaultRequestHeaders.Add("Sec-Fetch-Site", "cross-site");
        using var found = await client.PostAsJsonAsync("/api/worklist/search", new { text = "berger" });
        Assert.Equal(HttpStatusCode.OK, found.StatusCode);
        Assert.Equal(["https://ris.hospital.example"], found.Headers.GetValues("Access-Control-Allow-Origin"));

        static async Task<HttpResponseMessage> PreflightAsync(PortalWorld world)
        {
            using var browser = new HttpClient { BaseAddress = new Uri(world.Url) };
            using var request = new HttpRequestMessage(HttpMethod.Options, "/api/worklist/search")
            {
                Headers = { { "Origin", "https://ris.hospital.example" }, { "Access-Control-Request-Method", "POST" }, { "Access-Control-Request-Headers", "authorization,content-type" } },
            };
            return await browser.SendAsync(request);
        }
    }

    private static async Task<HttpClient> TokenAsync(PortalWorld world, PortalRoles scopes) => await world.Database.BrowserAsync(new Uri(world.Url), scopes);

    private static async Task<HttpClient> TokenAsync(PortalWorld world, UserRow owner, PortalRoles scopes)
    {
        var client = new HttpClient { BaseAddress = new Uri(world.Url) };
        client.DefaultRequestHeaders.Authorization = new("Bearer", await world.Service<ApiTokenStore>().CreateAsync("test", owner.Id, scopes, null, AuditParticipant.Operator(), TimeProvider.System.GetUtcNow(), default));
        return client;
    }

    private static async Task RefusesAsync(HttpClient client, string method, string address, HttpStatusCode status)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), address);
        if (method is "POST" or "PUT")
            request.Content = JsonContent.Create(new { });
        using var answer = await client.SendAsync(request);
        Assert.True(answer.StatusCode == status, $"{method} {address} answers {answer.StatusCode}");
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
    }

    private static async Task IsProblemAsync(HttpResponseMessage answer, HttpStatusCode status, string? detail)
    {
        using (answer)
        {
            Assert.Equal(status, answer.StatusCode);
            Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
            if (detail is not null)
                Assert.Contains(detail, (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("detail").GetString(), StringComparison.Ordinal);
        }
    }

    private static async Task<JsonElement> PostAsync(HttpClient client, string address, object body) => await ReadAsync(await client.PostAsJsonAsync(address, body));

    private static async Task<JsonElement> PutAsync(HttpClient client, string address, object body) => await ReadAsync(await client.PutAsJsonAsync(address, body));

    private static async Task<JsonElement> ReadAsync(HttpResponseMessage answer)
    {
        using (answer)
        {
            Assert.True(answer.IsSuccessStatusCode, $"{answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
            return await answer.Content.ReadFromJsonAsync<JsonElement>();
        }
    }
}
