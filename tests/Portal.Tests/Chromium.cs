using EchoClr.Testing;
using Microsoft.Playwright;

namespace EchoClr.Portal.Tests;

/// <summary>Debian's Chromium, driven by Playwright. Whatever a page says on its console as an error is remembered.</summary>
internal sealed class Chromium : IAsyncDisposable
{
    private const string Program = "/usr/bin/chromium";
    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;

    private Chromium(IPlaywright playwright, IBrowser browser) => (_playwright, _browser) = (playwright, browser);

    public List<string> Errors { get; } = [];

    public static async Task<Chromium> StartAsync()
    {
        Assert.SkipUnless(File.Exists(Program), "Debian's chromium is not installed");
        Assertions.SetDefaultExpectTimeout(60_000); // a busy machine
        var playwright = await Playwright.CreateAsync();
        return new Chromium(playwright, await playwright.Chromium.LaunchAsync(new() { ExecutablePath = Program, Args = ["--no-sandbox"] }));
    }

    public async Task<IPage> OpenAsync(string url, int width = 1280, int height = 800)
    {
        var page = await _browser.NewPageAsync(new() { BaseURL = url, ViewportSize = new() { Width = width, Height = height } });
        page.SetDefaultTimeout(60_000); // a busy machine
        page.Console += (_, message) => { if (message.Type == "error") lock (Errors) Errors.Add(message.Text); };
        page.PageError += (_, error) => { lock (Errors) Errors.Add(error); };
        return page;
    }

    /// <summary>Keeps a picture for a person to look at: beside the test's program.</summary>
    public static Task ShootAsync(IPage page, string name) =>
        page.ScreenshotAsync(new() { Path = Path.Combine(RealData.RepositoryRoot, "artifacts", "tests", "portal", $"{name}.png"), FullPage = true });

    public static async Task SignInAsync(IPage page, string name, string password = PortalWorld.Password)
    {
        await page.GotoAsync("/");
        await page.GetByLabel("Name").FillAsync(name);
        await page.GetByLabel("Password").FillAsync(password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }
}
