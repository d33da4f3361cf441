using EchoClr.App.Configuration;
using EchoClr.Testing;

namespace EchoClr.App.Tests.Configuration;

public sealed class ConfigurationReferenceTests
{
    [Fact]
    public async Task Document_IsWhatTheCommandPrints()
    {
        var printed = await RunAsync("config", "--markdown");
        var file = Path.Combine(RealData.RepositoryRoot, "docs", "configuration.md");
        Assert.True(printed.Output == await File.ReadAllTextAsync(file), "docs/configuration.md is old: ./echoclr config --markdown > docs/configuration.md");
    }

    [Fact]
    public void Settings_HaveDefaultAndReasonOfTheirClass()
    {
        var settings = ConfigurationReference.Sections.SelectMany(section => section.Settings).ToDictionary(setting => setting.Key);
        Assert.Equal("`11112`", settings["Ingest:Listener:Port"].Default);
        Assert.Contains("IANA's registered DICOM port", settings["Ingest:Listener:Port"].Meaning, StringComparison.Ordinal);
        Assert.Equal("`10737418240` (10 GiB)", settings["Capacity:ExpireBelowFreeBytes"].Default);
        Assert.Equal("`00:01:00`", settings["Ingest:Listener:IdleTimeout"].Default);
        Assert.Equal("the machine's name", settings["Inference:NodeName"].Default);
        Assert.Contains("Ingest:Listener:Senders:N:CommitmentReportTo", settings.Keys);
        Assert.Contains("Inference:Destinations:N:Tls:TrustFile", settings.Keys);
        Assert.Contains("Pacs:N:FetchMissing", settings.Keys);
        Assert.Contains("Operations:Readers:N", settings.Keys);
        // A number without a reason is a number that nobody can change with good conscience.
        Assert.DoesNotContain(settings.Values, setting => setting.Type is "whole number" or "number" or "time" && setting.Meaning.Length == 0 && !setting.Key.EndsWith(":Port", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Config_ShowsWhatIsSet_NamesMistypedKeys_AndKeepsSecrets()
    {
        using var folder = new TemporaryFolder();
        var good = await RunAsync("config", "--data", folder.Path, "--set", "Ingest:Listener:Senders:0:AeTitle=CART", "--set", "data:connectionstring=Data Source=x;Password=hush");
        Assert.Equal(0, good.ExitCode);
        Assert.Contains("CART", good.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("hush", good.Output, StringComparison.Ordinal);
        var secrets = Directory.CreateDirectory(Path.Combine(folder.Path, "secrets")).FullName;
        await File.WriteAllTextAsync(Path.Combine(secrets, "Bus__Username"), "hush");
        var hidden = await RunAsync("config", "--data", folder.Path, "--set", $"Secrets={secrets}");
        Assert.Equal(0, hidden.ExitCode);
        Assert.DoesNotContain("hush", hidden.Output, StringComparison.Ordinal);
        var mistyped = await RunAsync("config", "--data", folder.Path, "--set", "Ingest:Listner:Port=11113");
        Assert.Equal(1, mistyped.ExitCode);
        Assert.Matches(@"Ingest:Listner:Port +11113 +no such setting", mistyped.Output);
    }

    private static async Task<(int ExitCode, string Output)> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        var exitCode = await CommandLine.RunAsync(arguments, new Terminal(output, TextWriter.Null, interactive: false));
        return (exitCode, output.ToString());
    }
}
