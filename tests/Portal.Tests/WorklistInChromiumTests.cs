using EchoClr.Portal.Access;
using Microsoft.Playwright;

namespace EchoClr.Portal.Tests;

/// <summary>The worklist as a reader meets it, in Debian's Chromium.</summary>
public sealed class WorklistInChromiumTests
{
    [Fact]
    public async Task Reader_SignsIn_FindsAStudy_SeesANewOneArrive_AndOpensOneByTheKeyboard()
    {
        await using var chromium = await Chromium.StartAsync();
        await using var world = await PortalWorld.StartAsync();
        await world.AddUserAsync("anna");
        var page = await chromium.OpenAsync(world.Url);
        await page.GotoAsync("/");
        await Chromium.ShootAsync(page, "sign-in");
        await Chromium.SignInAsync(page, "Anna");

        // Positive AS first, markup is text, the state stands in words.
        await Assertions.Expect(page.Locator("#list tbody tr").First).ToContainTextAsync("Fernández de la Vega");
        await Assertions.Expect(page.GetByText("<script>alert(1)</script>")).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator("tr", new() { HasText = "Berger" })).ToContainTextAsync("Severe AS present, 87.0 %");
        await Assertions.Expect(page.Locator("tr", new() { HasText = "Moreau" })).ToContainTextAsync("no parasternal long-axis cine was found");
        await Chromium.ShootAsync(page, "worklist");

        // Live: what arrives is there without a reload.
        await world.ArriveAsync("late");
        await Assertions.Expect(page.GetByText("Late, Lena")).ToBeVisibleAsync();

        await page.Keyboard.PressAsync("/");
        await page.Keyboard.TypeAsync("okaf");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator("#list tbody tr")).ToHaveCountAsync(1);
        Assert.DoesNotContain("okaf", page.Url, StringComparison.OrdinalIgnoreCase); // addresses end in proxies' logs
        await page.GetByText("Clear").ClickAsync();
        await page.GetByLabel("State").SelectOptionAsync("person");
        await Assertions.Expect(page.Locator("#list tbody tr")).ToHaveCountAsync(1);
        await page.GotoAsync("/");
        await page.Keyboard.PressAsync("j");
        await page.Keyboard.PressAsync("j");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForURLAsync("**/studies/*");
        Assert.Empty(chromium.Errors);
    }

    [Fact]
    public async Task Reader_KeepsAView_ComesBackToIt_AndForgetsIt()
    {
        await using var chromium = await Chromium.StartAsync();
        await using var world = await PortalWorld.StartAsync();
        await world.AddUserAsync("anna");
        await world.AddUserAsync("ben");
        var page = await chromium.OpenAsync(world.Url);
        await Chromium.SignInAsync(page, "anna");
        await page.GetByLabel("State").SelectOptionAsync("person");
        await Assertions.Expect(page.Locator("#list tbody tr")).ToHaveCountAsync(1);
        await page.GetByText("Keep this view").ClickAsync();
        await page.GetByLabel("Its name").FillAsync("mine <b>today</b>");
        await page.GetByRole(AriaRole.Button, new() { Name = "Keep" }).ClickAsync();
        await page.GetByText("Clear").ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "mine <b>today</b>" }).ClickAsync();
        await Assertions.Expect(page.Locator("#list tbody tr")).ToHaveCountAsync(1);
        await Assertions.Expect(page.GetByLabel("State")).ToHaveValueAsync("person");
        var other = await chromium.OpenAsync(world.Url);
        await Chromium.SignInAsync(other, "ben");
        await Assertions.Expect(other.GetByText("mine <b>today</b>")).ToHaveCountAsync(0);
        await page.GetByLabel("Forget the view").ClickAsync();
        await Assertions.Expect(page.GetByText("mine <b>today</b>")).ToHaveCountAsync(0);
        Assert.Empty(chromium.Errors);
    }

    [Fact]
    public async Task NarrowScreen_NeedsNoSidewaysScrolling_AndShowsTheSame()
    {
        await using var chromium = await Chromium.StartAsync();
        await using var world = await PortalWorld.StartAsync();
        await world.AddUserAsync("anna");
        var page = await chromium.OpenAsync(world.Url, width: 400);
        await Chromium.SignInAsync(page, "anna");
        await Assertions.Expect(page.GetByText("Severe AS present, 87.0 %")).ToBeVisibleAsync();
        Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= window.innerWidth"), "the page is wider than the screen");
        await Chromium.ShootAsync(page, "worklist-narrow");
        Assert.Empty(chromium.Errors);
    }

    [Fact]
    public async Task LockOut_KeepsOutTheRightPasswordToo_AndTheFirstLinkLetsIn()
    {
        await using var chromium = await Chromium.StartAsync();
        await using var world = await PortalWorld.StartAsync();
        var link = (await world.Service<SignInLinks>().ForFirstUserAsync(default))!;
        await world.AddUserAsync("anna");
        var page = await chromium.OpenAsync(world.Url);
        for (var i = 0; i < 5; i++)
            await Chromium.SignInAsync(page, "anna", "wrong");
        await Chromium.SignInAsync(page, "anna");
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("for 15 minutes");

        await page.GotoAsync(new Uri(link).AbsolutePath);
        await page.GetByLabel("New password").FillAsync("five words are long enough");
        await page.GetByLabel("Once more").FillAsync("five words are long enough");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save and sign in" }).ClickAsync();
        await Assertions.Expect(page.GetByText("Berger, Anna")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task BlindReader_SeesNoFinding_AndNoOrderThatTellsOne()
    {
        await using var chromium = await Chromium.StartAsync();
        await using var world = await PortalWorld.StartAsync();
        await world.AddUserAsync("anna");
        var page = await chromium.OpenAsync(world.Url);
        await Chromium.SignInAsync(page, "anna");
        await page.GotoAsync("/me");
        await page.GetByRole(AriaRole.Button, new() { Name = "Turn blind reading on" }).ClickAsync();
        await page.GotoAsync("/?finding=as");
        await Assertions.Expect(page.Locator("#list tbody tr")).ToHaveCountAsync(11);
        await Assertions.Expect(page.Locator("#list tbody tr").First).ToContainTextAsync("Rossi");
        Assert.DoesNotContain("present", await page.Locator("#list").InnerTextAsync(), StringComparison.Ordinal);
        await Chromium.ShootAsync(page, "worklist-blind");
    }
}
