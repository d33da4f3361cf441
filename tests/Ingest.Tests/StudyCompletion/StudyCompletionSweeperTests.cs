using EchoClr.Dicom;
using EchoClr.Shared.Contracts;
using EchoClr.Shared.Data;

namespace EchoClr.Ingest.Tests.StudyCompletion;

public sealed class StudyCompletionSweeperTests
{
    [Fact]
    public async Task RunOnce_AtTheQuietTime_CompletesOnceAndPublishes()
    {
        await using var ingest = await IngestUnderTest.CreateAsync();
        var association = ingest.Open();
        await ingest.StoreAsync(association, Arrival.Cine());
        await ingest.EndAsync(association);

        Assert.Equal(0, await SweepAfterAsync(ingest, TimeSpan.FromSeconds(59.999)));
        Assert.Equal(1, await SweepAfterAsync(ingest, TimeSpan.FromMilliseconds(1)));
        Assert.Equal(0, await SweepAfterAsync(ingest, TimeSpan.FromHours(1)));

        var version = Assert.Single(await ingest.Studies.ListVersionsAsync("1.2.3", default));
        Assert.Equal((StudyVersionState.Complete, 1), (version.State, version.InstanceCount));
        Assert.Contains("quiet, and every association is over", version.Evidence);
        Assert.Contains("\"quietFor\":\"00:01:00\"", version.Evidence);
        var message = await ingest.Published.NextAsync<StudyCompleted>();
        Assert.Equal((version.Id, version.TraceId), (message.StudyVersionId, message.TraceId));
    }

    [Theory]
    [InlineData("PACS", "ECHOCLR_STAT", null)] // a routing rule of the PACS
    [InlineData("EMERGENCY", "ECHOCLR", null)] // a cart whose studies are all urgent
    [InlineData("PACS", "ECHOCLR", "STAT")] // an object that took the priority over from its order
    [InlineData("PACS", "ECHOCLR", "HIGH")]
    public async Task RunOnce_MarkedAsUrgent_IsPublishedAsUrgent_AndSoIsWhatComesLater(string calling, string called, string? priority)
    {
        await using var ingest = await IngestUnderTest.CreateAsync();
        var association = ingest.Open(calling, called);
        var cine = Arrival.Cine(instance: "1.1");
        if (priority is not null)
            cine.Set(DicomTags.RequestedProcedurePriority, priority);
        await ingest.StoreAsync(association, cine);
        await ingest.EndAsync(association);
        Assert.Equal(1, await SweepAfterAsync(ingest, TimeSpan.FromMinutes(1)));
        Assert.Equal(Assert.Single(await ingest.Studies.ListVersionsAsync("1.2.3", default)).Id, (await ingest.Published.NextAsync<UrgentStudyCompleted>()).StudyVersionId);

        await ReceiveAsync(ingest, Arrival.Cine(instance: "1.2"));
        Assert.Equal(1, await SweepAfterAsync(ingest, TimeSpan.FromMinutes(1)));
        await ingest.Published.NextAsync<UrgentStudyCompleted>();
    }

    [Theory]
    [InlineData("ROUTINE")]
    [InlineData("LOW")]
    [InlineData("whatever")]
    public async Task RunOnce_AnyOtherPriority_IsNotUrgent(string priority)
    {
        await using var ingest = await IngestUnderTest.CreateAsync();
        await ReceiveAsync(ingest, Arrival.Cine().Set(DicomTags.RequestedProcedurePriority, priority));
        await SweepAfterAsync(ingest, TimeSpan.FromMinutes(1));
        await ingest.Published.NextAsync<StudyCompleted>();
    }

