using System.Net;
using EchoClr.Shared.Audit;
using EchoClr.Shared.Data;
using EchoClr.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EchoClr.Portal.Tests;

/// <summary>The portal over a real database, as a browser sees it.</summary>
public sealed class PortalTests : IAsyncLifetime
{
    private const string HostileName = "<script>alert(1)</script>^Eve";
    private readonly string folder = Directory.CreateTempSubdirectory("echoclr-portal-").FullName;
    private WebApplication app = null!;
    private HttpClient browser = null!;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Configuration["Data:Directory"] = folder;
        builder.Configuration["Portal:Url"] = "http://127.0.0.1:0";
        builder.AddEchoClrPortal();
        app = builder.Build();
        app.MapEchoClrPortal();
        await app.Services.GetRequiredService<Migrator>().ApplyAsync(CancellationToken.None);
        await app.StartAsync();
        browser = await app.Services.GetRequiredService<Database>().BrowserAsync(new Uri(app.Urls.Single()));
    }

    public async ValueTask DisposeAsync()
    {
        browser.Dispose();
        await app.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Worklist_StudyOfAHostilePatient_ShowsItsTextAndState()
    {
        await AddStudyAsync("1.2.3");
        var page = await browser.GetStringAsync("/");
        Assert.Contains("&lt;script&gt;", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>", page, StringComparison.Ordinal);
        Assert.Contains("Receiving", page, StringComparison.Ordinal);
        Assert.Contains("Research use only, not for diagnosis.", page, StringComparison.Ordinal);
        var study = await browser.GetStringAsync("/studies/1.2.3");
        Assert.Contains("first object received", study, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>", study, StringComparison.Ordinal);
        Assert.Contains("\"state\":\"Receiving\"", await browser.GetStringAsync("/api/worklist"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Study_Complete_SaysByWhichEvidence()
    {
        await AddStudyAsync("1.2.3", "Complete", """{"rule":"quiet, and every association is over","quietFor":"00:00:05.1000000","associations":[{"id":"a"}]}""");
        Assert.Contains("quiet, and every association is over; silent for 5.1 s; associations: 1", await browser.GetStringAsync("/studies/1.2.3"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task StudyPage_SaysWhatThePacsWasAskedAndRejected()
    {
        await AddStudyAsync("1.2.3", "Complete", """
            {"rule":"the PACS counts its instances, and all are here","quietFor":"00:00:10","associations":[{"id":"a"}],
             "pacs":{"aeTitle":"PACS","answer":"3 instances, all of them here","instances":3,"missing":0,"fetches":1,"fetched":"2 asked for, 2 sent, 0 failed"}}
            """);
        await app.Services.GetRequiredService<Database>().WriteAsync(async session =>
        {
            await session.ExecuteAsync("INSERT INTO association (id, listener, calling_ae_title, called_ae_title, remote_address, trace_id, started_at) VALUES ('a', 'l', 'PACS', 'ECHOCLR', '127.0.0.1', 't', '2026-01-01T00:00:00.000Z')");
            await session.ExecuteAsync("""
                INSERT INTO instance (id, study_id, sop_instance_uid, sop_class_uid, series_instance_uid, transfer_syntax_uid, file_key, dataset_offset, dataset_length, dataset_sha256, origin, association_id, received_at, trace_id)
                VALUES (1, 1, '1.9', '1.2.840.10008.5.1.4.1.1.88.59', '1.9', '1.2.840.10008.1.2.1', 'objects/note', 0, 1, 'x', 'Peer', 'a', '2026-01-01T00:00:05.000Z', 't')
                """);
            await session.ExecuteAsync("INSERT INTO rejection (note_instance_id, code, study_instance_uid, sop_instance_uid, received_at, trace_id) VALUES (1, '113037', '1.2.3', '1.1', '2026-01-01T00:00:05.000Z', 't')");
        }, CancellationToken.None);

        var page = await browser.GetStringAsync("/studies/1.2.3");

        Assert.Contains("associations: 1; PACS says: 3 instances, all of them here; C-MOVE: 2 asked for, 2 sent, 0 failed", page, StringComparison.Ordinal);
        Assert.Contains("The PACS rejected 1 object", page, StringComparison.Ordinal);
        Assert.Contains("Rejected for Patient Safety Reasons", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task HealthWarning_StandsOnTheWorklist_AndInHealth_UntilItIsCleared()
    {
        Assert.Equal("""{"status":"healthy","warnings":[]}""", await browser.GetStringAsync("/health"));
        var health = app.Services.GetRequiredService<HealthStore>();
        Assert.True(await health.RaiseAsync("receiving", "nothing is taken: <3> bytes are free", DateTimeOffset.UnixEpoch, CancellationToken.None));
        Assert.False(await health.RaiseAsync("receiving", "nothing is taken: <2> bytes are free", DateTimeOffset.UnixEpoch, CancellationToken.None));
        Assert.Contains("receiving: nothing is taken: &lt;2&gt; bytes are free", await browser.GetStringAsync("/"), StringComparison.Ordinal);
        Assert.Contains("\"status\":\"warning\"", await browser.GetStringAsync("/health"), StringComparison.Ordinal);
        Assert.True(await health.ClearAsync("receiving", CancellationToken.None));
        Assert.DoesNotContain("nothing is taken", await browser.GetStringAsync("/"), StringComparison.Ordinal);
    }

    /// <summary>PS3.15 A.5.3.6 and A.5.3.10: who looked at whom. A page that reloads itself is one look.</summary>
    [Fact]
    public async Task EveryLook_IsInTheAuditTrail_ReloadsAreNot()
    {
        await AddStudyAsync("1.2.3");
        foreach (var address in (string[])["/", "/", "/studies/1.2.3", "/studies/1.2.3", "/api/worklist?take=1", "/health", "/sign-in"])
            await browser.GetStringAsync(address);
        using var unknown = await browser.GetAsync("/studies/9.9.9");
        var trail = await app.Services.GetRequiredService<AuditTrail>().ListAsync(DateTimeOffset.UnixEpoch, 100, CancellationToken.None);
        var looks = trail.Where(row => row.Event != "110113").ToList(); // besides the making of the reader
        Assert.Equal(["110112", "110103", "110112"], looks.Select(row => row.Event));
        Assert.All(looks, row => Assert.Contains("UserID=\"browser ", row.Message, StringComparison.Ordinal));
        Assert.Contains("ParticipantObjectID=\"1.2.3\"", looks[1].Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SyntheticModelInService_EveryPageSaysSo()
    {
        var models = app.Services.GetRequiredService<ModelStore>();
        var model = await models.ImportAsync(new("as-lvh", "phantom", "0.1.0", new string('a', 64), "{}", folder, Synthetic: true), DateTimeOffset.UnixEpoch, CancellationToken.None);
        Assert.DoesNotContain("Synthetic weights", await browser.GetStringAsync("/"), StringComparison.Ordinal);
        await models.PromoteAsync(model.Id, "test", DateTimeOffset.UnixEpoch, CancellationToken.None);
        Assert.Contains("Synthetic weights (phantom 0.1.0)", await browser.GetStringAsync("/"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/", HttpStatusCode.OK)]
    [InlineData("/health", HttpStatusCode.OK)]
    [InlineData("/sign-in", HttpStatusCode.OK)]
    [InlineData("/studies/9.9.9", HttpStatusCode.NotFound)]
    public async Task EveryAnswer_ForbidsForeignScriptsAndCaches(string address, HttpStatusCode status)
    {
        using var response = await browser.GetAsync(address);
        Assert.Equal(status, response.StatusCode);
        Assert.Contains("default-src 'none'", response.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.True(response.Headers.CacheControl!.NoStore);
    }

    [Fact]
    public async Task HostOfAnotherSite_IsRefused()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { Host = "evil.example" } };
        using var response = await browser.SendAsync(request);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    private Task<int> AddStudyAsync(string uid, string state = "Open", string? evidence = null) => app.Services.GetRequiredService<Database>().WriteAsync(session => session.ExecuteAsync("""
        INSERT INTO study (id, study_instance_uid, patient_name, calling_ae_title, first_received_at, last_received_at, trace_id)
        VALUES (1, @uid, @HostileName, 'PACS', '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z', 't');
        INSERT INTO study_version (id, study_id, version, state, opened_at, last_received_at, completed_at, evidence, trace_id)
        VALUES (1, 1, 1, @state, '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:06.000Z', @evidence, 't')
        """, new { uid, HostileName, state, evidence }), CancellationToken.None);
}
