using EchoClr.Dicom;
using EchoClr.Dicom.Net.Client;
using EchoClr.Dicom.Ports;
using EchoClr.Inference.Tests.World;
using EchoClr.Shared.Contracts;
using EchoClr.Shared.Data;
using EchoClr.Shared.Messaging;
using EchoClr.Shared.Storage;
using EchoClr.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace EchoClr.Inference.Tests.Delivery;

/// <summary>A complete study to a real PACS, by messages alone: analysed, written, sent, and confirmed by the PACS. Every message comes twice.</summary>
public class OrthancDeliveryTests
{
    [Fact]
    public async Task StudyCompleted_ThePacsHoldsReportAndCines_AndConfirmsByStorageCommitment()
    {
        await using var listener = await CommitmentListener.StartAsync();
        await using var orthanc = await OrthancProcess.StartAsync(("echoclr", "ECHOCLR", listener.Port));
        await using var database = await TestDatabase.CreateAsync();
        using var models = new TemporaryFolder();
        using var host = await StartAsync(database, models, orthanc, listener, TimeSpan.FromMinutes(5));

        var delivery = await DeliverAsync(host, database);

        Assert.Equal("StorageCommitment", delivery.ConfirmedBy);
        await AssertHeldAsync(host, database, orthanc, delivery);
        await host.StopAsync();
    }

    [Fact]
    public async Task ReportThatCannotReachUs_ThePacsIsAskedByQuery()
    {
        await using var listener = await CommitmentListener.StartAsync();
        await using var orthanc = await OrthancProcess.StartAsync(("echoclr", "ECHOCLR", RunningTool.FreePort())); // nobody listens there
        await using var database = await TestDatabase.CreateAsync();
        using var models = new TemporaryFolder();
        using var host = await StartAsync(database, models, orthanc, listener, TimeSpan.FromSeconds(1));

        var delivery = await DeliverAsync(host, database);

        Assert.Equal("C-FIND", delivery.ConfirmedBy);
        await AssertHeldAsync(host, database, orthanc, delivery);
        await host.StopAsync();
    }

    [Fact]
    public async Task WithdrawnReport_ThePacsHoldsTheWithdrawalAndTheRejectionNote_AndConfirmsBoth()
    {
        await using var listener = await CommitmentListener.StartAsync();
        await using var orthanc = await OrthancProcess.StartAsync(("echoclr", "ECHOCLR", listener.Port));
        await using var database = await TestDatabase.CreateAsync();
        using var models = new TemporaryFolder();
        using var host = await StartAsync(database, models, orthanc, listener, TimeSpan.FromMinutes(5));
        var delivery = await DeliverAsync(host, database);
        var deliveries = host.Services.GetRequiredService<DeliveryStore>();
        var analysis = await host.Services.GetRequiredService<AnalysisStore>().FindAsync(delivery.AnalysisId, CancellationToken.None);

        await host.Services.GetRequiredService<WithdrawalStore>().WithdrawAsync(
            analysis!, "admin", "wrong patient", "113001", SopClasses.Comprehensive3DSRStorage, TimeProvider.System.GetUtcNow(), CancellationToken.None);
        await Eventually.IsTrueAsync(
            async () => await deliveries.ListObjectsAsync(delivery.Id, CancellationToken.None) is { Count: 2 } objects && objects.All(item => item.ConfirmedAt is not null), "the PACS confirms the withdrawal");

        Assert.Equal("StorageCommitment", (await deliveries.FindAsync(delivery.Id, CancellationToken.None))!.ConfirmedBy);
        Assert.Equal(5, (await orthanc.GetAsync("instances")).GetArrayLength());
        Assert.Equal(3, (await orthanc.GetAsync("series")).GetArrayLength()); // saliency; report and withdrawal; note
        Assert.Single((await orthanc.GetAsync("studies")).EnumerateArray());
        await host.StopAsync();
    }

