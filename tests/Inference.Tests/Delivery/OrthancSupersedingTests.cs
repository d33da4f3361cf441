using EchoClr.Dicom;
using EchoClr.Dicom.Net.Client;
using EchoClr.Dicom.Ports;
using EchoClr.Inference.Tests.World;
using EchoClr.Shared.Data;
using EchoClr.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace EchoClr.Inference.Tests.Delivery;

/// <summary>Late instances with a real PACS: what Orthanc holds in the end, and in which order it came.</summary>
public class OrthancSupersedingTests
{
    [Fact]
    public async Task LateCine_WhileThePacsWasDown_BothReportsArriveInOrder_TheSecondNamesTheFirst()
    {
        var client = new DicomClient(new DicomClientOptions(), TimeProvider.System);
        await using var world = await InferenceWorld.CreateAsync(options => (options.Destinations[0].AeTitle, options.Destinations[0].Port) = (OrthancProcess.AeTitle, RunningTool.FreePort()), client: client);
        var first = await world.WriteReportAsync();
        await world.AdvanceAsync(first);
        Assert.Contains("Connection refused", (await world.ReadAsync(first)).Reason, StringComparison.Ordinal);
        world.Time.Advance(TimeSpan.FromHours(1));
        var second = await world.WriteReportAsync(); // one more cine of the same study

        await using var orthanc = await OrthancProcess.StartAsync(("us", "ECHOCLR", RunningTool.FreePort()));
        world.Options.Destinations[0].Port = orthanc.DicomPort;
        await world.AdvanceAsync(second);
        Assert.Equal(0, (await orthanc.GetAsync("instances")).GetArrayLength()); // not before the first
        await world.AdvanceAsync(first);
        await world.AdvanceAsync(second);

        Assert.NotNull((await world.ReadAsync(first)).SentAt);
        Assert.NotNull((await world.ReadAsync(second)).SentAt);
        var (firstUid, secondUid) = (await ReportUidAsync(world, first), await ReportUidAsync(world, second));
        var report = await DownloadAsync(world, orthanc, secondUid);
        Assert.Equal(firstUid, DicomFile.Read(report).Dataset.GetSequence(DicomTags.PredecessorDocumentsSequence)[0]
            .GetSequence(DicomTags.ReferencedSeriesSequence)[0].GetSequence(DicomTags.ReferencedSOPSequence)[0].GetString(DicomTags.ReferencedSOPInstanceUID));
        Assert.Contains("supersedes the earlier one", await DicomValidators.DsrdumpAsync(report), StringComparison.Ordinal);
        await DownloadAsync(world, orthanc, firstUid); // what it names is there
        var changes = (await orthanc.GetAsync("changes?limit=1000")).GetProperty("Changes").EnumerateArray().Where(change => change.GetProperty("ChangeType").GetString() == "NewInstance").Select(change => change.GetProperty("ID").GetString()).ToList();
        Assert.True(changes.IndexOf(await IdAsync(orthanc, firstUid)) < changes.IndexOf(await IdAsync(orthanc, secondUid)));
    }

    private static async Task<string> ReportUidAsync(InferenceWorld world, DeliveryRow delivery) => (await world.Deliveries.ListObjectsAsync(delivery.Id, default))[^1].SopInstanceUid;

    private static async Task<string?> IdAsync(OrthancProcess orthanc, string sopInstanceUid) => (await orthanc.PostAsync("tools/lookup", sopInstanceUid))[0].GetProperty("ID").GetString();

    private static async Task<string> DownloadAsync(InferenceWorld world, OrthancProcess orthanc, string sopInstanceUid)
    {
        var path = Path.Combine(world.Database.Blobs.Root, sopInstanceUid);
        await File.WriteAllBytesAsync(path, await orthanc.Http.GetByteArrayAsync(new Uri($"instances/{await IdAsync(orthanc, sopInstanceUid)}/file", UriKind.Relative)));
        return path;
    }
}
