using System.Diagnostics;
using System.Text.Json;
using EchoClr.Testing;
using Microsoft.Playwright;

namespace EchoClr.Portal.Tests;

/// <summary>axe-core, from npm by the lock file beside this: barriers in a page for people who do not see, or do not use a mouse.</summary>
internal sealed class Axe
{
    private readonly string _source;

    private Axe(string source) => _source = source;

    /// <summary>Skips the calling test, with the reason, where npm does not give it.</summary>
    public static async Task<Axe> LoadAsync()
    {
        var folder = Directory.CreateDirectory(Path.Combine(RealData.RepositoryRoot, "artifacts", "tests", "npm")).FullName;
        var script = Path.Combine(folder, "node_modules", "axe-core", "axe.min.js");
        if (!File.Exists(script))
        {
            Assert.SkipUnless(File.Exists("/usr/bin/npm"), "npm is not installed here");
            foreach (var file in (string[])["package.json", "package-lock.json"])
                File.Copy(Path.Combine(RealData.RepositoryRoot, "tests", "Portal.Tests", "npm", file), Path.Combine(folder, file), overwrite: true);
            using var npm = Process.Start(new ProcessStartInfo("/usr/bin/npm", ["ci", "--ignore-scripts"]) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true })!;
            var said = Task.WhenAll(npm.StandardOutput.ReadToEndAsync(), npm.StandardError.ReadToEndAsync());
            await npm.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.SkipUnless(npm.ExitCode == 0, $"npm does not give axe-core here: {string.Join(' ', await said)}");
        }
        return new Axe(await File.ReadAllTextAsync(script));
    }

    /// <summary>Serious and critical findings, one line each: rule, how many, the first place.</summary>
    public async Task<IReadOnlyList<string>> FindAsync(IPage page)
    {
        await page.EvaluateAsync(_source); // past the page's own policy, which lets no foreign script in
        var found = await page.EvaluateAsync<JsonElement>("axe.run().then(r => r.violations.map(v => ({ id: v.id, impact: v.impact, help: v.help, nodes: v.nodes.length, first: v.nodes[0].html })))");
        return [.. from violation in found.EnumerateArray()
                   where violation.GetProperty("impact").GetString() is "serious" or "critical"
                   select $"{violation.GetProperty("id")}: {violation.GetProperty("help")}, {violation.GetProperty("nodes")} times, first {violation.GetProperty("first")}"];
    }
}