    private static async Task<IHost> StartAsync(TestDatabase database, TemporaryFolder models, OrthancProcess orthanc, CommitmentListener listener, TimeSpan commitmentTimeout)
    {
        var options = new InferenceOptions
        {
            Models = { Directory = TestModels.Write(models.Path) },
            Delivery = { CommitmentTimeout = commitmentTimeout, SweepInterval = TimeSpan.FromMilliseconds(300) },
        };
        options.Destinations.Add(new DestinationOptions { Name = "pacs", AeTitle = OrthancProcess.AeTitle, Host = "127.0.0.1", Port = orthanc.DicomPort });
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSingleton<IDicomClient>(provider => ActivatorUtilities.CreateInstance<DicomClient>(provider, new DicomClientOptions()));
        builder.Services.AddEchoClrData(database.Options).AddInference(options, "ECHOCLR");
        builder.Services.AddEchoClrBus(new BusOptions(), bus => bus.AddInferenceConsumers());
        var host = builder.Build();
        listener.Services = (host.Services.GetRequiredService<CommitmentStore>(), host.Services.GetRequiredService<Publisher>());
        await host.StartAsync();
        return host;
    }

    private static async Task<DeliveryRow> DeliverAsync(IHost host, TestDatabase database)
    {
        var association = Rows.Association("orthanc");
        var instance = Rows.Instance("orthanc", "cine", association: association) with { FileKey = BlobStore.NewKey(BlobStore.Objects), NumberOfFrames = TestCine.Frames };
        TestCine.Write(database.Blobs.PathOf(instance.FileKey), instance.StudyInstanceUid, instance.SeriesInstanceUid, instance.SopInstanceUid);
        await database.ReceiveAsync(instance, association);
        await database.EndAsync(association, Rows.Noon);
        var version = await database.CompleteAsync("orthanc", Rows.Noon.AddMinutes(1));
        var publisher = host.Services.GetRequiredService<Publisher>();
        var deliveries = host.Services.GetRequiredService<DeliveryStore>();
        var limit = TimeProvider.System.GetTimestamp();
        IReadOnlyList<DeliveryRow> rows = [];
        while (rows is not [{ State: DeliveryState.Confirmed or DeliveryState.Parked }] && TimeProvider.System.GetElapsedTime(limit) < TimeSpan.FromSeconds(60))
        {
            await publisher.PublishAsync(new StudyCompleted { StudyVersionId = version.Id, TraceId = version.TraceId }, CancellationToken.None); // again and again: it must not matter
            await Task.Delay(200);
            if ((await host.Services.GetRequiredService<AnalysisStore>().ListOfVersionAsync(version.Id, CancellationToken.None)) is not [var analysis])
                continue;
            await publisher.PublishAsync(new StudyAnalyzed { AnalysisId = analysis.Id, TraceId = version.TraceId }, CancellationToken.None);
            await publisher.PublishAsync(new ReportWritten { AnalysisId = analysis.Id, TraceId = version.TraceId }, CancellationToken.None);
            rows = await deliveries.ListOfAnalysisAsync(analysis.Id, CancellationToken.None);
        }
        var delivery = Assert.Single(rows);
        Assert.True(delivery.State == DeliveryState.Confirmed, $"{delivery.State}: {delivery.Reason}");
        return delivery;
    }

    /// <summary>Orthanc's files hold our data sets, byte for byte, each once.</summary>
    private static async Task AssertHeldAsync(IHost host, TestDatabase database, OrthancProcess orthanc, DeliveryRow delivery)
    {
        var sent = await host.Services.GetRequiredService<DeliveryStore>().ListObjectsAsync(delivery.Id, CancellationToken.None);
        Assert.Equal(3, sent.Count);
        Assert.Equal(3, (await orthanc.GetAsync("instances")).GetArrayLength());
        foreach (var item in sent)
        {
            var found = await orthanc.PostAsync("tools/lookup", item.SopInstanceUid);
            var bytes = await orthanc.Http.GetByteArrayAsync(new Uri($"instances/{found[0].GetProperty("ID").GetString()}/file", UriKind.Relative));
            var copy = Path.Combine(database.Blobs.Root, "copy.dcm");
            await File.WriteAllBytesAsync(copy, bytes);
            Assert.Equal(Dataset(database.Blobs.PathOf(item.FileKey)), Dataset(copy));
        }

        static byte[] Dataset(string path) => File.ReadAllBytes(path)[(int)DicomFile.ReadMeta(path).DatasetOffset..];
    }
}
