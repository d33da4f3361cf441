using EchoClr.Portal.Access;
using EchoClr.Portal.Administration;
using EchoClr.Portal.Api;
using EchoClr.Portal.Cines;
using EchoClr.Portal.DicomWeb;
using EchoClr.Portal.Viewer;
using EchoClr.Shared.Data;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace EchoClr.Portal;

/// <summary>The portal's addresses: the pages of <c>Pages</c>, <c>/studies/UID/cines</c>, <c>/worklist/events</c>, <c>/api</c> with its document <c>/api/openapi.json</c>, <c>/dicom-web</c>, <c>/health</c>, <c>/assets</c>.</summary>
public static class PortalEndpoints
{
    // Only what comes from here: no inline script or style, no frame, nothing from elsewhere. blob: is for frames that the player has fetched.
    private const string ContentSecurityPolicy =
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' blob:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    /// <summary>Where programs are at home.</summary>
    private const string Api = "/api";

    public static void MapEchoClrPortal(this WebApplication app)
    {
        app.UseHostFiltering();
        app.Use(AddSecurityHeaders);
        app.UseStatusCodePages(SayWhyAsync);
        if (app.Services.GetRequiredService<PortalOptions>().AllowedOrigins.Count > 0)
            app.UseWhen(context => context.Request.Path.StartsWithSegments(Api) || context.Request.Path.StartsWithSegments(DicomWebServices.Root), api => api.UseCors());
        app.Use(SameOrigin.CheckAsync);
        app.UseAuthentication();
        app.UseAuthorization();
        app.UseRateLimiter();
        app.MapRazorPages();
        Assets.Map(app);
        app.MapSchedules();
        app.MapCines();
        app.MapDicomWeb();
        app.MapViewer(app.Services.GetRequiredService<PortalOptions>());
        app.MapReading();
        app.MapAdministration();
        app.MapLearning();
        app.MapApiDocument();
        app.MapGet("/worklist/events", (HttpContext context, WorklistFeed feed, IHostApplicationLifetime life, TimeProvider time) => LiveEvents.SendAsync(context, _ => feed.NextChange, life, time));
        app.MapRunEvents();
        app.MapGet("/health", async (HealthStore health, CancellationToken cancellationToken) =>
        {
            // The database answers, or the exception becomes a 500.
            var warnings = await health.ListAsync(cancellationToken);
            return Results.Json(new { Status = warnings.Count == 0 ? "healthy" : "warning", Warnings = warnings });
        }).AllowAnonymous().ExcludeFromDescription();
    }

    /// <summary>What has no page of its own, for a person; programs have the status, and under <c>/api</c> a problem (RFC 9457).</summary>
    private static Task SayWhyAsync(StatusCodeContext status)
    {
        var context = status.HttpContext;
        if (context.Request.Path.StartsWithSegments(Api))
            return Results.Problem(statusCode: context.Response.StatusCode).ExecuteAsync(context);
        if (!context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase))
            return Task.CompletedTask;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(context.Response.StatusCode switch
        {
            StatusCodes.Status400BadRequest => "This form is too old or was not made here. Go back, reload the page, and try again.",
            StatusCodes.Status403Forbidden => "Your role does not allow this. An administrator can change that: ./echoclr users add NAME --role …",
            StatusCodes.Status404NotFound => "There is nothing here.",
            StatusCodes.Status429TooManyRequests => "Too many attempts from this machine. Wait a minute, and try again.",
            var code => $"This does not work (status {code}).",
        }, context.RequestAborted);
    }

    private static Task AddSecurityHeaders(HttpContext context, RequestDelegate next)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = ContentSecurityPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers.CacheControl = "no-cache, no-store"; // patients' names stay out of a browser's cache
        headers.Pragma = "no-cache"; // as the antiforgery service wants it, which else warns at every form
        return next(context);
    }
}
