using EchoClr.Portal.Pages;
using EchoClr.Shared.Data;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace EchoClr.Portal;

/// <summary>The portal's addresses: <c>/</c>, <c>/studies/UID</c>, <c>/api/worklist</c>, <c>/api/schedules</c>, <c>/health</c>.</summary>
public static class PortalEndpoints
{
    // Only our own style sheet; no script at all, no frame, no form, nothing from elsewhere.
    private const string ContentSecurityPolicy = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static readonly string StyleSheet = ReadStyleSheet();

    public static void MapEchoClrPortal(this WebApplication app)
    {
        app.UseHostFiltering();
        app.Use(AddSecurityHeaders);
        app.Use(app.Services.GetRequiredService<AdministrationAccess>().CheckAsync);
        app.MapSchedules();
        app.MapGet("/", async (HttpContext context, Looks looks, Worklist worklist, ModelStore models, HealthStore health, int? page, CancellationToken cancellationToken) =>
        {
            await looks.AtWorklistAsync(context, cancellationToken);
            var number = Math.Clamp(page ?? 1, 1, 100_000);
            var rows = await worklist.ListAsync((number - 1) * WorklistPage.PageSize, WorklistPage.PageSize, cancellationToken);
            return Page(WorklistPage.Render(rows, number, await SyntheticAsync(models, cancellationToken), await health.ListAsync(cancellationToken)));
        });
        app.MapGet("/studies/{uid}", async (HttpContext context, Looks looks, string uid, StudyDetailReader reader, ModelStore models, CancellationToken cancellationToken) =>
        {
            var synthetic = await SyntheticAsync(models, cancellationToken);
            if (await reader.FindAsync(uid, cancellationToken) is not { } study)
                return Page(Layout.Page("Not found", synthetic, refresh: false, Html.Of($"<h1>There is no study {uid}</h1>")), StatusCodes.Status404NotFound);
            await looks.AtStudyAsync(context, uid, cancellationToken);
            return Page(StudyPage.Render(study, synthetic));
        });
        app.MapGet("/api/worklist", async (HttpContext context, Looks looks, Worklist worklist, int? skip, int? take, CancellationToken cancellationToken) =>
        {
            await looks.AtWorklistAsync(context, cancellationToken);
            return Results.Json((await worklist.ListAsync(Math.Max(skip ?? 0, 0), Math.Clamp(take ?? WorklistPage.PageSize, 1, Worklist.MaxPageSize), cancellationToken)).Select(WorklistEntry.Of));
        });
        app.MapGet("/health", async (HealthStore health, CancellationToken cancellationToken) =>
        {
            // The database answers, or the exception becomes a 500.
            var warnings = await health.ListAsync(cancellationToken);
            return Results.Json(new { Status = warnings.Count == 0 ? "healthy" : "warning", Warnings = warnings });
        });
        app.MapGet("/portal.css", () => Results.Text(StyleSheet, "text/css; charset=utf-8"));
    }

    private static IResult Page(Html html, int status = StatusCodes.Status200OK) => Results.Content(html.ToString(), "text/html; charset=utf-8", null, status);

    private static async Task<IReadOnlyList<string>> SyntheticAsync(ModelStore models, CancellationToken cancellationToken) =>
        [.. (await models.ListAsync(cancellationToken)).Where(model => model is { State: ModelState.InService, Synthetic: true }).Select(model => $"{model.Name} {model.Version}")];

    private static Task AddSecurityHeaders(HttpContext context, RequestDelegate next)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = ContentSecurityPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers.CacheControl = "no-store"; // patients' names stay out of a browser's cache
        return next(context);
    }

    private static string ReadStyleSheet()
    {
        using var reader = new StreamReader(typeof(PortalEndpoints).Assembly.GetManifestResourceStream("portal.css")!);
        return reader.ReadToEnd();
    }
}
