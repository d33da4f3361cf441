using System.Net;
using System.Text.RegularExpressions;
using EchoClr.Portal.Access;
using EchoClr.Shared.Audit;
using EchoClr.Shared.Data;
using EchoClr.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EchoClr.Portal.Tests;

/// <summary>Who gets in, and who does not; over real sockets, with time in hand.</summary>
public sealed partial class AccessTests : IAsyncLifetime
{
    private const string Password = "four words of a reader";
    private readonly TemporaryFolder folder = new();
    private readonly ManualTime time = new(new DateTimeOffset(2026, 1, 1, 8, 0, 0, TimeSpan.Zero));
    private WebApplication app = null!;
    private HttpClient browser = null!;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<TimeProvider>(time);
        builder.Configuration["Data:Directory"] = folder.Path;
        builder.Configuration["Portal:Url"] = "http://127.0.0.1:0";
        builder.AddEchoClrPortal();
        app = builder.Build();
        app.MapEchoClrPortal();
        await Service<Migrator>().ApplyAsync(default);
        await app.StartAsync();
        browser = NewBrowser();
    }

    public async ValueTask DisposeAsync()
    {
        browser.Dispose();
        await app.DisposeAsync();
        folder.Dispose();
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/studies/1.2.3")]
    [InlineData("/me")]
    public async Task PageWithoutASession_LeadsToSignIn(string address)
    {
        using var answer = await browser.GetAsync(address);
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        Assert.StartsWith("/sign-in?next=", answer.Headers.Location!.OriginalString, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/api/worklist", HttpStatusCode.Unauthorized)]
    [InlineData("/health", HttpStatusCode.OK)]
    public async Task Program_WithoutAToken_GetsHealthOnly(string address, HttpStatusCode expected)
    {
        using var program = new HttpClient { BaseAddress = browser.BaseAddress };
        using var answer = await program.GetAsync(address);
        Assert.Equal(expected, answer.StatusCode);
    }

    [Fact]
    public async Task FirstLink_ChoosesAPassword_Once()
    {
        var link = new Uri((await Service<SignInLinks>().ForFirstUserAsync(default))!).AbsolutePath;
        Assert.Contains("The two are not the same.", await (await PostAsync(link, ("password", Password), ("again", Password + "!"))).Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using var chosen = await PostAsync(link, ("password", Password), ("again", Password));
        Assert.Equal("/", chosen.Headers.Location?.OriginalString);
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync("/")).StatusCode);

        Assert.Equal(HttpStatusCode.NotFound, (await browser.GetAsync(link)).StatusCode);
        Assert.Null(await Service<SignInLinks>().ForFirstUserAsync(default));
        var hash = (await Service<UserStore>().FindAsync(SignInLinks.FirstUser, default))!.PasswordHash!;
        Assert.DoesNotContain(Password, hash, StringComparison.Ordinal);
    }

    [Fact]
    public async Task VisitorsLink_SignsInOnce()
    {
        var link = new Uri(await Service<SignInLinks>().ForVisitorAsync("visitor", default)).AbsolutePath;
        using var first = await browser.GetAsync(link);
        Assert.Equal("/", first.Headers.Location?.OriginalString);
        Assert.Contains("visitor", await browser.GetStringAsync("/"), StringComparison.Ordinal);
        using var other = NewBrowser();
        Assert.Equal(HttpStatusCode.NotFound, (await other.GetAsync(link)).StatusCode);
    }

    [Fact]
    public async Task WrongPasswords_LockTheUserOut_ForAWhile()
    {
        await AddReaderAsync("reader");
        for (var i = 0; i < UserStore.MaxFailedSignIns; i++)
            Assert.Equal(HttpStatusCode.Unauthorized, (await SignInAsync("reader", "wrong " + i)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await SignInAsync("reader", Password)).StatusCode);
        time.Advance(UserStore.LockOut + TimeSpan.FromSeconds(1));
        Assert.Equal(HttpStatusCode.Redirect, (await SignInAsync("Reader", Password)).StatusCode);
        var refused = (await Service<AuditTrail>().ListAsync(DateTimeOffset.UnixEpoch, 100, default)).Count(row => row.Event == "110114" && row.Message.Contains("EventOutcomeIndicator=\"4\"", StringComparison.Ordinal));
        Assert.Equal(UserStore.MaxFailedSignIns + 1, refused);
    }

    [Fact]
    public async Task ManyAttemptsFromOneAddress_AreSlowedDown()
    {
        var statuses = new List<HttpStatusCode>();
        for (var i = 0; i < 40 && !statuses.Contains(HttpStatusCode.TooManyRequests); i++)
            statuses.Add((await SignInAsync($"nobody {i}", "guess")).StatusCode);
        Assert.Contains(HttpStatusCode.TooManyRequests, statuses);
    }

    [Fact]
    public async Task Session_EndsWhenIdle_AndPagesThatRenewThemselvesDoNotKeepIt()
    {
        await AddReaderAsync("reader");
        await SignInAsync("reader", Password);
        time.Advance(TimeSpan.FromMinutes(20));
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync("/")).StatusCode);
        time.Advance(TimeSpan.FromMinutes(20));
        using var live = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { { "X-Live", "1" } } };
        Assert.Equal(HttpStatusCode.OK, (await browser.SendAsync(live)).StatusCode);
        time.Advance(TimeSpan.FromMinutes(11));
        Assert.Equal(HttpStatusCode.Redirect, (await browser.GetAsync("/")).StatusCode);
    }

    [Fact]
    public async Task SigningOut_AndBeingDisabled_EndTheSession()
    {
        await AddReaderAsync("reader");
        await SignInAsync("reader", Password);
        await PostAsync("/sign-out", "/me");
        Assert.Equal(HttpStatusCode.Redirect, (await browser.GetAsync("/")).StatusCode);
        await SignInAsync("reader", Password);
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync("/")).StatusCode);
        Assert.True(await Service<UserStore>().DisableAsync("reader", AuditParticipant.Operator(), time.GetUtcNow(), default));
        Assert.Equal(HttpStatusCode.Redirect, (await browser.GetAsync("/")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await SignInAsync("reader", Password)).StatusCode);
    }

    [Fact]
    public async Task FormOfAnotherSite_OrWithoutItsSign_ChangesNothing()
    {
        var reader = await AddReaderAsync("reader");
        await SignInAsync("reader", Password);
        using var foreign = new HttpRequestMessage(HttpMethod.Post, "/me?handler=Blind") { Content = new FormUrlEncodedContent([new("on", "true")]), Headers = { { "Origin", "https://evil.example" } } };
        Assert.Equal(HttpStatusCode.Forbidden, (await browser.SendAsync(foreign)).StatusCode);
        using var unsigned = await browser.PostAsync("/me?handler=Blind", new FormUrlEncodedContent([new("on", "true")]));
        Assert.Equal(HttpStatusCode.BadRequest, unsigned.StatusCode);
        Assert.Contains("reload the page", await unsigned.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.False((await Service<UserStore>().FindAsync(reader.Id, default))!.Blind);
    }

    [Fact]
    public async Task Next_LeadsNowhereElse()
    {
        await AddReaderAsync("reader");
        using var answer = await PostAsync("/sign-in?next=https://evil.example/", ("name", "reader"), ("password", Password));
        Assert.Equal("/", answer.Headers.Location?.OriginalString);
    }

    [Fact]
    public async Task Token_HasNoMoreThanItsOwner_AndEnds()
    {
        var reader = await AddReaderAsync("reader");
        var token = await Service<ApiTokenStore>().CreateAsync("ris", reader.Id, PortalRoles.Reader | PortalRoles.Administrator, time.GetUtcNow().AddDays(1), AuditParticipant.Operator(), time.GetUtcNow(), default);
        Assert.Equal(PortalRoles.Reader, (await Service<ApiTokenStore>().FindUserAsync(token, time.GetUtcNow(), default))!.Roles);
        Assert.Null(await Service<ApiTokenStore>().FindUserAsync(token, time.GetUtcNow().AddDays(2), default));
        using var program = new HttpClient { BaseAddress = browser.BaseAddress };
        program.DefaultRequestHeaders.Authorization = new("Bearer", token);
        Assert.Equal(HttpStatusCode.OK, (await program.GetAsync("/api/worklist")).StatusCode);
        Assert.True(await Service<ApiTokenStore>().RevokeAsync("ris", AuditParticipant.Operator(), time.GetUtcNow(), default));
        Assert.Equal(HttpStatusCode.Unauthorized, (await program.GetAsync("/api/worklist")).StatusCode);
    }

    private T Service<T>() where T : notnull => app.Services.GetRequiredService<T>();

    private async Task<UserRow> AddReaderAsync(string name)
    {
        var user = await Service<UserStore>().SaveAsync(name, PortalRoles.Reader, AuditParticipant.Operator(), time.GetUtcNow(), default);
        await Service<UserStore>().SetPasswordAsync(user.Id, Passwords.Hash(Password), AuditParticipant.Operator(), time.GetUtcNow(), default);
        return user;
    }

    private Task<HttpResponseMessage> SignInAsync(string name, string password) => PostAsync("/sign-in", ("name", name), ("password", password));

    private Task<HttpResponseMessage> PostAsync(string address, params (string Name, string Value)[] fields) => PostAsync(address, address, fields);

    /// <summary>Sends a form as a browser does: with the sign that the page of <paramref name="form"/> carries.</summary>
    private async Task<HttpResponseMessage> PostAsync(string address, string form, params (string Name, string Value)[] fields)
    {
        var sign = Sign().Match(await browser.GetStringAsync(form)).Groups[1].Value;
        return await browser.PostAsync(address, new FormUrlEncodedContent([.. fields.Select(field => KeyValuePair.Create(field.Name, field.Value)), new("__RequestVerificationToken", sign)]));
    }

    private HttpClient NewBrowser()
    {
        var client = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = new Uri(app.Urls.Single()) };
        client.DefaultRequestHeaders.Accept.ParseAdd("text/html");
        return client;
    }

    [GeneratedRegex("__RequestVerificationToken\" type=\"hidden\" value=\"([^\"]+)\"")]
    private static partial Regex Sign();
}
