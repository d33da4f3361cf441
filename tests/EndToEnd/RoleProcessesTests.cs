using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using EchoClr.App;
using EchoClr.App.Commands;
using EchoClr.App.Demo;
using EchoClr.Dicom.Net.Client;
using EchoClr.Dicom.Ports;
using EchoClr.Inference.Tests.World;
using EchoClr.Portal;
using EchoClr.Shared.Data;
using EchoClr.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace EchoClr.EndToEnd;

/// <summary>Each role in a process of its own, over RabbitMQ: two inference workers, one of which is killed, share the work.</summary>
public sealed class RoleProcessesTests : IAsyncLifetime
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(8);

    private readonly string folder = Directory.CreateTempSubdirectory("echoclr-roles-").FullName;
    private readonly List<IAsyncDisposable> started = [];
    private readonly Terminal terminal = new(TextWriter.Null, TextWriter.Null, interactive: false);

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        foreach (var one in started.AsEnumerable().Reverse())
            await one.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    [Trait("Suite", "long")]
    public async Task FourProcesses_OneWorkerKilled_EveryResultIsConfirmed()
    {
        DebianPackage.RequireOrthanc();
        DebianPackage.RequireRabbitMq();
        var cancellationToken = TestContext.Current.CancellationToken;
        var ports = LoopbackPorts.Free(2);
        var broker = await RabbitMqBroker.StartAsync(Path.Combine(folder, "rabbitmq"), cancellationToken);
        started.Add(broker);
        var pacs = await DemoPacs.StartAsync(new DemoPacsOptions(Path.Combine(folder, "orthanc"))
        {
            Modalities = new Dictionary<string, (string, int)> { ["echoclr"] = ("ECHOCLR", ports[0]), ["cart"] = ("CART", ports[0]) },
            ForwardTo = "echoclr",
        }, cancellationToken);
        started.Add(pacs);
        var settings = WriteSettings(ports, pacs, broker);

        // The first to start makes the database; the others would only wait for its lock.
        Start("ingest", settings);
        await UntilAsync(settings, _ => true, "ingest made no database");
        var doomed = Start("inference", settings);
        Start("inference", settings);
        Start("portal", settings);

        var (files, truths) = await DemoStudies.EnsureAsync(terminal, Path.Combine(RealData.RepositoryRoot, "artifacts", "tests", "demo-studies"), 2, cancellationToken);
        var studies = DemoStudy.Group(files, truths, leftOut => Assert.Fail(leftOut));
        var client = new DicomClient(new DicomClientOptions(), TimeProvider.System);
        var sent = await SendCommand.SendAsync(terminal, client, new DicomPeer("ORTHANC", "127.0.0.1", pacs.DicomPort, "CART"), files, cancellationToken);
        Assert.All(sent, result => Assert.True(result.Stored, result.Error));

        await UntilAsync(settings, rows => rows.Count == studies.Count && rows.All(row => row.State != "Receiving"), "the studies were not complete");
        await doomed.KillAsync(); // perhaps in the middle of a study: its lease runs out and the other takes it
        await UntilAsync(settings, rows => rows.All(row => row.State == "Confirmed"), "not every result was confirmed");

        using var browser = await new Database(new DataOptions { Directory = Path.Combine(folder, "data") }).BrowserAsync(new Uri($"http://127.0.0.1:{ports[1]}/"));
        var page = await browser.GetStringAsync("/", cancellationToken);
        Assert.Equal(studies.Count, page.Split("Confirmed by the PACS").Length - 1);
    }

    private string WriteSettings(int[] ports, DemoPacs pacs, RabbitMqBroker broker)
    {
        var file = Path.Combine(folder, "echoclr.json");
        File.WriteAllText(file, JsonSerializer.Serialize(new
        {
            Data = new { Directory = Path.Combine(folder, "data") },
            Bus = new { Transport = "rabbitmq", Host = "127.0.0.1", broker.Port, RabbitMqBroker.Username, broker.PasswordFile, ReconcileInterval = "00:00:05", ReconcileAge = "00:00:05" },
            Ingest = new
            {
                Listener = new { AeTitle = "ECHOCLR", Address = "127.0.0.1", Port = ports[0], Senders = new[] { new { AeTitle = "ORTHANC", Address = "127.0.0.1" } } },
                StudyCompletion = new { QuietTime = "00:00:03" },
            },
            Inference = new
            {
                Models = new { Directory = TestModels.Write(Path.Combine(folder, "models")) },
                Analysis = new { Lease = "00:00:20" },
                Delivery = new { Lease = "00:00:20" },
                Destinations = new[] { new { Name = "pacs", AeTitle = "ORTHANC", Host = "127.0.0.1", Port = pacs.DicomPort } },
            },
            Portal = new { Url = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{ports[1]}") },
        }));
        return file;
    }

    private ChildProcess Start(string role, string settings)
    {
        var process = ChildProcess.Start($"{role}-{started.Count}", Path.Combine(folder, "roles"), "dotnet", [Program, "run", role, "--config", settings]);
        started.Add(process);
        return process;
    }

    /// <summary>What <c>worklist --json</c> says; null while there is no database.</summary>
    private static async Task<IReadOnlyList<WorklistEntry>?> WorklistAsync(string settings)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", [Program, "worklist", "--json", "--config", settings]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await errors;
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? JsonSerializer.Deserialize<List<WorklistEntry>>(output, JsonSerializerOptions.Web) : null;
    }

    private static string Program => typeof(Terminal).Assembly.Location;

    private async Task UntilAsync(string settings, Func<IReadOnlyList<WorklistEntry>, bool> condition, string otherwise)
    {
        var watch = Stopwatch.StartNew();
        while (await WorklistAsync(settings) is var rows && (rows is null || !condition(rows)))
        {
            if (watch.Elapsed > Deadline)
                Assert.Fail($"{otherwise}: {string.Join(", ", rows?.Select(row => $"{row.State} {row.Reason}") ?? [])}\n{LastLines()}");
            await Task.Delay(2000, TestContext.Current.CancellationToken);
        }
    }

    private string LastLines() => string.Join('\n', Directory.EnumerateFiles(Path.Combine(folder, "roles"), "*.log")
        .SelectMany(file => File.ReadLines(file).TakeLast(8).Select(line => $"{Path.GetFileName(file)}: {line}")));
}
