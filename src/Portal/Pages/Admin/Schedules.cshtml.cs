using EchoClr.Portal.Access;
using EchoClr.Portal.Administration;
using EchoClr.Shared.Data;
using EchoClr.Shared.Scheduling;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;

namespace EchoClr.Portal.Pages.Admin;

/// <summary>When training happens: schedules in words, what they fire next, and what became of it.</summary>
[Authorize(Policy = PortalUser.ModelAdministrator)]
public sealed class SchedulesModel(ScheduleStore store, ISite site, TimeProvider time) : AdminPage
{
    private const int NextShown = 5; // enough to see a weekly rule cross a change of the clock
    private const int FiringsShown = 5;

    /// <summary>What the form for a new one begins with.</summary>
    public static readonly ScheduleRow New = new()
    {
        Cron = "0 2 * * SUN", TimeZone = TimeZoneInfo.Local.Id, TrainingPlan = ScheduleSettings.DefaultTrainingPlan, MinNewCines = ScheduleSettings.DefaultMinNewCines,
    };

    public IReadOnlyList<ScheduleView> Schedules { get; private set; } = [];

    /// <summary>What somebody typed and cannot work, to be mended; null where nothing was.</summary>
    public ScheduleRow? Refused { get; private set; }

    public static string InZone(DateTimeOffset moment, string zone) => TimeZoneInfo.ConvertTime(moment, TimeZoneInfo.FindSystemTimeZoneById(zone)).ToString("ddd yyyy-MM-dd HH:mm zzz");

    public async Task<IActionResult> OnPostSetAsync(string? name, string? cron, string? zone, int cines, string? quiet, MisfireRule misfire, string? plan, CancellationToken cancellationToken)
    {
        var settings = new ScheduleSettings(cron ?? "", zone ?? "", plan ?? "", misfire, cines, string.IsNullOrWhiteSpace(quiet) ? null : quiet.Trim());
        try
        {
            if (string.IsNullOrWhiteSpace(name))
                throw new FormatException("A schedule needs a name.");
            site.CheckTrainingPlan(settings.TrainingPlan);
            await store.SetAsync(name.Trim(), settings, Who, By, time.GetUtcNow(), cancellationToken);
            return await AnswerAsync(null, cancellationToken);
        }
        catch (FormatException e)
        {
            Refused = New with { Name = name ?? "", Cron = settings.Cron, TimeZone = settings.TimeZone, MinNewCines = cines, Quiet = settings.Quiet, Misfire = misfire, TrainingPlan = settings.TrainingPlan };
            return await AnswerAsync(e.Message, cancellationToken);
        }
    }

    public async Task<IActionResult> OnPostRunAsync(string name, CancellationToken cancellationToken)
    {
        var firing = await store.RunNowAsync(name, Who, By, time.GetUtcNow(), cancellationToken);
        return firing is { Refusal: null } ? Redirect($"/admin/runs/{firing.RunId}") : await AnswerAsync(firing?.Refusal ?? $"{name} was run at this very moment, or is gone.", cancellationToken);
    }

    public async Task<IActionResult> OnPostEnableAsync(string name, bool enabled, CancellationToken cancellationToken)
    {
        await store.EnableAsync(name, enabled, Who, By, time.GetUtcNow(), cancellationToken);
        return await AnswerAsync(null, cancellationToken);
    }

    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        var views = new List<ScheduleView>();
        foreach (var row in await store.ListAsync(cancellationToken))
        {
            var next = row.Enabled ? row.Settings.Next(time.GetUtcNow(), NextShown) : [];
            views.Add(new ScheduleView(row, [.. next.Select(due => new ScheduleDue(due, row.Settings.MayBegin(due)))], await store.ListFiringsAsync(row.Id, FiringsShown, cancellationToken)));
        }
        Schedules = views;
    }
}

/// <summary>A schedule with what it fires next, and what it fired last.</summary>
public sealed record ScheduleView(ScheduleRow Row, IReadOnlyList<ScheduleDue> Next, IReadOnlyList<TrainingRunRow> Firings);

/// <param name="BeginsAt">Later than <paramref name="DueAt"/> where hours are quiet then.</param>
public readonly record struct ScheduleDue(DateTimeOffset DueAt, DateTimeOffset BeginsAt);
