using System.Text.Encodings.Web;
using EchoClr.Shared.Data;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace EchoClr.Portal.Access;

/// <summary>Who asks: the person of the session cookie, or the owner of the API token. A session is a row, so that it can be ended from here.</summary>
internal sealed class PortalAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logging, UrlEncoder encoder, SignInStore sessions, ApiTokenStore tokens, PortalOptions portal)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logging, encoder)
{
    public const string SchemeName = "Portal";
    private const string Cookie = "echoclr-session";
    private const string Bearer = "Bearer ";

    /// <summary>Sent by scripts that renew a page by themselves: such a request keeps nobody signed in.</summary>
    public const string LiveHeader = "X-Live";

    public static void WriteCookie(HttpContext context, string secret) => context.Response.Cookies.Append(Cookie, secret, CookieSettings(context));

    public static void DeleteCookie(HttpContext context) => context.Response.Cookies.Delete(Cookie, CookieSettings(context));

    public static string? ReadCookie(HttpContext context) => context.Request.Cookies[Cookie];

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var cancellationToken = Context.RequestAborted;
        if (Request.Headers.Authorization.ToString() is { Length: > 0 } header)
            return header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) && await tokens.FindUserAsync(header[Bearer.Length..].Trim(), TimeProvider.GetUtcNow(), cancellationToken) is { } owner
                ? Success(owner) : AuthenticateResult.Fail("the API token is not valid");
        if (ReadCookie(Context) is not { } secret)
            return AuthenticateResult.NoResult();
        return await sessions.FindBySessionAsync(secret, portal.SessionTimeout, !Request.Headers.ContainsKey(LiveHeader), TimeProvider.GetUtcNow(), cancellationToken) is { } user
            ? Success(user) : AuthenticateResult.Fail("the session is over");
    }

    /// <summary>A person is led to the sign-in page, and back; a program is told.</summary>
    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        if (HttpMethods.IsGet(Request.Method) && Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase))
            Response.Redirect("/sign-in" + QueryString.Create("next", Request.Path + Request.QueryString));
        else
        {
            Response.StatusCode = StatusCodes.Status401Unauthorized;
            Response.Headers.WWWAuthenticate = "Bearer"; // RFC 9110 15.5.2
        }
        return Task.CompletedTask;
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties)
    {
        Response.StatusCode = StatusCodes.Status403Forbidden;
        return Task.CompletedTask;
    }

    // Lax: a link in the RIS opens the study; a form of another site does not bring the cookie.
    private static CookieOptions CookieSettings(HttpContext context) => new() { HttpOnly = true, SameSite = SameSiteMode.Lax, Secure = context.Request.IsHttps, Path = "/", IsEssential = true };

    private static AuthenticateResult Success(UserRow user) => AuthenticateResult.Success(new AuthenticationTicket(PortalUser.ToPrincipal(user, SchemeName), SchemeName));
}
