using System.Diagnostics;
using System.Net;
using System.Text.Json;
using EchoClr.App;
using EchoClr.App.Demo;
using EchoClr.Crash.Peers;
using EchoClr.Dicom.Net.Client;
using EchoClr.Dicom.Ports;
using EchoClr.Inference.Tests.World;
using EchoClr.Shared.Data;
using EchoClr.Testing;

namespace EchoClr.EndToEnd;

/// <summary>SIGTERM to a real process, as a service manager sends it.</summary>
public sealed class DrainTests : IDisposable
{
    private const int Cines = 60;

    private readonly TemporaryFolder folder = new();
    private readonly int[] ports = LoopbackPorts.Free(2);

    private string Data => Path.Combine(folder.Path, "data");

    public void Dispose()
    {
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        folder.Dispose();
    }

    [Fact]
    public async Task Ingest_FinishesWhatIsUnderWay_AbortsWhoOnlyHoldsOn_AndSaysThatItStops()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        await using var ingest = Start("ingest", "Log:Format=json");
        using var web = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{ports[1]}") };
        await ReadyAsync(web);
        var server = new IPEndPoint(IPAddress.Loopback, ports[0]);
        using var working = await ScriptedPeer.AssociateAsync(server);
        using var idle = await ScriptedPeer.AssociateAsync(server);

        Signal(ingest.Id);
        await Eventually.IsTrueAsync(async () => (await web.GetAsync("/ready", cancellationToken)).StatusCode == HttpStatusCode.ServiceUnavailable, "it says that it is not ready");
        Assert.Equal("stopping", JsonDocument.Parse(await (await web.GetAsync("/ready", cancellationToken)).Content.ReadAsStringAsync(cancellationToken)).RootElement.GetProperty("phase").GetString());
        Assert.Equal("alive", await web.GetStringAsync("/health", cancellationToken)); // a supervisor must not kill it while it drains
        await working.AssertEchoAsync(); // what was begun is still served
        await Eventually.IsTrueAsync(async () => await RefusedAsync(server) is null, "nobody new gets in"); // the port closes a moment after it said so
        while (await idle.ReceiveAsync() is not null) // the A-ABORT, then the end
            continue;

        await Eventually.IsTrueAsync(() => ingest.HasExited, "the process has ended");
        var lines = (await File.ReadAllLinesAsync(ingest.LogFile, cancellationToken)).Where(line => line.StartsWith('{')).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Contains(lines, line => line.GetProperty("Category").GetString()!.EndsWith("OperationsEndpoint", StringComparison.Ordinal) && line.GetProperty("EventId").GetInt32() == 7002);
        var ends = await new Database(new DataOptions { Directory = Data }).ReadAsync(session => session.QueryAsync<string?>("SELECT end_kind FROM association"), cancellationToken);
        Assert.DoesNotContain(null, ends); // all are over in the tables, so their studies wait for nobody
        Assert.Equal(2, ends.Count(kind => kind == "AbortedByUs"));
    }

    [Fact]
    public async Task Inference_LetsItsStudyGo_WithoutCountingAnAttempt()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var database = new Database(new DataOptions { Directory = Data });
        await using (var ingest = Start("ingest"))
        {
            using var web = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{ports[1]}") };
            await ReadyAsync(web);
            var files = Enumerable.Range(1, Cines).Select(n => TinyStudy.Write(folder.Path, "2.25.500", $"2.25.501.{n}", n, still: false)).ToList();
            var sent = await new DicomClient(new DicomClientOptions(), TimeProvider.System).StoreAsync(new DicomPeer("ECHOCLR", "127.0.0.1", ports[0], "SCRIPTED"), files, null, cancellationToken);
            Assert.All(sent, result => Assert.True(result.Stored, result.Error));
            await Eventually.IsTrueAsync(async () => await CountAsync(database, "SELECT COUNT(*) FROM study_version WHERE state = 'Complete'") == 1, "the study is complete");
        }

        await using var inference = Start("inference", $"Inference:Models:Directory={TestModels.Write(Path.Combine(folder.Path, "models"))}");
        await Eventually.IsTrueAsync(async () => await CountAsync(database, "SELECT COUNT(*) FROM study_version WHERE claimed_by IS NOT NULL") == 1, "a worker has the study");
        Assert.Equal(1, await CountAsync(database, "SELECT analysis_attempts FROM study_version"));
        Signal(inference.Id);
        await Eventually.IsTrueAsync(() => inference.HasExited, "the process has ended");
        Assert.Equal(0, await CountAsync(database, "SELECT COUNT(*) FROM analysis")); // it was in the middle of it, or this test proves nothing
        Assert.Equal(0, await CountAsync(database, "SELECT analysis_attempts FROM study_version"));
        Assert.Equal(1, await CountAsync(database, "SELECT COUNT(*) FROM study_version WHERE claimed_by IS NULL AND claimed_until IS NULL AND analysis_error IS NULL"));
    }

    private ChildProcess Start(string role, params string[] settings) => ChildProcess.Start(role, Path.Combine(folder.Path, "roles"), "dotnet",
    [
        typeof(Terminal).Assembly.Location, "run", role, "--data", Data,
        .. new[]
        {
            "Ingest:Listener:Address=127.0.0.1", $"Ingest:Listener:Port={ports[0]}", "Ingest:Listener:Senders:0:AeTitle=SCRIPTED", "Ingest:Listener:Senders:0:Address=127.0.0.1",
            "Ingest:StudyCompletion:QuietTime=00:00:01", $"Operations:Port={ports[1]}",
        }.Concat(settings).SelectMany(setting => (string[])["--set", setting]),
    ]);

    private static Task ReadyAsync(HttpClient web) => Eventually.IsTrueAsync(async () =>
    {
        try
        {
            return (await web.GetAsync("/ready", TestContext.Current.CancellationToken)).IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }, "the role is ready");

    /// <summary>What a new caller gets: null where the connection is refused or closed.</summary>
    private static async Task<object?> RefusedAsync(IPEndPoint server)
    {
        try
        {
            using var late = await ScriptedPeer.ConnectAsync(server);
            await late.SendAsync(ScriptedPeer.Rq);
            return await late.ReceiveAsync();
        }
        catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException)
        {
            return null;
        }
    }

    private static Task<int> CountAsync(Database database, string sql) => database.ReadAsync(session => session.ScalarAsync<int>(sql), TestContext.Current.CancellationToken);

    private static void Signal(int processId)
    {
        using var kill = Process.Start("kill", ["-TERM", $"{processId}"]);
        kill.WaitForExit();
    }
}
