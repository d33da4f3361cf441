using System.Security.Cryptography;
using EchoClr.Dicom;
using EchoClr.Inference.Reporting;
using EchoClr.Inference.Tests.World;
using EchoClr.Shared.Contracts;
using EchoClr.Shared.Data;
using EchoClr.Shared.Storage;
using EchoClr.Testing;

namespace EchoClr.Inference.Tests.Reporting;

public class ReportWriterTests
{
    [Fact]
    public async Task Write_AnalysedStudy_WritesValidObjectsThatBelongTogether()
    {
        await using var world = await InferenceWorld.CreateAsync();
        var delivery = await world.WriteReportAsync(cines: 2);

        var objects = await world.Deliveries.ListObjectsAsync(delivery.Id, CancellationToken.None);
        var paths = objects.Select(item => world.Database.Blobs.PathOf(item.FileKey)).ToArray();
        var report = DicomFile.Read(paths[^1]).Dataset;

        ReportRules.AssertAll(report);
        Assert.Equal([ResultKind.SaliencyCine, ResultKind.SaliencyCine, ResultKind.StructuredReport], objects.Select(item => item.Kind));
        var explanations = ReportRules.Descendants(report).Where(item => ReportRules.Name(item) == "130401")
            .Select(item => item.GetSequence(DicomTags.ReferencedSOPSequence)[0].GetString(DicomTags.ReferencedSOPInstanceUID));
        Assert.Equal(objects.Take(2).Select(item => item.SopInstanceUid), explanations);
        await DicomValidators.DciodvfyAsync(paths[0], "MultiframeTrueColorSCImage");
        await DicomValidators.DciodvfyAsync(paths[^1], "Comprehensive3DSR");
        await DicomValidators.DsrdumpAsync(paths[^1]);
        await DicomValidators.DcentvfyAsync([.. paths, .. await SourcesAsync(world, delivery)]);
    }

    [Fact]
    public async Task Write_Twice_LeavesTheSameFilesAndOneDelivery()
    {
        await using var world = await InferenceWorld.CreateAsync();
        var delivery = await world.WriteReportAsync();
        var before = Results(world);

        await world.Get<ReportWriter>().WriteAsync(delivery.AnalysisId, CancellationToken.None);

        Assert.Equal(before, Results(world));
        Assert.Single(await world.Deliveries.ListOfAnalysisAsync(delivery.AnalysisId, CancellationToken.None));
        Assert.Single(await world.PublishedAsync<ReportWritten>(1));
    }

    [Fact]
    public async Task Write_DiedBeforeTheRows_WritesTheSameBytesAgain()
    {
        await using var world = await InferenceWorld.CreateAsync();
        var delivery = await world.WriteReportAsync();
        var before = Results(world);
        await ForgetReportAsync(world);

        await world.Get<ReportWriter>().WriteAsync(delivery.AnalysisId, CancellationToken.None);

        // The first life's files are orphans now, and the sweep's; the second's hold the same.
        var again = Results(world).Except(before).ToList();
        Assert.Equal(before.Select(Hash).Order(), again.Select(Hash).Order());
    }

