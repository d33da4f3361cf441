using EchoClr.Shared.Data;
using Microsoft.Playwright;

namespace EchoClr.Portal.Tests;

/// <summary>A study as a reader reads it, in Debian's Chromium.</summary>
public sealed class StudyInChromiumTests
{
    [Fact]
    public async Task Reader_PlaysTheCine_LaysTheSaliencyOver_AndAnswers()
    {
        await using var chromium = await Chromium.StartAsync();
        await using var world = await PortalWorld.StartAsync();
        await world.AddUserAsync("anna");
        var page = await chromium.OpenAsync(world.Url, height: 1000);
        await Chromium.SignInAsync(page, "anna");
        await page.GetByText("Berger, Anna").ClickAsync();

        // It opens at the key frame; each frame has the decoder's pixels, and its own.
        await Assertions.Expect(page.Locator("#screen")).ToHaveAttributeAsync("data-frame", "7");
        var key = await PixelsAsync(page);
        AssertLike(6, key);
        await page.Keyboard.PressAsync("ArrowRight");
        await Assertions.Expect(page.Locator("#screen")).ToHaveAttributeAsync("data-frame", "8");
        await Assertions.Expect(page.Locator("#where")).ToHaveTextAsync("8 / 24 · 290 ms"); // by the header's vector, not by an even pace
        var next = await PixelsAsync(page);
        AssertLike(7, next);
        Assert.NotEqual(key, next);

        await page.GetByLabel("Saliency").SelectOptionAsync(new SelectOptionValue { Label = "Severe aortic stenosis" });
        await Assertions.Expect(page.Locator("#screen")).ToHaveAttributeAsync("data-overlay", "on");
        Assert.NotEqual(next, await PixelsAsync(page));
        await page.GetByText("Report").First.ClickAsync();
        await Assertions.Expect(page.GetByText("87.0 %", new() { Exact = true })).ToBeVisibleAsync();
        await Chromium.ShootAsync(page, "study");

        await page.GetByRole(AriaRole.Button, new() { Name = "Play or pause" }).ClickAsync();
        await page.WaitForFunctionAsync("seen => document.getElementById('screen').dataset.frame !== seen", "8");
        await page.WaitForFunctionAsync("seen => document.getElementById('screen').dataset.frame === seen", "8"); // round and round
        await page.GetByRole(AriaRole.Button, new() { Name = "Play or pause" }).ClickAsync();

        await page.GetByRole(AriaRole.Button, new() { Name = "Agree: present", Exact = true }).ClickAsync();
        await Assertions.Expect(page.GetByText("Your answer: present, the AI's was on your screen")).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("5"); // LVH absent
        await Assertions.Expect(page.GetByText("Your answer: absent")).ToBeVisibleAsync();
        Assert.Equal([("AS", "Present", "anna", true, "portal"), ("LVH", "Absent", "anna", true, "portal")], await LabelsAsync(world));
        Assert.Empty(chromium.Errors);
    }

