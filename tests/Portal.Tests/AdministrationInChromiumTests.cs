using EchoClr.Shared.Data;
using Microsoft.Playwright;

namespace EchoClr.Portal.Tests;

/// <summary>Administration as an administrator meets it, in Debian's Chromium.</summary>
public sealed class AdministrationInChromiumTests
{
    [Fact]
    public async Task Administrator_HoldsADestination_ReleasesIt_AndAsksIt()
    {
        await using var chromium = await Chromium.StartAsync();
        await using var world = await PortalWorld.StartAsync();
        await world.AddUserAsync("chief", PortalRoles.Administrator);
        var page = await chromium.OpenAsync(world.Url);
        await Chromium.SignInAsync(page, "chief");
        await page.WaitForURLAsync("**/admin"); // who reads no studies begins here
        await Assertions.Expect(page.GetByText("Nothing is known to be wrong.")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Peers" }).ClickAsync();
        await Assertions.Expect(page.GetByText("subject:CN=" + TestSite.HostileWords)).ToBeVisibleAsync();
        await Chromium.ShootAsync(page, "admin-peers");

        var pacs = page.Locator("tr", new() { HasText = "PACS@10.1.2.3:104" });
        await pacs.Locator("summary").ClickAsync();
        await pacs.GetByLabel("Why").FillAsync("it is being moved " + TestSite.HostileWords);
        await pacs.GetByRole(AriaRole.Button, new() { Name = "Hold" }).ClickAsync();
        await Assertions.Expect(pacs).ToContainTextAsync("held by chief since");
        await Assertions.Expect(pacs).ToContainTextAsync(TestSite.HostileWords);
        Assert.Equal("chief", (await world.Service<DestinationHoldStore>().FindAsync("pacs", default))?.HeldBy);

        await pacs.GetByRole(AriaRole.Button, new() { Name = "Release" }).ClickAsync();
        await Assertions.Expect(pacs.Locator("summary")).ToBeVisibleAsync();
        Assert.Null(await world.Service<DestinationHoldStore>().FindAsync("pacs", default));

        await pacs.GetByRole(AriaRole.Button, new() { Name = "C-ECHO" }).ClickAsync();
        await Assertions.Expect(pacs).ToContainTextAsync("does not answer C-ECHO: " + TestSite.HostileWords);
        Assert.Empty(chromium.Errors);
    }

    [Fact]
    public async Task Administrator_RetriesAParkedDelivery_AndGivesAnotherUp()
    {
        await using var chromium = await Chromium.StartAsync();
        await using var world = await PortalWorld.StartAsync();
        await world.AddUserAsync("chief", PortalRoles.Reader | PortalRoles.Administrator);
        await world.ParkADeliveryAsync("the PACS says " + TestSite.HostileWords);
        var page = await chromium.OpenAsync(world.Url);
        await Chromium.SignInAsync(page, "chief");
        await page.GetByRole(AriaRole.Link, new() { Name = "Administration" }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Parked" }).ClickAsync();
        var delivery = page.Locator("tr", new() { HasText = "to pacs" });
        await Assertions.Expect(delivery).ToContainTextAsync("the PACS says " + TestSite.HostileWords);
        await Assertions.Expect(page.Locator("tr", new() { HasText = "the decoder crashed three times" }).GetByText("Drop")).ToHaveCountAsync(0);
        await Chromium.ShootAsync(page, "admin-parked");
        await delivery.GetByRole(AriaRole.Button, new() { Name = "Retry" }).ClickAsync();
        await Assertions.Expect(delivery).ToHaveCountAsync(0);
        Assert.Equal("Waiting", await StateAsync(world));

        await world.ParkADeliveryAsync("again");
        await page.ReloadAsync();
        await delivery.Locator("summary").ClickAsync();
        await delivery.GetByLabel("Why").FillAsync("sent by hand");
        await delivery.GetByRole(AriaRole.Button, new() { Name = "Give it up" }).ClickAsync();
        await Assertions.Expect(delivery).ToHaveCountAsync(0);
        Assert.Equal("Dropped", await StateAsync(world));
        Assert.Equal("again; given up: sent by hand", await world.Database.ReadAsync(session => session.ScalarAsync<string>("SELECT reason FROM delivery WHERE state = 'Dropped'"), default));
        var trail = await world.Service<Shared.Audit.AuditTrail>().ListAsync(DateTimeOffset.UnixEpoch, 1000, default);
        Assert.Contains(trail, row => row.Message.Contains("drop: sent by hand", StringComparison.Ordinal) && row.Message.Contains("UserID=\"chief\"", StringComparison.Ordinal));
        Assert.Empty(chromium.Errors);
    }

    private static Task<string> StateAsync(PortalWorld world) => world.Database.ReadAsync(session => session.ScalarAsync<string>("SELECT state FROM delivery WHERE state NOT IN ('Confirmed')"), default);
}
