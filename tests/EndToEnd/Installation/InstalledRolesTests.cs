using System.Globalization;
using System.Text.Json;
using EchoClr.App;
using EchoClr.App.Commands;
using EchoClr.App.Demo;
using EchoClr.Dicom.Net.Client;
using EchoClr.Dicom.Ports;
using EchoClr.Shared.Data;
using EchoClr.Testing;

namespace EchoClr.EndToEnd.Installation;

/// <summary>
/// What <c>infra/install.sh</c> installed, run as its units say: each role by its <c>ExecStart</c>, with nothing in its environment but the environment file, over RabbitMQ
/// and a real PACS. A worker is stopped as systemd stops it, in the middle of a study; nothing is lost.
/// </summary>
public sealed class InstalledRolesTests : IAsyncLifetime
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(8);

    private readonly TemporaryFolder folder = new();
    private readonly Installed installed;
    private readonly List<IAsyncDisposable> started = [];
    private readonly Terminal terminal = new(TextWriter.Null, TextWriter.Null, interactive: false);

    public InstalledRolesTests() => installed = new Installed(Path.Combine(folder.Path, "server"));

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        foreach (var one in started.AsEnumerable().Reverse())
            await one.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    [Trait("Suite", "long")]
    public async Task Units_AWorkerStoppedInTheMiddleOfAStudy_NothingIsLost()
    {
        DebianPackage.RequireOrthanc();
        DebianPackage.RequireRabbitMq();
        var cancellationToken = TestContext.Current.CancellationToken;
        await installed.InstallAsync();
        var ports = LoopbackPorts.Free(2);
        var broker = Keep(await RabbitMqBroker.StartAsync(Path.Combine(folder.Path, "rabbitmq"), cancellationToken));
        var pacs = Keep(await DemoPacs.StartAsync(new DemoPacsOptions(Path.Combine(folder.Path, "orthanc"))
        {
            Modalities = new Dictionary<string, (string, int)> { ["echoclr"] = ("ECHOCLR", ports[0]), ["cart"] = ("CART", ports[0]) },
            ForwardTo = "echoclr",
        }, cancellationToken));
        File.Copy(broker.PasswordFile, Path.Combine(installed.Etc, "secrets/rabbitmq-password"));
        WriteSettings(ports, pacs, broker);

        var client = new DicomClient(new DicomClientOptions(), TimeProvider.System);
        Start("echoclr-ingest.service");
        await Eventually.IsTrueAsync(() => File.Exists(Path.Combine(installed.Data, "echoclr.db")), "ingest has made the database");
        // Orthanc does not try again what it could not forward, so nothing is sent before the port answers.
        await Eventually.IsTrueAsync(() => AnswersAsync(client, new DicomPeer("ECHOCLR", "127.0.0.1", ports[0], "ORTHANC")), "ingest answers C-ECHO");
        Start("echoclr-portal.service");
        Start("echoclr-retraining.service");
        var stopped = Start("echoclr-inference@.service");

        var (files, truths) = await DemoStudies.EnsureAsync(terminal, Path.Combine(RealData.RepositoryRoot, "artifacts", "tests", "demo-studies"), 2, cancellationToken);
        var studies = DemoStudy.Group(files, truths, leftOut => Assert.Fail(leftOut)).Count;
        var sent = await SendCommand.SendAsync(terminal, client, new DicomPeer("ORTHANC", "127.0.0.1", pacs.DicomPort, "CART"), files, cancellationToken);
        Assert.All(sent, result => Assert.True(result.Stored, result.Error));

        await UntilAsync("the worker reads a study", "SELECT COUNT(*) FROM study_version WHERE claimed_by LIKE @Worker", new { Worker = $"%/{stopped.Id}/%" }, count => count > 0);
        Assert.Equal(0, await stopped.StopAsync(installed.Unit("echoclr-inference@.service").Seconds("TimeoutStopSec")));
        Assert.Equal(0, await CountAsync("SELECT COUNT(*) FROM study_version WHERE claimed_by IS NOT NULL")); // given back, not left to run out
        Assert.True(await CountAsync("SELECT COUNT(*) FROM analysis") < studies, "the worker had read everything before it was stopped");

        Start("echoclr-inference@.service");
        await UntilAsync("every result is confirmed", "SELECT COUNT(*) FROM delivery WHERE state = 'Confirmed'", null, count => count == studies);
        foreach (var process in started.OfType<ChildProcess>().Where(process => !process.HasExited))
            Assert.Equal(0, await process.StopAsync(installed.Unit("echoclr-ingest.service").Seconds("TimeoutStopSec")));
        var ledger = await installed.EchoClrAsync("doctor", "--ledger", "--strict");
        Assert.True(ledger.ExitCode == 0, ledger.Said);
    }

    /// <summary>What an administrator writes after the installation; the rest stays as it came.</summary>
    private void WriteSettings(int[] ports, DemoPacs pacs, RabbitMqBroker broker)
    {
        File.WriteAllText(installed.Settings, JsonSerializer.Serialize(new
        {
            Data = new { Directory = installed.Data },
            Bus = new
            {
                Transport = "rabbitmq", Host = "127.0.0.1", broker.Port, RabbitMqBroker.Username, PasswordFile = Path.Combine(installed.Etc, "secrets/rabbitmq-password"),
                ReconcileInterval = "00:00:05", ReconcileAge = "00:00:05",
            },
            Ingest = new
            {
                Listener = new { AeTitle = "ECHOCLR", Address = "127.0.0.1", Port = ports[0], Senders = new[] { new { AeTitle = "ORTHANC", Address = "127.0.0.1" } } },
                StudyCompletion = new { QuietTime = "00:00:03" },
            },
            Inference = new
            {
                Models = new { AllowSynthetic = true },
                Destinations = new[] { new { Name = "pacs", AeTitle = "ORTHANC", Host = "127.0.0.1", Port = pacs.DicomPort } },
            },
            Portal = new { Url = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{ports[1]}") },
        }));
    }

    private T Keep<T>(T one) where T : IAsyncDisposable
    {
        started.Add(one);
        return one;
    }

    private ChildProcess Start(string service)
    {
        var unit = installed.Unit(service);
        IEnumerable<string> environment = [.. unit.Environment().Select(variable => $"{variable.Key}={variable.Value}"), "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"];
        // env(1) becomes the program, so that the process is the service's.
        return Keep(ChildProcess.Start($"{service}-{started.Count}", Path.Combine(folder.Path, "roles"), "env", ["-i", .. environment, .. unit.ExecStart]));
    }

    private static async Task<bool> AnswersAsync(DicomClient client, DicomPeer peer)
    {
        try
        {
            return (await client.EchoAsync(peer, TestContext.Current.CancellationToken)).Status.IsSuccess;
        }
        catch (DicomNetworkException)
        {
            return false; // not listening yet
        }
    }

    private Task<int> CountAsync(string sql, object? parameters = null) =>
        new Database(new DataOptions { Directory = installed.Data }).ReadAsync(session => session.ScalarAsync<int>(sql, parameters), TestContext.Current.CancellationToken);

    private async Task UntilAsync(string what, string count, object? parameters, Func<int, bool> met)
    {
        using var deadline = new CancellationTokenSource(Deadline);
        while (!met(await CountAsync(count, parameters)))
        {
            if (deadline.IsCancellationRequested)
                Assert.Fail($"waited in vain until {what}:\n{LastLines()}");
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }

    private string LastLines() => string.Join('\n', Directory.EnumerateFiles(Path.Combine(folder.Path, "roles"), "*.log")
        .SelectMany(file => File.ReadLines(file).TakeLast(8).Select(line => $"{Path.GetFileName(file)}: {line}")));
}
