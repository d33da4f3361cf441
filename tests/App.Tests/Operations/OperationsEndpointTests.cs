using System.Net;
using System.Text.Json;
using EchoClr.App.Configuration;
using EchoClr.App.Hosting;
using EchoClr.App.Operations;
using EchoClr.Dicom;
using EchoClr.Dicom.Net.Client;
using EchoClr.Dicom.Ports;
using EchoClr.Ingest.Listener;
using EchoClr.Shared.Data;
using EchoClr.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace EchoClr.App.Tests.Operations;

/// <summary>What a monitoring system reads of a role. Meters are of the whole process, so no other host may run in it meanwhile.</summary>
[Collection("hosts")]
public sealed class OperationsEndpointTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly DicomClient _client = new(new DicomClientOptions(), TimeProvider.System);

    public void Dispose()
    {
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        _folder.Dispose();
    }

    [Fact]
    public async Task Ingest_HealthReadinessAndMetrics_OfWhatItTookAndRefused()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        using var host = await StartAsync(Roles.Ingest, cancellationToken);
        using var web = new HttpClient { BaseAddress = host.Services.GetRequiredService<OperationsEndpoint>().Url };
        Assert.Equal("alive", await web.GetStringAsync("/health", cancellationToken));
        await Eventually.IsTrueAsync(async () => (await web.GetAsync("/ready", cancellationToken)).StatusCode == HttpStatusCode.OK, "the role is ready");
        var ready = JsonDocument.Parse(await web.GetStringAsync("/ready", cancellationToken)).RootElement;
        Assert.Equal("Healthy", ready.GetProperty("checks").GetProperty("database").GetString());
        Assert.Equal("running", ready.GetProperty("phase").GetString());

        var file = Path.Combine(_folder.Path, "one.dcm");
        var dataset = new DicomDataset().Set(DicomTags.SOPClassUID, SopClasses.UltrasoundImageStorage).Set(DicomTags.SOPInstanceUID, "2.25.77").Set(DicomTags.StudyInstanceUID, "2.25.78")
            .Set(DicomTags.SeriesInstanceUID, "2.25.79").Set(DicomTags.PatientName, "Meier^Anna").Set(DicomTags.PatientID, "MRN-4711");
        new DicomFile(dataset, TransferSyntax.ExplicitVRLittleEndian).Write(file);
        new DicomFile(dataset.Set(DicomTags.StudyInstanceUID, "not a UID").Set(DicomTags.SOPInstanceUID, "2.25.80"), TransferSyntax.ExplicitVRLittleEndian).Write(file + ".bad");
        var port = host.Services.GetRequiredService<DicomListener>().LocalEndPoint.Port;
        Assert.True(Assert.Single(await _client.StoreAsync(new DicomPeer("ECHOCLR", "127.0.0.1", port, "CART-OPS"), [file], null, cancellationToken)).Stored);
        Assert.False(Assert.Single(await _client.StoreAsync(new DicomPeer("ECHOCLR", "127.0.0.1", port, "CART-OPS"), [file + ".bad"], null, cancellationToken)).Stored);
        await Assert.ThrowsAsync<DicomNetworkException>(() => _client.EchoAsync(new DicomPeer("ECHOCLR", "127.0.0.1", port, "STRANGER-OPS"), cancellationToken));
        await host.Services.GetServices<IHostedService>().OfType<Gauges>().Single().RunOnceAsync(cancellationToken);

        string metrics = "";
        await Eventually.IsTrueAsync(async () => (metrics = await web.GetStringAsync("/metrics", cancellationToken)).Contains("calling AE title not recognized", StringComparison.Ordinal), "the refusal is counted");
        Assert.Equal("1", Value(metrics, "echoclr_receive_duration_seconds_count", "sender=\"CART-OPS\"", "status=\"0000H\""));
        Assert.Equal("1", Value(metrics, "echoclr_receive_duration_seconds_count", "sender=\"CART-OPS\"", "status=\"C002H\""));
        Assert.Equal("1", Value(metrics, "echoclr_refusals_total", "kind=\"object\"", "sender=\"CART-OPS\"", "reason=\"C002H\""));
        Assert.NotNull(Value(metrics, "echoclr_refusals_total", "kind=\"association\"", "sender=\"(unlisted)\"", "reason=\"calling AE title not recognized\""));
        Assert.Equal(new FileInfo(file).Length, long.Parse(Value(metrics, "echoclr_receive_size_bytes_total", "sender=\"CART-OPS\"")!), 1024.0); // without preamble and meta information
        Assert.Equal("1", Value(metrics, "echoclr_backlog", "stage=\"receiving\""));
        Assert.Equal("0", Value(metrics, "echoclr_backlog", "stage=\"analysis\""));
        Assert.Equal("1", Value(metrics, "echoclr_database_up"));
        Assert.Equal("50", Value(metrics, "echoclr_association_slots", "state=\"all\""));
        Assert.NotEqual("0", Value(metrics, "echoclr_disk_free_bytes"));
        foreach (var secret in (string[])["Meier", "MRN-4711", "2.25.7", "STRANGER-OPS"])
            Assert.DoesNotContain(secret, metrics, StringComparison.Ordinal);
        await host.StopAsync(cancellationToken);
        await Assert.ThrowsAsync<HttpRequestException>(() => web.GetAsync("/health", cancellationToken));
    }

    [Fact]
    public async Task InferenceWithoutModels_IsAliveButNotReady()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        using var host = await StartAsync(Roles.Inference, cancellationToken, $"Inference:Models:Directory={Path.Combine(_folder.Path, "none")}");
        using var web = new HttpClient { BaseAddress = host.Services.GetRequiredService<OperationsEndpoint>().Url };
        Assert.Equal("alive", await web.GetStringAsync("/health", cancellationToken));
        await Eventually.IsTrueAsync(async () => JsonDocument.Parse(await (await web.GetAsync("/ready", cancellationToken)).Content.ReadAsStringAsync(cancellationToken)).RootElement
            .GetProperty("missing").EnumerateArray().Select(name => name.GetString()).SequenceEqual(["models"]), "only the models are missing");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await web.GetAsync("/ready", cancellationToken)).StatusCode);
        await host.StopAsync(cancellationToken);
    }

    [Fact]
    public async Task DatabaseCheck_NoDatabase_IsUnhealthy()
    {
        var database = new Database(new DataOptions { ConnectionString = "Data Source=/nonexistent/echoclr.db" });
        var result = await new DatabaseCheck(new HealthStore(database)).CheckHealthAsync(new HealthCheckContext(), TestContext.Current.CancellationToken);
        Assert.Equal((HealthStatus.Unhealthy, null), (result.Status, result.Description)); // the exception's words are for the log
    }

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("::1", true)]
    [InlineData("::ffff:10.1.2.3", true)]
    [InlineData("10.2.0.1", false)]
    [InlineData("192.0.2.7", true)]
    [InlineData("192.0.2.8", false)]
    public void Readers_AreThisMachineAndWhoIsListed(string caller, bool allowed) =>
        Assert.Equal(allowed, new OperationsOptions { Readers = { "10.1.0.0/16", "192.0.2.7" } }.MayRead(IPAddress.Parse(caller)));

    [Theory]
    [InlineData("Operations:Address", "localhost")]
    [InlineData("Operations:Port", "70000")]
    [InlineData("Operations:Readers:0", "prometheus")]
    [InlineData("Operations:OtlpEndpoint", "collector:4317")]
    [InlineData("Operations:GaugeInterval", "00:00:00")]
    public async Task SettingsThatCannotWork_AreRefusedByName(string key, string value)
    {
        var refusal = await Assert.ThrowsAsync<ArgumentException>(() => StartAsync(Roles.Ingest, TestContext.Current.CancellationToken, $"{key}={value}"));
        Assert.Contains(key.Split(":0")[0], refusal.Message, StringComparison.Ordinal);
    }

    private async Task<IHost> StartAsync(Roles roles, CancellationToken cancellationToken, params string[] settings)
    {
        var configuration = GlobalOptions.Load(null, Path.Combine(_folder.Path, "data"),
        [
            "Operations:Port=0", "Ingest:Listener:Address=127.0.0.1", "Ingest:Listener:Port=0", "Ingest:Listener:Senders:0:AeTitle=CART-OPS", "Ingest:Listener:Senders:0:Address=127.0.0.1", .. settings,
        ]);
        var host = await EchoClrHost.BuildAsync(configuration, roles, _ => { }, cancellationToken);
        await host.StartAsync(cancellationToken);
        return host;
    }

    /// <summary>The value of the line of this name that has all these labels; null where there is none.</summary>
    private static string? Value(string metrics, string name, params string[] labels) =>
        metrics.Split('\n').FirstOrDefault(line => line.Split('{', ' ')[0] == name && labels.All(label => line.Contains(label, StringComparison.Ordinal))) is { } line
            ? line[(line.LastIndexOf('}') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[line.Contains('}', StringComparison.Ordinal) ? 0 : 1] : null;
}
