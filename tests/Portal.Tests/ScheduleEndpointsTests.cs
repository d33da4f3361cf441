using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using EchoClr.Shared.Audit;
using EchoClr.Shared.Data;
using EchoClr.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EchoClr.Portal.Tests;

/// <summary>Schedules over HTTP, against a real database.</summary>
public sealed class ScheduleEndpointsTests : IAsyncDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("echoclr-schedules-").FullName;
    private readonly List<IAsyncDisposable> apps = [];

    [Theory]
    [InlineData(PortalRoles.None, HttpStatusCode.Unauthorized)]
    [InlineData(PortalRoles.Reader | PortalRoles.Administrator, HttpStatusCode.Forbidden)]
    public async Task WhoIsNoModelAdministrator_SeesAndDoesNothing(PortalRoles roles, HttpStatusCode expected)
    {
        var (app, client) = await StartAsync(roles);
        foreach (var (method, address) in ((HttpMethod, string)[])[(HttpMethod.Get, ""), (HttpMethod.Get, "/weekly"), (HttpMethod.Put, "/weekly"), (HttpMethod.Post, "/weekly/run"), (HttpMethod.Post, "/weekly/pause")])
        {
            using var request = new HttpRequestMessage(method, "/api/schedules" + address) { Content = method == HttpMethod.Put ? JsonContent.Create(Weekly) : null };
            using var response = await client.SendAsync(request);
            Assert.Equal(expected, response.StatusCode);
            Assert.True(response.Headers.CacheControl!.NoStore);
        }
        Assert.Empty(await app.Services.GetRequiredService<ScheduleStore>().ListAsync(default));
    }

    [Fact]
    public async Task SetShowPauseRun_AsTheCommandLineDoes()
    {
        var (app, client) = await StartAsync(PortalRoles.ModelAdministrator);
        var set = await client.PutAsJsonAsync("/api/schedules/weekly", Weekly);
        Assert.Equal(HttpStatusCode.OK, set.StatusCode);
        var entry = await JsonAsync(set);
        Assert.Equal(5, entry.GetProperty("next").GetArrayLength());
        Assert.All(entry.GetProperty("next").EnumerateArray(), due => Assert.Equal((DayOfWeek.Sunday, 2), LocalTime(due.GetDateTimeOffset())));
        Assert.Equal("echoclr+", entry.GetProperty("trainingPlan").GetProperty("recipe").GetString());

        Assert.False((await JsonAsync(await client.PostAsync("/api/schedules/weekly/pause", null))).GetProperty("enabled").GetBoolean());
        Assert.True((await JsonAsync(await client.PostAsync("/api/schedules/weekly/resume", null))).GetProperty("enabled").GetBoolean());
        Assert.Equal(HttpStatusCode.Accepted, (await client.PostAsync("/api/schedules/weekly/run", null)).StatusCode);
        var second = await client.PostAsync("/api/schedules/weekly/run", null);
        Assert.Equal(HttpStatusCode.Conflict, second.StatusCode);
        Assert.Contains("never two at once", await second.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        var listed = (await JsonAsync(await client.GetAsync("/api/schedules")))[0];
        Assert.Equal("Waiting", listed.GetProperty("firings")[0].GetProperty("state").GetString());
        var who = listed.GetProperty("changedBy").GetString();
        Assert.StartsWith("browser ", who, StringComparison.Ordinal);
        var trail = await app.Services.GetRequiredService<AuditTrail>().ListAsync(DateTimeOffset.UnixEpoch, 100, default);
        Assert.Equal(4, trail.Count(row => row.Message.Contains($"UserID=\"{who}\"", StringComparison.Ordinal) && row.Message.Contains("schedule", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("""{"cron":"61 2 * * *"}""", "between 0 and 59")]
    [InlineData("""{"cron":"0 2 * * SUN","timeZone":"Mars/Olympus"}""", "no time zone")]
    [InlineData("""{"cron":"0 2 * * SUN","misfire":"Later"}""", "no misfire rule")]
    [InlineData("""{"cron":"0 2 * * SUN","trainingPlan":[]}""", "JSON object")]
    public async Task WhatCannotWork_IsRefusedInOneSentence(string body, string why)
    {
        var (_, client) = await StartAsync(PortalRoles.ModelAdministrator);
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        using var response = await client.PutAsync("/api/schedules/weekly", content);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(why, (await JsonAsync(response)).GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("/api/schedules/weekly")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await client.PostAsync("/api/schedules/weekly/run", null)).StatusCode);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var app in apps)
            await app.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private static readonly object Weekly = new { cron = "0 2 * * SUN", timeZone = "Europe/Berlin" };

    private static (DayOfWeek, int) LocalTime(DateTimeOffset due)
    {
        var wall = TimeZoneInfo.ConvertTime(due, TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin"));
        return (wall.DayOfWeek, wall.Hour is 3 ? 2 : wall.Hour); // 02:00 is skipped once a year
    }

    private static async Task<JsonElement> JsonAsync(HttpResponseMessage response) => await response.Content.ReadFromJsonAsync<JsonElement>();

    private async Task<(WebApplication App, HttpClient Client)> StartAsync(PortalRoles roles)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Configuration["Data:Directory"] = folder;
        builder.Configuration["Portal:Url"] = "http://127.0.0.1:0";
        builder.Services.AddSingleton<Administration.ISite>(new TestSite());
        builder.AddEchoClrPortal();
        var app = builder.Build();
        apps.Add(app);
        app.MapEchoClrPortal();
        await app.Services.GetRequiredService<Migrator>().ApplyAsync(default);
        await app.StartAsync();
        var portal = new Uri(app.Urls.Single());
        return (app, roles == PortalRoles.None ? new HttpClient { BaseAddress = portal } : await app.Services.GetRequiredService<Database>().BrowserAsync(portal, roles));
    }
}