    [Fact]
    public async Task RunOnce_SentAgainAsUrgent_IsUrgentFromThenOn()
    {
        await using var ingest = await IngestUnderTest.CreateAsync();
        await ReceiveAsync(ingest, Arrival.Cine());
        var association = ingest.Open("PACS", "ECHOCLR_STAT");
        await ingest.StoreAsync(association, Arrival.Cine()); // the same object
        await ingest.EndAsync(association);
        await SweepAfterAsync(ingest, TimeSpan.FromMinutes(1));
        await ingest.Published.NextAsync<UrgentStudyCompleted>();
    }

    [Fact]
    public async Task RunOnce_EachInstanceStartsTheQuietTimeAnew_AlsoARepeatedOne()
    {
        await using var ingest = await IngestUnderTest.CreateAsync();
        var association = ingest.Open();
        await ingest.StoreAsync(association, Arrival.Cine(instance: "1.1"));
        ingest.Time.Advance(TimeSpan.FromSeconds(50));
        await ingest.StoreAsync(association, Arrival.Cine(instance: "1.2"));
        ingest.Time.Advance(TimeSpan.FromSeconds(50));
        await ingest.StoreAsync(association, Arrival.Cine(instance: "1.1"));
        await ingest.EndAsync(association);
        Assert.Equal(0, await SweepAfterAsync(ingest, TimeSpan.FromSeconds(59)));
        Assert.Equal(1, await SweepAfterAsync(ingest, TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public async Task RunOnce_AssociationStillOpen_WaitsFiveMinutes_AndTheEvidenceSaysSo()
    {
        await using var ingest = await IngestUnderTest.CreateAsync();
        await ingest.StoreAsync(ingest.Open(), Arrival.Cine());
        Assert.Equal(0, await SweepAfterAsync(ingest, TimeSpan.FromMinutes(4)));
        Assert.Equal(1, await SweepAfterAsync(ingest, TimeSpan.FromMinutes(1)));
        Assert.Contains("not waited for", Assert.Single(await ingest.Studies.ListVersionsAsync("1.2.3", default)).Evidence);
    }

    [Fact]
    public async Task RunOnce_LateCine_IsANewVersionThatIsPublished_LateStill_Inherits()
    {
        await using var ingest = await IngestUnderTest.CreateAsync();
        await ReceiveAsync(ingest, Arrival.Cine(instance: "1.1"));
        await SweepAfterAsync(ingest, TimeSpan.FromMinutes(1));
        var first = await ingest.Published.NextAsync<StudyCompleted>();

        await ReceiveAsync(ingest, Arrival.Cine(instance: "1.2").Set(EchoClr.Dicom.DicomTags.NumberOfFrames, 1));
        Assert.Equal(1, await SweepAfterAsync(ingest, TimeSpan.FromMinutes(1)));
        await ReceiveAsync(ingest, Arrival.Cine(instance: "1.3"));
        Assert.Equal(1, await SweepAfterAsync(ingest, TimeSpan.FromMinutes(1)));

        var versions = await ingest.Studies.ListVersionsAsync("1.2.3", default);
        Assert.Equal([StudyVersionState.Superseded, StudyVersionState.Superseded, StudyVersionState.Complete], versions.Select(version => version.State));
        Assert.Equal([1, 2, 3], versions.Select(version => version.InstanceCount));
        Assert.Equal([null, first.StudyVersionId, null], versions.Select(version => version.InheritsFromId));
        Assert.Equal(versions[2].Id, (await ingest.Published.NextAsync<StudyCompleted>()).StudyVersionId); // nothing was published for version 2
        Assert.True(ingest.Published.IsEmpty);
    }

    private static async Task ReceiveAsync(IngestUnderTest ingest, EchoClr.Dicom.DicomDataset dataset)
    {
        var association = ingest.Open();
        Assert.True((await ingest.StoreAsync(association, dataset)).IsSuccess);
        await ingest.EndAsync(association);
    }

    private static Task<int> SweepAfterAsync(IngestUnderTest ingest, TimeSpan time)
    {
        ingest.Time.Advance(time);
        return ingest.Sweeper.RunOnceAsync(ingest.Time.GetUtcNow(), default);
    }
}
