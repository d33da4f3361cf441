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
        await page.GetByRole(AriaRole.Link, new() { Name = "chief" }).ClickAsync();
        await Assertions.Expect(page.GetByText("You may: withdraw reports")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Administration" }).ClickAsync();
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

    [Fact]
    public async Task ModelAdministrator_SetsASchedule_RunsIt_SeesItLive_AndSeesItEnd()
    {
        await using var chromium = await Chromium.StartAsync();
        await using var world = await PortalWorld.StartAsync();
        await world.AddUserAsync("tess", PortalRoles.Reader | PortalRoles.ModelAdministrator);
        var page = await chromium.OpenAsync(world.Url);
        await Chromium.SignInAsync(page, "tess");
        await page.GotoAsync("/admin/schedules");
        await page.GetByLabel("Name").FillAsync("weekly " + TestSite.HostileWords);
        await page.GetByLabel("When, as cron").FillAsync("0 2 * * SUN");
        await page.GetByLabel("Time zone").FillAsync("Europe/Berlin");
        await page.GetByLabel("Training plan").FillAsync("""{"recipe":"nonsense"}""");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("there is no recipe " + TestSite.HostileWords);
        await Assertions.Expect(page.GetByLabel("Time zone")).ToHaveValueAsync("Europe/Berlin"); // what was typed stays
        await page.GetByLabel("Training plan").FillAsync("""{"recipe":"echoclr+"}""");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        var weekly = page.Locator("article", new() { HasText = TestSite.HostileWords });
        await Assertions.Expect(weekly).ToContainTextAsync("at 02:00 on Sunday, on the clock of Europe/Berlin");
        await Assertions.Expect(weekly.Locator("ol.next li")).ToHaveCountAsync(5);
        await Chromium.ShootAsync(page, "admin-schedules");

        await weekly.GetByRole(AriaRole.Button, new() { Name = "Pause" }).ClickAsync();
        await Assertions.Expect(weekly).ToContainTextAsync("not while it is paused");
        await weekly.GetByRole(AriaRole.Button, new() { Name = "Resume" }).ClickAsync();
        await weekly.GetByRole(AriaRole.Button, new() { Name = "Run now" }).ClickAsync();
        await page.WaitForURLAsync("**/admin/runs/*");
        await Assertions.Expect(page.GetByText("Waits for a worker")).ToBeVisibleAsync();

        // A worker takes it: what it tells is on the page without a reload.
        var (runs, now) = (world.Service<TrainingRunStore>(), TimeProvider.System.GetUtcNow());
        var run = Assert.Single(await runs.ListAsync(default));
        var lease = (await runs.TryTakeAsync(run.Id, "worker", now, TimeSpan.FromMinutes(2), default))!;
        foreach (var step in (int[])[100, 500, 900])
            Assert.True(await runs.RenewAsync(lease, now, TimeSpan.FromMinutes(2), step / 1500.0, Figures(step), default));
        await Assertions.Expect(page.GetByText("900 of 1500", new() { Exact = true })).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByText("41.5", new() { Exact = true })).ToBeVisibleAsync();
        Assert.Equal(3, await page.EvaluateAsync<int>("document.querySelector('#live polyline').points.length"));
        await Chromium.ShootAsync(page, "admin-run");
        Assert.True(await runs.FinishAsync(lease, TrainingRunState.Succeeded, """{"recipe":"echoclr+","trainingClips":812,"contrast":1.21,"heldOutContrast":1.34,"model":{"id":7,"passedGate":false,"why":"not enough labels"}}""", null, now, default));
        await Assertions.Expect(page.GetByText("Succeeded", new() { Exact = true })).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByText("held out contrast")).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByText("model why")).ToBeVisibleAsync();
        Assert.Empty(chromium.Errors);
    }

    [Fact]
    public async Task Drift_NamesTheSenderThatChanged_AndHow()
    {
        await using var chromium = await Chromium.StartAsync();
        await using var world = await PortalWorld.StartAsync();
        await world.AddUserAsync("adam", PortalRoles.Administrator);
        var page = await chromium.OpenAsync(world.Url);
        await Chromium.SignInAsync(page, "adam");
        await page.GotoAsync("/admin/drift");
        await Assertions.Expect(page.GetByText("Nothing has been compared yet.")).ToBeVisibleAsync();

        var (drift, now) = (world.Service<DriftStore>(), TimeProvider.System.GetUtcNow());
        var check = (await drift.TryClaimAsync(now, "worker", now, TimeSpan.FromMinutes(1), default))!.Value;
        Assert.True(await drift.FinishAsync(check, "worker",
            [new DriftResult("LAB2", "brightness", 40, 25, 0.02, 0.7, false, "0.31 before, 0.30 now"), new DriftResult("LAB1", "brightness", 40, 25, 0.61, 0.0001, true, "0.31 before, 0.52 now")], now, default));
        await page.ReloadAsync();
        var changed = page.GetByRole(AriaRole.Row).Filter(new() { HasText = "changed" });
        await Assertions.Expect(changed).ToContainTextAsync("LAB1");
        await Assertions.Expect(changed).ToContainTextAsync("0.31 before, 0.52 now");
        await Assertions.Expect(page.GetByRole(AriaRole.Row).Nth(1)).ToContainTextAsync("LAB1"); // what changed stands first
        await Chromium.ShootAsync(page, "admin-drift");
        Assert.Empty(chromium.Errors);
    }

    [Fact]
    public async Task ModelAdministrator_CancelsARun()
    {
        await using var chromium = await Chromium.StartAsync();
        await using var world = await PortalWorld.StartAsync();
        await world.AddUserAsync("tess", PortalRoles.ModelAdministrator);
        var id = await world.Service<TrainingRunStore>().CreateAsync(new NewTrainingRun(null, DateTimeOffset.UnixEpoch, "{}", "trace"), default);
        var page = await chromium.OpenAsync(world.Url);
        await Chromium.SignInAsync(page, "tess");
        await page.GotoAsync($"/admin/runs/{id}");
        await page.Locator("summary", new() { HasText = "Cancel" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Cancel this run" }).ClickAsync();
        await Assertions.Expect(page.GetByText("cancelled by tess")).ToBeVisibleAsync();
        await page.GotoAsync("/admin/parked"); // an administrator's, which she is not
        await Assertions.Expect(page.GetByText("Your role does not allow this.")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task ModelAdministrator_ComparesACandidate_PutsItInService_AndRollsBack()
    {
        await using var chromium = await Chromium.StartAsync();
        await using var world = await PortalWorld.StartAsync();
        await world.AddUserAsync("tess", PortalRoles.Reader | PortalRoles.ModelAdministrator);
        var candidate = await world.AddCandidateAsync();
        var page = await chromium.OpenAsync(world.Url, height: 1000);
        await Chromium.SignInAsync(page, "tess");
        await page.GotoAsync("/admin/models");
        await Assertions.Expect(page.Locator("tr", new() { HasText = "1.5.0" })).ToContainTextAsync("Waits for a decision");
        await Chromium.ShootAsync(page, "admin-models");
        await page.GetByText("as-lvh 1.5.0").ClickAsync();
        await Assertions.Expect(page.GetByText("AS: AUROC 0.951 against 0.940")).ToBeVisibleAsync();
        // Each chart has a line of this model and one of the model in service.
        await Assertions.Expect(page.Locator("figure.chart")).ToHaveCountAsync(2);
        await Assertions.Expect(page.Locator("figure.chart").First.Locator("polyline")).ToHaveCountAsync(2);
        await Assertions.Expect(page.Locator("figure.chart").Last.Locator("polyline")).ToHaveCountAsync(2);
        await Chromium.ShootAsync(page, "admin-model");
        await page.GetByLabel("Why it goes into service").FillAsync("better at AS " + TestSite.HostileWords);
        await page.GetByRole(AriaRole.Button, new() { Name = "Put in service" }).ClickAsync();
        await Assertions.Expect(page.Locator("h1")).ToContainTextAsync("In service");
        Assert.Equal(candidate.Id, (await world.Service<ModelStore>().FindInServiceAsync("as-lvh", default))!.Id);

        await page.GotoAsync("/admin/models");
        await Assertions.Expect(page.Locator("tr", new() { HasText = "1.5.0" })).ToContainTextAsync(TestSite.HostileWords);
        await page.Locator("summary", new() { HasText = "Roll back" }).ClickAsync();
        await page.GetByLabel("Why, for whoever asks later").FillAsync("it says otherwise on Tuesdays");
        await page.GetByRole(AriaRole.Button, new() { Name = "Roll back" }).ClickAsync();
        await Assertions.Expect(page.Locator("tr", new() { HasText = "1.4.0" })).ToContainTextAsync("In service");
        Assert.Equal("1.4.0", (await world.Service<ModelStore>().FindInServiceAsync("as-lvh", default))!.Version);
        Assert.Empty(chromium.Errors);
    }

    [Fact]
    public async Task Administrator_MakesAUser_AndAToken_AndReadsTheTrail()
    {
        await using var chromium = await Chromium.StartAsync();
        await using var world = await PortalWorld.StartAsync();
        await world.AddUserAsync("chief", PortalRoles.Administrator);
        var page = await chromium.OpenAsync(world.Url);
        await Chromium.SignInAsync(page, "chief");
        await page.GotoAsync("/admin/users");
        await page.Locator("summary", new() { HasText = "Add a user" }).ClickAsync();
        await page.GetByLabel("Name").FillAsync(TestSite.HostileWords);
        await page.GetByLabel("reader").First.CheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Assertions.Expect(page.Locator(".secret")).ToContainTextAsync("/enter/");
        await Assertions.Expect(page.Locator("tr", new() { HasText = TestSite.HostileWords })).ToContainTextAsync("has no password yet");
        await Chromium.ShootAsync(page, "admin-users");

        await page.Locator("summary", new() { HasText = "Make a token" }).ClickAsync();
        await page.GetByLabel("What it is for").FillAsync("ris");
        await page.GetByLabel("Whose it is").SelectOptionAsync("chief");
        await page.GetByRole(AriaRole.Button, new() { Name = "Make it" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("a role is missing");
        await page.Locator("summary", new() { HasText = "Make a token" }).ClickAsync();
        await page.GetByLabel("What it is for").FillAsync("ris");
        await page.GetByLabel("Whose it is").SelectOptionAsync("chief");
        await page.GetByLabel("administrator", new() { Exact = true }).Last.CheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Make it" }).ClickAsync();
        await Assertions.Expect(page.Locator(".secret")).ToContainTextAsync(ApiTokenStore.Prefix);
        await page.Locator("tr", new() { HasText = "ris" }).GetByRole(AriaRole.Button, new() { Name = "Revoke" }).ClickAsync();
        await Assertions.Expect(page.Locator("tr", new() { HasText = "ris" })).ToContainTextAsync("revoked");

        await page.GotoAsync("/admin/audit");
        await Assertions.Expect(page.GetByText("API token revoked")).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByText(TestSite.HostileWords).First).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Verify" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("whole");
        await Chromium.ShootAsync(page, "admin-audit");
        Assert.Empty(chromium.Errors);
    }

    private static string Figures(int step) => $$"""{"step":{{step}},"steps":1500,"contrast":{{3.6 - step / 500.0}},"order":{{3.2 - step / 600.0}},"orderAccuracy":0.31,"clipsPerSecond":41.5,"waitShare":0.01,"left":"00:12:30"}""";

    private static Task<string> StateAsync(PortalWorld world) => world.Database.ReadAsync(session => session.ScalarAsync<string>("SELECT state FROM delivery WHERE state NOT IN ('Confirmed')"), default);
}