    [Fact]
    public async Task BlindReader_SeesTheAiAfterAnsweringOnly_AndTheLabelsSaySo()
    {
        await using var chromium = await Chromium.StartAsync();
        await using var world = await PortalWorld.StartAsync();
        var anna = await world.AddUserAsync("anna");
        await world.Service<UserStore>().SetBlindAsync(anna.Id, true, default);
        var page = await chromium.OpenAsync(world.Url, height: 1000);
        await Chromium.SignInAsync(page, "anna");
        await page.GotoAsync($"/studies/{PortalWorld.Study}");
        await Assertions.Expect(page.Locator("#screen")).ToHaveAttributeAsync("data-frame", "1");
        foreach (var secret in (string[])["87.0", "key frame", "Content tree", "sopInstanceUid"])
            Assert.DoesNotContain(secret, await page.ContentAsync(), StringComparison.OrdinalIgnoreCase);
        var saliency = await world.Database.ReadAsync(session => session.ScalarAsync<string>("SELECT sop_instance_uid FROM result_object WHERE kind = 'SaliencyCine'"), default);
        Assert.Equal(404, (await page.APIRequest.GetAsync($"{world.Url}/studies/{PortalWorld.Study}/cines/{saliency}")).Status);
        await Chromium.ShootAsync(page, "study-blind");

        await page.Keyboard.PressAsync("1");
        await Assertions.Expect(page.GetByText("Your answer: present, given blind")).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("6");
        await Assertions.Expect(page.Locator("#findings")).ToContainTextAsync("Severe AS present, 87.0 %");
        await page.Keyboard.PressAsync("2"); // a change of mind, now that the AI is seen
        await Assertions.Expect(page.GetByText("Your answer: absent, the AI's was on your screen")).ToBeVisibleAsync();
        Assert.Equal([("AS", "Present", "anna", false, "portal"), ("LVH", "Unsure", "anna", false, "portal"), ("AS", "Absent", "anna", true, "portal")], await LabelsAsync(world));
    }

    [Fact]
    public async Task Withdrawal_IsTheAdministratorsOnly_AndShows()
    {
        await using var chromium = await Chromium.StartAsync();
        await using var world = await PortalWorld.StartAsync();
        await world.AddUserAsync("reader");
        await world.AddUserAsync("chief", PortalRoles.Reader | PortalRoles.Administrator);
        var page = await chromium.OpenAsync(world.Url, width: 400);
        await Chromium.SignInAsync(page, "reader");
        await page.GotoAsync($"/studies/{PortalWorld.Study}");
        await Assertions.Expect(page.GetByText("What happened, and the evidence")).ToBeVisibleAsync();
        Assert.Equal(0, await page.GetByText("Withdraw the report").CountAsync());
        Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= window.innerWidth"), "the page is wider than the screen");
        await Chromium.ShootAsync(page, "study-narrow");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();

        await Chromium.SignInAsync(page, "chief");
        await page.GotoAsync($"/studies/{PortalWorld.Study}");
        await page.GetByLabel("Why, for everybody who reads it").FillAsync("wrong patient");
        await page.GetByRole(AriaRole.Button, new() { Name = "Withdraw" }).ClickAsync();
        await Assertions.Expect(page.GetByText("Report withdrawn by chief")).ToBeVisibleAsync();
        Assert.Empty(chromium.Errors);
    }

    private static async Task<List<(string, string, string, bool, string)>> LabelsAsync(PortalWorld world) =>
        [.. (await world.Service<LabelStore>().ListAsync(default)).Select(label => (label.Name, label.Value, label.Reader, label.SawAi, label.Source))];

    /// <summary>The canvas's red, row by row.</summary>
    private static Task<int[]> PixelsAsync(IPage page) => page.EvaluateAsync<int[]>(
        "() => { const c = document.getElementById('screen'); return [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data].filter((_, i) => i % 4 === 0 && Math.floor(i / 4) % 7 === 0); }");

    /// <summary>The frame as it was drawn, but for what JPEG at quality 90 changes.</summary>
    private static void AssertLike(int frame, int[] shown)
    {
        var drawn = Enumerable.Range(0, TestCine.Rows * TestCine.Columns).Where(i => i % 7 == 0).Select(i => (int)TestCine.Pixel(frame, i % TestCine.Columns, i / TestCine.Columns)).ToArray();
        Assert.Equal(drawn.Length, shown.Length);
        Assert.InRange(drawn.Zip(shown, (a, b) => Math.Abs(a - b)).Average(), 0, 5);
        var other = Enumerable.Range(0, TestCine.Rows * TestCine.Columns).Where(i => i % 7 == 0).Select(i => (int)TestCine.Pixel(frame + 3, i % TestCine.Columns, i / TestCine.Columns)).ToArray();
        Assert.True(other.Zip(shown, (a, b) => Math.Abs(a - b)).Average() > 5, "every frame looks alike: the comparison proves nothing");
    }
}
