using EchoClr.Dicom;
using EchoClr.Dicom.Ports;
using EchoClr.Ingest.Receiving;
using EchoClr.Shared.Data;

namespace EchoClr.Ingest.Tests.LifeCycle;

/// <summary>Instances that come again, late, from elsewhere, or under a UID that is taken (peers-and-faults §7.3, item 16).</summary>
public sealed class ResentInstancesTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3600)]
    [InlineData(3 * 24 * 3600)]
    public async Task LateCine_OpensTheNextVersion_WithTheEarlierInstances(int seconds)
    {
        await using var ingest = await IngestUnderTest.CreateAsync();
        await ReceiveAsync(ingest, "PACS", Arrival.Cine(instance: "1.1"));
        await CompleteAsync(ingest);

        ingest.Time.Advance(TimeSpan.FromSeconds(seconds));
        await ReceiveAsync(ingest, "PACS", Arrival.Cine(instance: "1.2"));
        await CompleteAsync(ingest);

        var versions = await ingest.Studies.ListVersionsAsync("1.2.3", default);
        Assert.Equal([(1, StudyVersionState.Superseded, 1), (2, StudyVersionState.Complete, 2)], versions.Select(version => (version.Version, version.State, version.InstanceCount!.Value)));
        Assert.Null(versions[1].InheritsFromId);
    }

    [Fact]
    public async Task ResentAfterExpiry_TheBytesAreTakenBack_AndNothingElseChanges()
    {
        await using var ingest = await IngestUnderTest.CreateAsync();
        await ReceiveAsync(ingest, "PACS", Arrival.Cine());
        await CompleteAsync(ingest);
        var before = (await ingest.Instances.FindAsync("1.2.3.1.1", default))!;
        var bytes = File.ReadAllBytes(ingest.Test.Blobs.PathOf(before.FileKey!));
        await ingest.Test.Database.WriteAsync(session => session.ExecuteAsync("UPDATE instance SET file_key = NULL, expired_at = @Now", new { Now = ingest.Time.GetUtcNow() }), default);
        ingest.Test.Blobs.Delete(before.FileKey!);

        ingest.Time.Advance(TimeSpan.FromDays(400));
        await ReceiveAsync(ingest, "PACS", Arrival.Cine());

        var after = (await ingest.Instances.FindAsync("1.2.3.1.1", default))!;
        Assert.Equal((before.Id, (DateTimeOffset?)null), (after.Id, after.ExpiredAt));
        Assert.Equal(bytes, File.ReadAllBytes(ingest.Test.Blobs.PathOf(after.FileKey!)));
        var arrival = await ingest.Test.Database.ReadAsync(session => session.ScalarAsync<DateTimeOffset>("SELECT last_arrival_at FROM study"), default);
        Assert.Equal(ingest.Time.GetUtcNow(), arrival); // it does not expire again at once
        Assert.Equal(StudyVersionState.Complete, Assert.Single(await ingest.Studies.ListVersionsAsync("1.2.3", default)).State);
    }

    [Fact]
    public async Task WholeStudyResentWithOneMore_TheRepeatedOnesKeepTheNewVersionOpen()
    {
        await using var ingest = await IngestUnderTest.CreateAsync();
        await ReceiveAsync(ingest, "PACS", Arrival.Cine(instance: "1.1"));
        await CompleteAsync(ingest);

        var association = ingest.Open();
        await ingest.StoreAsync(association, Arrival.Cine(instance: "1.2"));
        ingest.Time.Advance(TimeSpan.FromSeconds(50));
        await ingest.StoreAsync(association, Arrival.Cine(instance: "1.1")); // of version 1: the sender is still sending
        await ingest.EndAsync(association);
        ingest.Time.Advance(TimeSpan.FromSeconds(50));

        Assert.Equal(0, await ingest.Sweeper.RunOnceAsync(ingest.Time.GetUtcNow(), default));
        await CompleteAsync(ingest);
        Assert.Equal(2, (await ingest.Studies.ListVersionsAsync("1.2.3", default))[^1].InstanceCount);
    }

    [Fact]
    public async Task SameInstanceUidInAnotherStudy_StaysInTheFirst_TheOtherIsKeptAside()
    {
        await using var ingest = await IngestUnderTest.CreateAsync();
        await ReceiveAsync(ingest, "PACS", Arrival.Cine());
        var association = ingest.Open();

        var status = await ingest.StoreAsync(association, Arrival.Cine(study: "1.2.4", series: "1.2.4.1"));
        await ingest.EndAsync(association);

        Assert.Equal(StoreStatus.OtherBytesUnderSameUid, status);
        Assert.Null(await ingest.Studies.FindAsync("1.2.4", default)); // no study without an instance
        var conflict = Assert.Single(await ingest.Instances.ListConflictsAsync(default));
        Assert.Equal(("1.2.3.1.1", "1.2.4"), (conflict.SopInstanceUid, conflict.StudyInstanceUid));
        await CompleteAsync(ingest);
        Assert.Equal(1, Assert.Single(await ingest.Studies.ListVersionsAsync("1.2.3", default)).InstanceCount);
    }

    [Fact]
    public async Task OneStudyFromTwoSenders_IsOneVersion_WhicheverEndsFirst()
    {
        await using var ingest = await IngestUnderTest.CreateAsync();
        var (pacs, cart) = (ingest.Open("PACS"), ingest.Open("CART"));
        await ingest.StoreAsync(pacs, Arrival.Cine(instance: "1.1"));
        await ingest.StoreAsync(cart, Arrival.Cine(instance: "1.1")); // the same object over both ways
        await ingest.StoreAsync(cart, Arrival.Cine(instance: "1.2"));
        await ingest.EndAsync(pacs);
        ingest.Time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(0, await ingest.Sweeper.RunOnceAsync(ingest.Time.GetUtcNow(), default)); // the cart is still connected

        await ingest.EndAsync(cart);
        await CompleteAsync(ingest);

        var version = Assert.Single(await ingest.Studies.ListVersionsAsync("1.2.3", default));
        Assert.Equal((StudyVersionState.Complete, 2), (version.State, version.InstanceCount));
        Assert.Equal(2, (await ingest.Studies.ListAssociationsAsync(version.Id, default)).Count);
    }

    [Fact]
    public async Task OrderReversed_IsTheSameVersion_WithTheSameCines()
    {
        await using var forward = await IngestUnderTest.CreateAsync();
        await using var backward = await IngestUnderTest.CreateAsync();
        DicomDataset[] cines = [.. Enumerable.Range(1, 5).Select(i => Arrival.Cine(series: $"1.2.3.{i}", instance: $"1.{i}").Set(DicomTags.SeriesNumber, i))];
        await ReceiveAsync(forward, "PACS", cines);
        await ReceiveAsync(backward, "PACS", [.. cines.Reverse()]);

        await CompleteAsync(forward);
        await CompleteAsync(backward);

        var (one, other) = (Assert.Single(await forward.Studies.ListVersionsAsync("1.2.3", default)), Assert.Single(await backward.Studies.ListVersionsAsync("1.2.3", default)));
        Assert.Equal(one.CineSetSha256, other.CineSetSha256);
        Assert.Equal(await UidsAsync(forward, one), await UidsAsync(backward, other)); // read in the same order
    }

    [Fact]
    public async Task OurOwnObjects_WhicheverWayTheyComeBack_StartNothing()
    {
        await using var ingest = await IngestUnderTest.CreateAsync();
        await ReceiveAsync(ingest, "PACS", Arrival.Cine());
        await CompleteAsync(ingest);
        var ours = Arrival.Cine(series: "2.25.9001", instance: "2.25.1").Set(DicomTags.Manufacturer, EchoClrImplementation.Manufacturer);

        await ReceiveAsync(ingest, "PACS", ours);
        await ReceiveAsync(ingest, "PACS", ours); // by another association
        await ReceiveAsync(ingest, "CART", ours); // from another application entity
        await CompleteAsync(ingest);

        Assert.Equal(InstanceOrigin.Own, (await ingest.Instances.FindAsync("2.25.1", default))!.Origin);
        Assert.Equal(1, Assert.Single(await ingest.Studies.ListVersionsAsync("1.2.3", default)).InstanceCount);
    }

    private static async Task<IEnumerable<string>> UidsAsync(IngestUnderTest ingest, StudyVersionRow version) =>
        (await ingest.Studies.ListInstancesAsync(version.Id, default)).Select(instance => instance.SopInstanceUid);

    private static async Task ReceiveAsync(IngestUnderTest ingest, string sender, params DicomDataset[] datasets)
    {
        var association = ingest.Open(sender);
        foreach (var dataset in datasets)
            Assert.True((await ingest.StoreAsync(association, dataset)).IsSuccess);
        await ingest.EndAsync(association);
    }

    private static async Task CompleteAsync(IngestUnderTest ingest)
    {
        ingest.Time.Advance(TimeSpan.FromMinutes(1));
        await ingest.Sweeper.RunOnceAsync(ingest.Time.GetUtcNow(), default);
    }
}
