using System.Text.Json;
using System.Text.RegularExpressions;
using EchoClr.App.Configuration;
using EchoClr.App.Demo;
using EchoClr.App.Hosting;
using EchoClr.App.Operations;
using EchoClr.Crash.Peers;
using EchoClr.Dicom.Net.Client;
using EchoClr.Dicom.Ports;
using EchoClr.Inference.Tests.World;
using EchoClr.Shared.Data;
using EchoClr.Shared.Tracing;
using EchoClr.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace EchoClr.EndToEnd;

/// <summary>What operators see of a study on its whole way, from C-STORE to a real PACS's word that it holds the results.</summary>
public sealed partial class OperatorsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose()
    {
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        folder.Dispose();
    }

    [Fact]
    public async Task OneStudy_IsOneTrace_AndEveryMetricOfDashboardAndAlertsExists()
    {
        DebianPackage.RequireOrthanc();
        var cancellationToken = TestContext.Current.CancellationToken;
        var ports = LoopbackPorts.Free(2);
        await using var collector = await OtlpCollector.StartAsync();
        await using var pacs = await DemoPacs.StartAsync(new DemoPacsOptions(Path.Combine(folder.Path, "orthanc")) { Modalities = new Dictionary<string, (string, int)> { ["echoclr"] = ("ECHOCLR", ports[0]) } }, cancellationToken);
        var configuration = GlobalOptions.Load(null, Path.Combine(folder.Path, "data"),
        [
            "Operations:Port=0", $"Operations:OtlpEndpoint={collector.Endpoint}", $"Portal:Url=http://127.0.0.1:{ports[1]}",
            "Ingest:Listener:Address=127.0.0.1", $"Ingest:Listener:Port={ports[0]}", "Ingest:Listener:Senders:0:AeTitle=CART", "Ingest:Listener:Senders:0:Address=127.0.0.1",
            "Ingest:Listener:Senders:1:AeTitle=ORTHANC", "Ingest:Listener:Senders:1:Address=127.0.0.1", "Ingest:StudyCompletion:QuietTime=00:00:01",
            $"Inference:Models:Directory={TestModels.Write(Path.Combine(folder.Path, "models"))}",
            "Inference:Destinations:0:Name=pacs", "Inference:Destinations:0:AeTitle=ORTHANC", "Inference:Destinations:0:Host=127.0.0.1", $"Inference:Destinations:0:Port={pacs.DicomPort}",
        ]);
        using var host = await EchoClrHost.BuildAsync(configuration, Roles.All, _ => { }, cancellationToken);
        await host.StartAsync(cancellationToken);
        using var web = new HttpClient { BaseAddress = host.Services.GetRequiredService<OperationsEndpoint>().Url };
        await Eventually.IsTrueAsync(async () => (await web.GetAsync("/ready", cancellationToken)).IsSuccessStatusCode, "everything is ready");

        var client = new DicomClient(new DicomClientOptions(), TimeProvider.System);
        var files = Enumerable.Range(1, 2).Select(n => TinyStudy.Write(folder.Path, "2.25.600", $"2.25.601.{n}", n, still: false)).ToList();
        Assert.All(await client.StoreAsync(new DicomPeer("ECHOCLR", "127.0.0.1", ports[0], "CART"), files, null, cancellationToken), result => Assert.True(result.Stored, result.Error));
        await Assert.ThrowsAsync<DicomNetworkException>(() => client.EchoAsync(new DicomPeer("ECHOCLR", "127.0.0.1", ports[0], "STRANGER"), cancellationToken));
        var database = host.Services.GetRequiredService<Database>();
        await Eventually.IsTrueAsync(async () => (await host.Services.GetRequiredService<Worklist>().FindAsync("2.25.600", cancellationToken))?.State == WorklistState.Confirmed, "the PACS confirmed");

        var exposed = await web.GetStringAsync("/metrics", cancellationToken);
        foreach (var file in (string[])["grafana/echoclr.json", "prometheus/alerts.yml"])
        {
            var text = await File.ReadAllTextAsync(Path.Combine(RealData.RepositoryRoot, "infra", file), cancellationToken);
            var names = MetricName().Matches(text).Select(match => match.Value).Distinct().ToList();
            Assert.True(names.Count > 8, $"{file} names {names.Count} metrics");
            Assert.All(names, name => Assert.True(exposed.Split('\n').Any(line => line.Split('{', ' ')[0] == name), $"{file} names {name}, which nothing exposes"));
        }
        Assert.NotEmpty(JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(RealData.RepositoryRoot, "infra", "grafana", "echoclr.json"), cancellationToken)).RootElement.GetProperty("panels").EnumerateArray());
        foreach (var stage in StageName().Matches(await File.ReadAllTextAsync(Path.Combine(RealData.RepositoryRoot, "infra", "prometheus", "alerts.yml"), cancellationToken)).SelectMany(match => match.Groups[1].Value.Split('|')))
            Assert.Contains($"stage=\"{stage}\"", exposed, StringComparison.Ordinal);
        Assert.Matches("""echoclr_confirmation_duration_seconds_count\{[^}]*destination="pacs"[^}]*\} [1-9]""", exposed);

        var trace = await database.ReadAsync(session => session.ScalarAsync<string>("SELECT trace_id FROM study WHERE study_instance_uid = '2.25.600'"), cancellationToken);
        await host.StopAsync(cancellationToken);
        host.Dispose(); // the exporter's last batch
        var steps = collector.Spans.Where(span => span.TraceId == trace).Select(span => span.Name).ToHashSet();
        foreach (var step in (string[])
        [
            Steps.Receive, Steps.Keep, Steps.Commit, Steps.Complete, Steps.Publish, Steps.Analyze, Steps.RecordAnalysis, Steps.WriteReport, Steps.RecordReport, Steps.Send, Steps.RecordSent,
            Steps.RequestCommitment, Steps.ConcludeCommitment,
        ])
            Assert.Contains(step, steps);
        foreach (var secret in (string[])["Crash^Test", "CRASH-1", "2.25.600", "2.25.601"])
            Assert.DoesNotContain(collector.Bodies, body => body.Contains(secret, StringComparison.Ordinal));
    }

    [GeneratedRegex(@"\b(echoclr|dotnet)_[a-z_]+\b")]
    private static partial Regex MetricName();

    [GeneratedRegex("stage=~?\"([a-z|-]+)\"")]
    private static partial Regex StageName();
}
