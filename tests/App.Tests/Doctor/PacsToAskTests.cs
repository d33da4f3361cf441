using EchoClr.App.Doctor;
using EchoClr.Dicom.Net.Client;
using EchoClr.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;

namespace EchoClr.App.Tests.Doctor;

/// <summary>The doctor tries the PACS that are asked about studies.</summary>
public sealed class PacsToAskTests
{
    [Fact]
    public async Task PacsThatAnswers_AndIsToSendWithoutBeingASender_IsDoubtful()
    {
        await using var dcmqrscp = await DcmqrscpProcess.StartAsync();
        var findings = await ExamineAsync(("Pacs:0:AeTitle", DcmqrscpProcess.AeTitle), ("Pacs:0:Host", "127.0.0.1"), ("Pacs:0:Port", $"{dcmqrscp.Port}"), ("Pacs:0:FetchMissing", "true"));
        Assert.Equal([Health.Good, Health.Doubtful], findings.Select(finding => finding.Health));
        Assert.Contains("not among Ingest:Listener:Senders", findings[1].ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task PacsThatIsAway_IsBad()
    {
        var finding = Assert.Single(await ExamineAsync(("Pacs:0:AeTitle", "PACS"), ("Pacs:0:Host", "127.0.0.1"), ("Pacs:0:Port", $"{RunningTool.FreePort()}")));
        Assert.Equal(Health.Bad, finding.Health);
        Assert.Contains("does not answer C-ECHO", finding.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task SettingThatCannotWork_IsNamed()
    {
        var finding = Assert.Single(await ExamineAsync(("Pacs:0:AeTitle", "PACS")));
        Assert.Contains("Pacs:0:Host must not be empty", finding.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task NoPacs_IsNothingToSay() => Assert.Empty(await ExamineAsync());

    private static async Task<List<Finding>> ExamineAsync(params (string Key, string Value)[] settings)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings.ToDictionary(setting => setting.Key, setting => (string?)setting.Value)).Build();
        using var client = new DicomClient(new DicomClientOptions(), TimeProvider.System, NullLoggerFactory.Instance);
        var findings = new List<Finding>();
        await foreach (var finding in Examination.PacsToAskAsync(configuration, client, CancellationToken.None))
            findings.Add(finding);
        return findings;
    }
}