    [Fact]
    public async Task Write_ManyWorkersAtOnce_LeavesTheFilesOfTheRowsAlone()
    {
        await using var world = await InferenceWorld.CreateAsync();
        var analysis = await world.AnalyzeAsync(await world.ReceiveAsync("one"));

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => world.Get<ReportWriter>().WriteAsync(analysis!.Id, CancellationToken.None))));

        var delivery = Assert.Single(await world.Deliveries.ListOfAnalysisAsync(analysis!.Id, CancellationToken.None));
        var objects = await world.Deliveries.ListObjectsAsync(delivery.Id, CancellationToken.None);
        Assert.Equal(objects.Select(item => world.Database.Blobs.PathOf(item.FileKey)).Order(), Results(world).Order());
    }

    [Fact]
    public async Task Write_OnHoldAndOff_HoldsAndLeavesAway()
    {
        await using var world = await InferenceWorld.CreateAsync(options =>
        {
            options.Destinations.Add(new DestinationOptions { Name = "held", AeTitle = "HELD", Host = "127.0.0.1", State = DestinationState.Hold });
            options.Destinations.Add(new DestinationOptions { Name = "off", AeTitle = "OFF", Host = "127.0.0.1", State = DestinationState.Off });
        });
        var analysis = await world.AnalyzeAsync(await world.ReceiveAsync("one"));

        await world.Get<ReportWriter>().WriteAsync(analysis!.Id, CancellationToken.None);

        var deliveries = await world.Deliveries.ListOfAnalysisAsync(analysis.Id, CancellationToken.None);
        Assert.Equal([("pacs", DeliveryState.Waiting), ("held", DeliveryState.Held)], deliveries.Select(delivery => (delivery.Destination, delivery.State)));
    }

    [Fact]
    public async Task Write_LaterVersion_SupersedesTheEarlierReport()
    {
        await using var world = await InferenceWorld.CreateAsync();
        var first = await ReportAsync(world, await world.WriteReportAsync());
        world.Time.Advance(TimeSpan.FromHours(1));
        var second = await ReportAsync(world, await world.WriteReportAsync()); // one more cine of the same study

        Assert.Equal(2, second.GetInt32(DicomTags.InstanceNumber));
        var reference = second.GetSequence(DicomTags.PredecessorDocumentsSequence)[0].GetSequence(DicomTags.ReferencedSeriesSequence)[0].GetSequence(DicomTags.ReferencedSOPSequence)[0];
        Assert.Equal(first.GetString(DicomTags.SOPInstanceUID), reference.GetString(DicomTags.ReferencedSOPInstanceUID));
        foreach (var tag in new[] { DicomTags.SeriesInstanceUID, DicomTags.SeriesDate, DicomTags.SeriesTime })
            Assert.Equal(first.GetString(tag), second.GetString(tag));
        Assert.NotEqual(first.GetString(DicomTags.ContentTime), second.GetString(DicomTags.ContentTime));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Write_NotAnalysed_SendsATextOnlyWhereItIsAskedFor(bool asked)
    {
        await using var world = await InferenceWorld.CreateAsync(options => options.Destinations[0].TextReportWhenNotAnalyzed = asked);
        var analysis = await world.AnalyzeAsync(await world.ReceiveAsync("one", color: true));

        await world.Get<ReportWriter>().WriteAsync(analysis!.Id, CancellationToken.None);

        var deliveries = await world.Deliveries.ListOfAnalysisAsync(analysis.Id, CancellationToken.None);
        Assert.Equal(asked ? 1 : 0, deliveries.Count);
        Assert.NotNull((await world.Get<AnalysisStore>().FindAsync(analysis.Id, CancellationToken.None))!.ReportedAt);
        if (!asked)
            return;
        var item = Assert.Single(await world.Deliveries.ListObjectsAsync(deliveries[0].Id, CancellationToken.None));
        Assert.Equal((ResultKind.TextReport, SopClasses.BasicTextSRStorage), (item.Kind, item.SopClassUid));
        Assert.Contains("colour Doppler", await DicomValidators.DsrdumpAsync(world.Database.Blobs.PathOf(item.FileKey)), StringComparison.Ordinal);
        await world.AdvanceAsync(deliveries[0]);
        Assert.Equal(DeliveryState.Confirmed, (await world.ReadAsync(deliveries[0])).State);
    }

    private static async Task<DicomDataset> ReportAsync(InferenceWorld world, DeliveryRow delivery)
    {
        var objects = await world.Deliveries.ListObjectsAsync(delivery.Id, CancellationToken.None);
        return DicomFile.Read(world.Database.Blobs.PathOf(objects[^1].FileKey)).Dataset;
    }

    private static async Task<IEnumerable<string>> SourcesAsync(InferenceWorld world, DeliveryRow delivery)
    {
        var analysis = await world.Get<AnalysisStore>().FindAsync(delivery.AnalysisId, CancellationToken.None);
        var instances = await world.Get<StudyStore>().ListInstancesAsync(analysis!.StudyVersionId, CancellationToken.None);
        return instances.Select(instance => world.Database.Blobs.PathOf(instance.FileKey!));
    }

    private static List<string> Results(InferenceWorld world) =>
        [.. Directory.EnumerateFiles(Path.Combine(world.Database.Blobs.Root, BlobStore.Results), "*", SearchOption.AllDirectories).Order()];

    private static string Hash(string path) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)));

    /// <summary>As after a death between the files and the rows.</summary>
    private static Task ForgetReportAsync(InferenceWorld world) => world.Database.Database.WriteAsync(async session =>
    {
        foreach (var statement in new[] { "DELETE FROM delivery_object", "DELETE FROM delivery", "DELETE FROM result_object", "UPDATE analysis SET reported_at = NULL" })
            await session.ExecuteAsync(statement);
    }, CancellationToken.None);
}
