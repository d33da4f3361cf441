namespace EchoClr.Portal.Tests;

/// <summary>No page has serious findings of axe-core or errors on its console, wide or narrow.</summary>
public sealed class AccessibilityTests
{
    [Theory]
    [InlineData(1280)]
    [InlineData(400)]
    public async Task EveryPage_HasNoSeriousBarrier(int width)
    {
        var axe = await Axe.LoadAsync();
        await using var chromium = await Chromium.StartAsync();
        await using var world = await PortalWorld.StartAsync();
        await world.AddUserAsync("chief", Shared.Data.PortalRoles.Reader | Shared.Data.PortalRoles.Administrator | Shared.Data.PortalRoles.ModelAdministrator);
        var candidate = await world.AddCandidateAsync();
        var run = await world.Service<Shared.Data.TrainingRunStore>().CreateAsync(new(null, DateTimeOffset.UnixEpoch, "{}", "trace"), default);
        await world.Service<Shared.Data.ScheduleStore>().SetAsync("weekly", new("0 2 * * SUN", "Europe/Berlin", "{}", Shared.Scheduling.MisfireRule.RunOnce, 0, null), Shared.Audit.AuditParticipant.Operator(), "tess", DateTimeOffset.UnixEpoch, default);
        var page = await chromium.OpenAsync(world.Url, width);
        await page.GotoAsync("/sign-in");
        var barriers = (await axe.FindAsync(page)).ToList();
        await Chromium.SignInAsync(page, "chief");
        foreach (var address in (string[])["/", "/?state=person", "/?q=nobody", "/me", $"/studies/{PortalWorld.Study}", "/admin", "/admin/parked", "/admin/peers", "/admin/models", $"/admin/models/{candidate.Id}", "/admin/drift", "/admin/schedules", "/admin/runs", $"/admin/runs/{run}", "/admin/users", "/admin/audit"])
        {
            await page.GotoAsync(address);
            Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= window.innerWidth"), $"{address} is wider than the screen");
            barriers.AddRange((await axe.FindAsync(page)).Select(barrier => $"{address} {barrier}"));
        }
        Assert.Empty(barriers);
        Assert.Empty(chromium.Errors);
    }
}
