using System.Collections.Concurrent;
using System.Diagnostics;
using Dapper;
using EchoClr.Dicom;
using EchoClr.Dicom.Net.Client;
using EchoClr.Dicom.Ports;
using EchoClr.Ingest.Listener;
using EchoClr.Ingest.Receiving;
using EchoClr.Shared.Data;
using EchoClr.Shared.Ledger;
using EchoClr.Shared.Messaging;
using EchoClr.Shared.Storage;
using EchoClr.Testing;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace EchoClr.Ingest.Tests.Retention;

/// <summary>The ingest role on disks that are full, out of inodes, or read-only: a clear answer, nothing left behind, nothing acknowledged lost, and recovery by itself.</summary>
public sealed class SmallDiskTests : IDisposable
{
    private const int ObjectBytes = 1 << 20;
    private readonly TemporaryFolder _sender = new();
    private readonly DicomClient _client = new(new DicomClientOptions(), TimeProvider.System);

    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        _sender.Dispose();
    }

    /// <summary>Three times as much is sent as the disk holds. Refused studies give up their pixels, which makes room; until then senders hear that they must wait.</summary>
    [Fact]
    [Trait("Suite", "long")]
    public async Task DiskThatFillsUnderLoad_SendersWaitAndAreServed_NothingAcknowledgedIsLost()
    {
        const int senders = 4, studies = 6, instances = 5;
        using var disk = SmallDisk.Mount(mebibytes: 48);
        using var host = await StartAsync(disk, "Capacity:RefuseBelowFreeBytes=14680064", "Capacity:ExpireBelowFreeBytes=20971520", "Capacity:KeepAtLeast=00:00:00", "Capacity:Interval=00:00:00.05", "Capacity:SweepInterval=00:00:00.5");
        using var ended = new CancellationTokenSource();
        var refusing = Task.Run(() => RefuseCompleteStudiesAsync(host, ended.Token));
        var waits = new ConcurrentBag<string>();
        await Task.WhenAll(Enumerable.Range(0, senders).Select(sender => Task.Run(async () =>
        {
            for (var study = 0; study < studies; study++)
                await SendUntilKeptAsync(host, [.. Enumerable.Range(0, instances).Select(i => Write($"2.25.{sender}.{study}", $"2.25.{sender}.{study}.{i}"))], waits);
        })));
        await ended.CancelAsync();
        await refusing;

        Assert.Contains(waits, wait => wait.Contains("A700", StringComparison.Ordinal));
        Assert.Contains(waits, wait => wait.Contains("local limit exceeded", StringComparison.OrdinalIgnoreCase));
        await AssertLedgerAsync(host, senders * studies * instances);
        await host.StopAsync();
    }

    /// <summary>No watermark helps where somebody else fills the disk in the middle of an object.</summary>
    [Fact]
    public async Task NoSpaceInTheMiddleOfAnObject_IsA700_LeavesNothing_AndTheSameObjectIsTakenLater()
    {
        using var disk = SmallDisk.Mount(mebibytes: 24);
        using var host = await StartAsync(disk, "Capacity:RefuseBelowFreeBytes=0", "Capacity:ExpireBelowFreeBytes=0");
        await AssertKeptAsync(host, Write("2.25.1", "2.25.1.1"));
        var ballast = disk.Fill(leaveBytes: ObjectBytes / 2);
        await AssertRefusedAsync(host, Write("2.25.1", "2.25.1.2"), files: 1);
        File.Delete(ballast);
        await AssertKeptAsync(host, Write("2.25.1", "2.25.1.2"));
        await AssertLedgerAsync(host, 2);
        await host.StopAsync();
    }

    /// <summary>The file is there and there is no room for its row: the file goes at once, or every try of a sender would leave one more.</summary>
    [Fact]
    public async Task NoSpaceForTheRow_IsA700_AndTheFileGoes()
    {
        using var disk = SmallDisk.Mount(mebibytes: 24);
        using var folder = new TemporaryFolder();
        using var host = await StartAsync(disk, "Capacity:RefuseBelowFreeBytes=0", "Capacity:ExpireBelowFreeBytes=0", $"Data:Directory={folder.Path}", $"Data:ConnectionString=Data Source={disk.Path}/echoclr.db");
        await AssertKeptAsync(host, Write("2.25.1", "2.25.1.1"));
        var ballast = disk.Fill(leaveBytes: 0);
        await AssertRefusedAsync(host, Write("2.25.1", "2.25.1.2"), files: 1);
        await AssertRefusedAsync(host, Write("2.25.1", "2.25.1.2"), files: 1);
        File.Delete(ballast);
        await AssertKeptAsync(host, Write("2.25.1", "2.25.1.2"));
        await AssertLedgerAsync(host, 2);
        await host.StopAsync();
    }

    /// <summary>Retention is what makes room, so a full disk must not keep it from starting.</summary>
    [Fact]
    public async Task StartOnAFullDisk_AfterADeath_Listens_AndWorksOnceThereIsRoom()
    {
        using var disk = SmallDisk.Mount(mebibytes: 24);
        using var dead = new SqliteConnection($"Data Source={disk.Path}/echoclr.db;Pooling=False");
        using (var earlier = await StartAsync(disk, "Capacity:RefuseBelowFreeBytes=0", "Capacity:ExpireBelowFreeBytes=0"))
        {
            await AssertKeptAsync(earlier, Write("2.25.1", "2.25.1.1"));
            // The last connection that closes takes the database's log and wal-index away; after a death they are there.
            await dead.OpenAsync();
            _ = await dead.ExecuteScalarAsync<long>("SELECT COUNT(*) FROM instance");
            await earlier.StopAsync();
            var left = Rows.Association("left open") with { Listener = earlier.Services.GetRequiredService<ReceivingHandler>().Listener };
            await earlier.Services.GetRequiredService<Database>().WriteAsync(session => AssociationStore.RecordStartedAsync(session, left), default);
        }
        var ballast = disk.Fill(leaveBytes: 0);
        using var host = await StartAsync(disk, "Capacity:RefuseBelowFreeBytes=0", "Capacity:ExpireBelowFreeBytes=0");
        await AssertRefusedAsync(host, Write("2.25.1", "2.25.1.2"), files: 1);
        File.Delete(ballast);
        await AssertKeptAsync(host, Write("2.25.1", "2.25.1.2"));
        await AssertLedgerAsync(host, 2);
        await host.StopAsync();
    }

    [Theory]
    [InlineData(0)] // not even the spool file can be made
    [InlineData(1)] // the spool file can, its place among the objects cannot
    public async Task InodesUsedUp_IsA700_LeavesNothing_AndTheSameObjectIsTakenLater(int left)
    {
        using var disk = SmallDisk.Mount(mebibytes: 24, inodes: 200);
        using var folder = new TemporaryFolder();
        using var host = await StartAsync(disk, "Capacity:RefuseBelowFreeBytes=0", "Capacity:ExpireBelowFreeBytes=0", $"Data:ConnectionString=Data Source={folder.Path}/echoclr.db");
        var inodes = disk.UseInodes(left);
        await AssertRefusedAsync(host, Write("2.25.1", "2.25.1.1"), files: 0);
        Directory.Delete(inodes, recursive: true);
        await AssertKeptAsync(host, Write("2.25.1", "2.25.1.1"));
        await AssertLedgerAsync(host, 1);
        await host.StopAsync();
    }

    [Fact]
    public async Task VolumeThatBecomesReadOnly_IsA700_AndTheSameObjectIsTakenWhenItIsMended()
    {
        using var disk = SmallDisk.Mount(mebibytes: 24);
        using var folder = new TemporaryFolder();
        using var host = await StartAsync(disk, "Capacity:RefuseBelowFreeBytes=0", "Capacity:ExpireBelowFreeBytes=0", $"Data:ConnectionString=Data Source={folder.Path}/echoclr.db");
        await AssertKeptAsync(host, Write("2.25.1", "2.25.1.1"));
        disk.SetReadOnly(true);
        await AssertRefusedAsync(host, Write("2.25.1", "2.25.1.2"), files: 1);
        disk.SetReadOnly(false);
        await AssertKeptAsync(host, Write("2.25.1", "2.25.1.2"));
        await AssertLedgerAsync(host, 2);
        await host.StopAsync();
    }

    private static async Task<IHost> StartAsync(SmallDisk disk, params string[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Data:Directory"] = disk.Path,
            ["Ingest:Listener:Address"] = "127.0.0.1",
            ["Ingest:Listener:Port"] = "0",
            ["Ingest:Listener:Senders:0:AeTitle"] = "CART",
            ["Ingest:Listener:Senders:0:Address"] = "127.0.0.1",
            ["Ingest:StudyCompletion:QuietTime"] = "00:00:00.5",
            ["Ingest:StudyCompletion:Interval"] = "00:00:00.1",
        });
        builder.Configuration.AddInMemoryCollection(settings.Select(setting => setting.Split('=', 2)).Select(pair => KeyValuePair.Create<string, string?>(pair[0], pair[1])));
        builder.Services.AddIngest(builder.Configuration);
        builder.Services.AddEchoClrBus(new BusOptions(), _ => { });
        var host = builder.Build();
        await host.Services.GetRequiredService<Migrator>().ApplyAsync(default);
        await host.StartAsync();
        return host;
    }

    private Task<IReadOnlyList<StoreResult>> SendAsync(IHost host, IReadOnlyList<string> files) => _client.StoreAsync(
        new DicomPeer("ECHOCLR", "127.0.0.1", host.Services.GetRequiredService<DicomListener>().LocalEndPoint.Port, "CART"), files, null, default);

    private async Task AssertKeptAsync(IHost host, string file) => Assert.Equal(DimseStatus.Success, Assert.Single(await SendAsync(host, [file])).Status);

    /// <param name="files">Objects that are kept, before and after.</param>
    private async Task AssertRefusedAsync(IHost host, string file, int files)
    {
        var status = Assert.Single(await SendAsync(host, [file])).Status!.Value;
        Assert.True(status.Code == 0xA700, $"{status}");
        var blobs = host.Services.GetRequiredService<BlobStore>();
        Assert.Empty(blobs.List(BlobStore.Spool, DateTimeOffset.MaxValue));
        Assert.Equal(files, blobs.List(BlobStore.Objects, DateTimeOffset.MaxValue).Count());
    }

    /// <summary>What a PACS does: what was not taken is sent again, after a while.</summary>
    private async Task SendUntilKeptAsync(IHost host, IReadOnlyList<string> files, ConcurrentBag<string> waits)
    {
        var watch = Stopwatch.StartNew();
        while (files.Count > 0)
        {
            Assert.True(watch.Elapsed < TimeSpan.FromMinutes(3), $"{files.Count} files were never taken: {string.Join(", ", waits.Distinct())}");
            try
            {
                var results = await SendAsync(host, files);
                foreach (var refused in results.Where(result => !result.Stored))
                    waits.Add(refused.Status?.ToString() ?? refused.Error ?? "");
                Assert.All(results, result => Assert.True(result.Stored || result.Status?.Code == 0xA700, $"{result.Status} {result.Error}"));
                files = [.. results.Where(result => !result.Stored).Select(result => result.File)];
            }
            catch (DicomNetworkException e)
            {
                waits.Add(e.Message);
            }
            if (files.Count > 0)
                await Task.Delay(100);
        }
    }

    /// <summary>In inference's place: every complete study is refused with a reason.</summary>
    private static async Task RefuseCompleteStudiesAsync(IHost host, CancellationToken ended)
    {
        var database = host.Services.GetRequiredService<Database>();
        var models = host.Services.GetRequiredService<ModelStore>();
        foreach (var kind in (string[])["view-gate", "as-lvh"])
            await models.ImportAsync(new NewModel(kind, kind, "1", Rows.Sha256(kind), "{}", kind, true), DateTimeOffset.UnixEpoch, default);
        while (!ended.IsCancellationRequested)
        {
            await database.WriteAsync(session => session.ExecuteAsync("""
                INSERT INTO analysis (study_version_id, model_id, view_model_id, state, reason, started_at, finished_at, reported_at, trace_id)
                SELECT v.id, 2, 1, 'NotAnalyzed', 'no long-axis view', v.completed_at, v.completed_at, v.completed_at, v.trace_id FROM study_version v
                WHERE v.state = 'Complete' AND NOT EXISTS (SELECT 1 FROM analysis a WHERE a.study_version_id = v.id)
                """), default);
            await Task.Delay(100, CancellationToken.None);
        }
    }

    private static async Task AssertLedgerAsync(IHost host, int instances)
    {
        var services = host.Services;
        await services.GetServices<IHostedService>().OfType<OrphanSweep>().Single().RunOnceAsync(DateTimeOffset.MaxValue - BlobStore.OrphanMinAge, default);
        var ledger = await services.GetRequiredService<LedgerAudit>().RunAsync(strict: true, null, default);
        Assert.True(ledger.IsWhole, string.Join("\n", ledger.Breaks));
        Assert.Equal(instances, ledger.Counts.Instances);
    }

    private string Write(string study, string instance)
    {
        var path = Path.Combine(_sender.Path, instance);
        var pixels = new byte[ObjectBytes];
        new Random(instance.GetHashCode(StringComparison.Ordinal)).NextBytes(pixels);
        new DicomFile(Arrival.Cine(study, study + ".9", instance).SetBytes(DicomTags.PixelData, DicomVr.OB, pixels), TransferSyntax.ExplicitVRLittleEndian).Write(path);
        return path;
    }
}
