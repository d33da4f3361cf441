using Microsoft.AspNetCore.Http;

namespace EchoClr.Portal.Access;

/// <summary>Refuses what changes something and comes from a page of another site, whatever it carries. Forms are signed besides.</summary>
internal static class SameOrigin
{
    public static Task CheckAsync(HttpContext context, RequestDelegate next)
    {
        var request = context.Request;
        if (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method) || IsOurs(request))
            return next(context);
        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        return Task.CompletedTask;
    }

    // Every browser of the last years sends one of both; a program sends neither, and has no cookie.
    private static bool IsOurs(HttpRequest request)
    {
        // A token is sent on purpose, never by a browser of itself; with one, the cookie is not looked at.
        if (request.Headers.Authorization.Count > 0)
            return true;
        if (request.Headers["Sec-Fetch-Site"].ToString() is { Length: > 0 } site)
            return site is "same-origin" or "none";
        return request.Headers.Origin.ToString() is not { Length: > 0 } origin || (Uri.TryCreate(origin, UriKind.Absolute, out var uri) && uri.Authority == request.Host.Value);
    }
}
