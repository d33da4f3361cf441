using System.Text.Json;
using EchoClr.Portal.Access;
using EchoClr.Portal.Administration;
using EchoClr.Shared.Data;
using EchoClr.Shared.Scheduling;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace EchoClr.Portal.Api;

/// <summary>Schedules of retraining over HTTP, as <c>./echoclr schedule</c> has them; for model administrators only, who are named by their session or token.</summary>
internal static class ScheduleEndpoints
{
    private const int NextShown = 5;
    private const int FiringsShown = 20;
    private const int MaxNameLength = 200; // the column's

    public static void MapSchedules(this IEndpointRouteBuilder app)
    {
        var schedules = app.MapGroup("/api/schedules").RequireAuthorization(PortalUser.ModelAdministrator);
        schedules.MapGet("", async (ScheduleStore store, TimeProvider time, CancellationToken cancellationToken) =>
        {
            var entries = new List<ScheduleEntry>();
            foreach (var row in await store.ListAsync(cancellationToken))
                entries.Add(await EntryAsync(store, row, time, cancellationToken));
            return Results.Json(entries);
        });
        schedules.MapGet("{name}", async (string name, ScheduleStore store, TimeProvider time, CancellationToken cancellationToken) =>
            await store.FindAsync(name, cancellationToken) is { } row ? Results.Json(await EntryAsync(store, row, time, cancellationToken)) : NotFound(name));
        schedules.MapPut("{name}", async (string name, ScheduleChange change, HttpContext context, [FromServices] ISite site, ScheduleStore store, TimeProvider time, CancellationToken cancellationToken) =>
        {
            try
            {
                if (name.Length > MaxNameLength)
                    throw new FormatException($"a name has at most {MaxNameLength} characters");
                var settings = change.Settings();
                site.CheckTrainingPlan(settings.TrainingPlan);
                var row = await store.SetAsync(name, settings, context.Participant(), By(context), time.GetUtcNow(), cancellationToken);
                return Results.Json(await EntryAsync(store, row, time, cancellationToken));
            }
            catch (FormatException e)
            {
                return Results.Problem(e.Message, statusCode: StatusCodes.Status400BadRequest);
            }
        });
        schedules.MapPost("{name}/run", async (string name, HttpContext context, ScheduleStore store, TimeProvider time, CancellationToken cancellationToken) =>
        {
            if (await store.FindAsync(name, cancellationToken) is null)
                return NotFound(name);
            var firing = await store.RunNowAsync(name, context.Participant(), By(context), time.GetUtcNow(), cancellationToken);
            return firing is { Refusal: null }
                ? Results.Json(new { firing.RunId, firing.DueAt }, statusCode: StatusCodes.Status202Accepted)
                : Results.Problem(firing?.Refusal ?? "it was run at this very moment", statusCode: StatusCodes.Status409Conflict);
        });
        schedules.MapPost("{name}/pause", (string name, HttpContext context, ScheduleStore store, TimeProvider time, CancellationToken cancellationToken) =>
            EnableAsync(name, enabled: false, context, store, time, cancellationToken));
        schedules.MapPost("{name}/resume", (string name, HttpContext context, ScheduleStore store, TimeProvider time, CancellationToken cancellationToken) =>
            EnableAsync(name, enabled: true, context, store, time, cancellationToken));
    }

    private static async Task<IResult> EnableAsync(string name, bool enabled, HttpContext context, ScheduleStore store, TimeProvider time, CancellationToken cancellationToken)
    {
        // Asking for what is so already is no error: the answer shows how it is.
        await store.EnableAsync(name, enabled, context.Participant(), By(context), time.GetUtcNow(), cancellationToken);
        return await store.FindAsync(name, cancellationToken) is { } row ? Results.Json(await EntryAsync(store, row, time, cancellationToken)) : NotFound(name);
    }

    private static string By(HttpContext context) => context.User.Identity!.Name!;

    private static IResult NotFound(string name) => Results.Problem($"there is no schedule {name}", statusCode: StatusCodes.Status404NotFound);

    private static async Task<ScheduleEntry> EntryAsync(ScheduleStore store, ScheduleRow row, TimeProvider time, CancellationToken cancellationToken)
    {
        using var plan = JsonDocument.Parse(row.TrainingPlan);
        return new(
            row.Name, row.Cron, row.TimeZone, row.Enabled, row.Misfire.ToString(), row.MinNewCines, row.Quiet, plan.RootElement.Clone(), row.ChangedBy, row.ChangedAt,
            row.Enabled ? row.Settings.Next(time.GetUtcNow(), NextShown) : [],
            [.. (await store.ListFiringsAsync(row.Id, FiringsShown, cancellationToken)).Select(run => new FiringEntry(run.Id, run.DueAt, run.State.ToString(), run.Error))]);
    }
}

/// <summary>The body of <c>PUT /api/schedules/{name}</c>.</summary>
internal sealed record ScheduleChange
{
    public string Cron { get; init; } = "";
    public string TimeZone { get; init; } = "UTC";
    public string Misfire { get; init; } = nameof(MisfireRule.RunOnce);
    public int MinNewCines { get; init; } = ScheduleSettings.DefaultMinNewCines;
    public string? Quiet { get; init; }
    public JsonElement? TrainingPlan { get; init; }

    public ScheduleSettings Settings() => new(
        Cron, TimeZone, TrainingPlan?.GetRawText() ?? ScheduleSettings.DefaultTrainingPlan,
        Enum.TryParse<MisfireRule>(Misfire, out var rule) ? rule : throw new FormatException($"there is no misfire rule '{Misfire}'; write RunOnce or Skip"), MinNewCines, Quiet);
}

internal sealed record ScheduleEntry(
    string Name, string Cron, string TimeZone, bool Enabled, string Misfire, int MinNewCines, string? Quiet, JsonElement TrainingPlan, string ChangedBy, DateTimeOffset ChangedAt,
    IReadOnlyList<DateTimeOffset> Next, IReadOnlyList<FiringEntry> Firings);

internal sealed record FiringEntry(long RunId, DateTimeOffset DueAt, string State, string? Error);
