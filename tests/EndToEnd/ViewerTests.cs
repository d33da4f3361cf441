using EchoClr.App;
using EchoClr.App.Demo;
using EchoClr.Dicom.Net.Client;
using EchoClr.Inference.Tests.World;
using EchoClr.Testing;
using Microsoft.Playwright;

namespace EchoClr.EndToEnd;

/// <summary>The OHIF viewer as its makers build it, in Debian's Chromium, on what a whole demonstration received and wrote.</summary>
public sealed class ViewerTests : IDisposable
{
    private const string Chromium = "/usr/bin/chromium";

    /// <summary>Each step of the viewer; WebGL by the processor on a busy machine is slow.</summary>
    private const int Patience = 180_000;

    // The first picture left of the words FPS is the player's button.
    private const string PlayButton = """
        () => {
            let element = [...document.querySelectorAll('*')].filter(one => one.textContent.trim() === 'FPS').pop();
            while (element.querySelectorAll('svg').length < 3) element = element.parentElement;
            const place = element.querySelector('svg').getBoundingClientRect();
            return [place.x + place.width / 2, place.y + place.height / 2];
        }
        """;

    private const string FrameShown = """() => (document.body.innerText.match(/\((\d+)\/\d+\)/) || [])[1]""";

    private readonly string folder = Directory.CreateTempSubdirectory("echoclr-viewer-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    [Trait("Suite", "long")]
    public async Task Viewer_OpensTheStudy_PlaysItsCine_AndShowsRegionProbabilityAndSiteOfOurReport()
    {
        DebianPackage.RequireOrthanc();
        Assert.SkipUnless(File.Exists(Chromium), "Debian's chromium is not installed");
        var viewer = Path.Combine(RealData.RepositoryRoot, "artifacts", "viewer", "node_modules", "@ohif", "app", "dist");
        Assert.SkipUnless(Directory.Exists(viewer), "the OHIF viewer is not here; ./echoclr test --suite long fetches it by npm");
        var terminal = new Terminal(TextWriter.Null, TextWriter.Null, interactive: false);
        var (files, truths) = await DemoStudies.EnsureAsync(terminal, Path.Combine(RealData.RepositoryRoot, "artifacts", "tests", "demo-studies"), 2, TestContext.Current.CancellationToken);
        var study = DemoStudy.Group(files, truths, leftOut => Assert.Fail(leftOut))[0];
        await using var demo = await DemoRun.StartAsync(
            new DemoOptions { Folder = folder, ViewerFolder = viewer, Settings = [$"Inference:Models:Directory={TestModels.Write(Path.Combine(folder, "models"))}"] }, terminal, TestContext.Current.CancellationToken);
        Assert.True(Assert.Single(await demo.ProcessAsync([study], new DicomClient(new DicomClientOptions(), TimeProvider.System), TestContext.Current.CancellationToken)).Good);

        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = Chromium, Args = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"] });
        var context = await browser.NewContextAsync(new() { ViewportSize = new() { Width = 1400, Height = 900 } });
        context.SetDefaultTimeout(Patience);
        var errors = new List<string>();
        context.Console += (_, message) => { if (message.Type == "error") lock (errors) errors.Add(message.Text); };
        var portal = await context.NewPageAsync();
        await portal.GotoAsync(demo.SignInUrl);
        await portal.GotoAsync($"{demo.PortalUrl}/studies/{study.StudyInstanceUid}");
        var page = await context.RunAndWaitForPageAsync(() => portal.GetByText("Open in the OHIF viewer").ClickAsync());

        await page.GetByText("Confirm and hide").ClickAsync();
        await page.WaitForFunctionAsync(FrameShown, null, new() { Timeout = Patience });
        var button = await page.EvaluateAsync<float[]>(PlayButton);
        var before = await page.EvaluateAsync<string>(FrameShown);
        await page.Mouse.ClickAsync(button[0], button[1]);
        await page.WaitForFunctionAsync($"seen => ({FrameShown})() !== seen", before, new() { Timeout = Patience });
        await ShootAsync(page, "cine");
        await page.Mouse.ClickAsync(button[0], button[1]); // a cine that plays may swallow the double click

        await page.GetByText("EchoCLR AI findings").First.DblClickAsync();
        // The viewer (3.13.2) often does not draw its picture again once it has the report, and then shows no region until
        // something else makes it draw: the next frame and back.
        await page.Mouse.MoveAsync(900, 500);
        await Eventually.IsTrueAsync(async () =>
        {
            await page.Mouse.WheelAsync(0, 100);
            await page.WaitForTimeoutAsync(1_000);
            await page.Mouse.WheelAsync(0, -100);
            await page.WaitForTimeoutAsync(2_000);
            return await page.GetByText("Probability:").CountAsync() > 0;
        }, "the viewer draws the report's regions");
        await ShootAsync(page, "report");
        await page.GetByText("Aortic Valve").First.WaitForAsync();
        await page.GetByText("Left Ventricle").First.WaitForAsync();
        Assert.Equal(2, await page.Locator("svg.svg-layer ellipse").CountAsync()); // one for each finding
        Assert.Empty(errors); // nor did its policy keep anything from it
    }

    /// <summary>For a person to look at.</summary>
    private static async Task ShootAsync(IPage page, string name) => await page.ScreenshotAsync(new() { Path = Path.Combine(RealData.RepositoryRoot, "artifacts", "tests", "viewer", $"{name}.png") });
}
