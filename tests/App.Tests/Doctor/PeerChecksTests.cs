using EchoClr.App.Doctor;
using EchoClr.Dicom.Net.Client;
using EchoClr.Dicom.Ports;
using EchoClr.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;

namespace EchoClr.App.Tests.Doctor;

/// <summary>The doctor tries the PACS that get results and those that are asked about studies.</summary>
public sealed class PeerChecksTests
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

    [Theory]
    [InlineData("PACS", "Good")]
    [InlineData("OTHER", "Doubtful")]
    public async Task DestinationThatMayNotReportItsCommitment_IsDoubtful(string sender, string worst)
    {
        await using var dcmqrscp = await DcmqrscpProcess.StartAsync();
        var findings = await ExamineAsync(PeerChecks.DestinationsAsync, ("Inference:Destinations:0:Name", "pacs"), ("Inference:Destinations:0:AeTitle", DcmqrscpProcess.AeTitle), ("Inference:Destinations:0:Host", "127.0.0.1"),
            ("Inference:Destinations:0:Port", $"{dcmqrscp.Port}"), ("Ingest:Listener:Senders:0:AeTitle", sender == "PACS" ? DcmqrscpProcess.AeTitle : sender));
        Assert.Equal(worst, findings.Max(finding => finding.Health).ToString());
        Assert.Equal(worst != "Good", findings.Any(finding => finding.ToString().Contains("storage commitment reports", StringComparison.Ordinal)));
    }

    private static Task<List<Finding>> ExamineAsync(params (string Key, string Value)[] settings) => ExamineAsync(PeerChecks.PacsToAskAsync, settings);

    private static async Task<List<Finding>> ExamineAsync(Func<IConfiguration, IDicomClient, CancellationToken, IAsyncEnumerable<Finding>> check, params (string Key, string Value)[] settings)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings.ToDictionary(setting => setting.Key, setting => (string?)setting.Value)).Build();
        var client = new DicomClient(new DicomClientOptions(), TimeProvider.System);
        var findings = new List<Finding>();
        await foreach (var finding in check(configuration, client, CancellationToken.None))
            findings.Add(finding);
        return findings;
    }
}
