using EchoClr.Dicom;
using EchoClr.Dicom.Net.Client;
using EchoClr.Dicom.Ports;
using EchoClr.Ingest.Listener;
using EchoClr.Shared.Audit;
using EchoClr.Shared.Data;
using EchoClr.Shared.Messaging;
using EchoClr.Shared.Storage;
using EchoClr.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace EchoClr.Ingest.Tests.Listener;

/// <summary>The whole role over a real socket: what <c>AddIngest</c> registers, and our own client as the peer.</summary>
public sealed class DicomListenerTests
{
    [Fact]
    public async Task SixteenAssociations_DeliverOneNewStudy_KeptByteForByte_AndCompleted()
    {
        await using var test = await TestDatabase.CreateAsync();
        using var host = await StartAsync(test);
        var port = host.Services.GetRequiredService<DicomListener>().LocalEndPoint.Port;
        using var folder = new TemporaryFolder();
        var results = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => Task.Run(async () =>
        {
            var files = Enumerable.Range(0, 3).Select(k => WriteFile(folder, $"1.2.3.{i}.{k}")).ToList();
            using var client = new DicomClient(new DicomClientOptions(), TimeProvider.System, NullLoggerFactory.Instance);
            return await client.StoreAsync(new DicomPeer("ECHOCLR", "127.0.0.1", port, "PACS"), files, null, default);
        })));
        Assert.All(results.SelectMany(result => result), result => Assert.Equal(DimseStatus.Success, result.Status));

        var studies = host.Services.GetRequiredService<StudyStore>();
        var blobs = host.Services.GetRequiredService<BlobStore>();
        var version = await UntilCompleteAsync(studies);
        Assert.Equal(48, version.InstanceCount);
        foreach (var row in await studies.ListInstancesAsync(version.Id, default))
        {
            var sent = DicomFile.ReadMeta(Path.Combine(folder.Path, row.SopInstanceUid));
            var (sentBytes, kept) = (await File.ReadAllBytesAsync(Path.Combine(folder.Path, row.SopInstanceUid), default), await File.ReadAllBytesAsync(blobs.PathOf(row.FileKey!), default));
            Assert.Equal(sentBytes[(int)sent.DatasetOffset..], kept[(int)row.DatasetOffset..]);
        }

        Assert.Empty(Directory.GetFiles(Path.Combine(test.Options.Directory, BlobStore.Spool)));
        await host.StopAsync();
    }

    [Fact]
    public async Task UnlistedCaller_IsRejected_AndIsWrittenDown()
    {
        await using var test = await TestDatabase.CreateAsync();
        using var host = await StartAsync(test);
        var port = host.Services.GetRequiredService<DicomListener>().LocalEndPoint.Port;
        using var client = new DicomClient(new DicomClientOptions(), TimeProvider.System, NullLoggerFactory.Instance);
        var rejection = await Assert.ThrowsAsync<DicomNetworkException>(() => client.EchoAsync(new DicomPeer("ECHOCLR", "127.0.0.1", port, "STRANGER"), default));
        Assert.Contains("calling", rejection.Message, StringComparison.OrdinalIgnoreCase);
        await host.StopAsync();
        var alert = Assert.Single(await new AuditTrail(test.Database, TimeProvider.System).ListAsync(DateTimeOffset.UnixEpoch, 10, default));
        Assert.Equal("110113", alert.Event);
        Assert.Contains("STRANGER", alert.Message, StringComparison.Ordinal);
    }

    private static async Task<IHost> StartAsync(TestDatabase test)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Data:Directory"] = test.Options.Directory,
            ["Ingest:Listener:Address"] = "127.0.0.1",
            ["Ingest:Listener:Port"] = "0",
            ["Ingest:Listener:Senders:0:AeTitle"] = "PACS",
            ["Ingest:Listener:Senders:0:Address"] = "127.0.0.1",
            ["Ingest:StudyCompletion:QuietTime"] = "00:00:00.500",
            ["Ingest:StudyCompletion:Interval"] = "00:00:00.050",
        });
        builder.Services.AddIngest(builder.Configuration);
        builder.Services.AddEchoClrBus(new BusOptions(), _ => { });
        var host = builder.Build();
        await host.StartAsync();
        return host;
    }

    private static string WriteFile(TemporaryFolder folder, string uid)
    {
        var path = Path.Combine(folder.Path, uid);
        new DicomFile(Arrival.Cine(instance: uid, content: uid), TransferSyntax.ExplicitVRLittleEndian).Write(path);
        return path;
    }

    private static async Task<StudyVersionRow> UntilCompleteAsync(StudyStore studies)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            var versions = await studies.ListVersionsAsync("1.2.3", timeout.Token);
            if (versions.Count > 0 && versions[^1].State == StudyVersionState.Complete)
                return versions[^1];
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, timeout.Token);
        }
    }
}
