using EchoClr.Shared.Data;
using EchoClr.Testing;

namespace EchoClr.Shared.Tests.Data;

/// <summary>The table's own rules; what is sent and when is tested in Inference.Tests.</summary>
public sealed class SignalStoreTests
{
    [Theory]
    [EachDatabase]
    public async Task Signal_IsClaimedByOne_TriedAgain_AndEndsOnce(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        var store = new SignalStore(test.Database);
        var study = await RaiseAsync(test);
        var raised = Assert.Single(await store.ListOfStudyAsync(study, default));
        Assert.Equal((SignalKind.Findings, SignalState.Waiting, "ris"), (raised.Kind, raised.State, raised.Target));
        Assert.Equal(["ris"], await store.ListDueTargetsAsync(Rows.Noon, default));
        Assert.Equal([raised.Id], await store.ListDueAsync("ris", Rows.Noon, 10, default));

        var claimed = await store.TryClaimAsync(raised.Id, "one", Rows.Noon, TimeSpan.FromMinutes(1), default);
        Assert.Equal((SignalState.Sending, 1), (claimed!.State, claimed.Attempts));
        Assert.Null(await store.TryClaimAsync(raised.Id, "two", Rows.Noon, TimeSpan.FromMinutes(1), default));
        Assert.Empty(await store.ListDueTargetsAsync(Rows.Noon, default));

        Assert.False(await store.RecordRetryAsync(claimed, "two", "not mine", Rows.Noon, Rows.Noon, default));
        Assert.True(await store.RecordRetryAsync(claimed, "one", "away", Rows.Noon, Rows.Noon.AddMinutes(1), default));
        await store.RestAsync("ris", Rows.Noon.AddMinutes(5), default);
        Assert.Null(await store.TryClaimAsync(raised.Id, "one", Rows.Noon.AddMinutes(4), TimeSpan.FromMinutes(1), default));
        claimed = await store.TryClaimAsync(raised.Id, "one", Rows.Noon.AddMinutes(5), TimeSpan.FromMinutes(1), default);
        // Its claim runs out, and another takes it; the first one's answer still counts.
        Assert.NotNull(await store.TryClaimAsync(raised.Id, "two", Rows.Noon.AddMinutes(6), TimeSpan.FromMinutes(1), default));
        Assert.True(await store.RecordSentAsync(claimed!, Rows.Noon.AddMinutes(6), default));
        Assert.False(await store.RecordSentAsync(claimed!, Rows.Noon.AddMinutes(6), default));
    }

    [Theory]
    [EachDatabase]
    public async Task Parked_IsListed_TriedAgain_AndDropped(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        var (store, parked) = (new SignalStore(test.Database), new Parked(test.Database));
        var study = await RaiseAsync(test);
        var raised = Assert.Single(await store.ListOfStudyAsync(study, default));

        await ParkAsync(Rows.Noon);
        var item = Assert.Single(await parked.ListAsync(default));
        Assert.Equal((ParkedKind.Signal, raised.Id, "ris", "refused", study), (item.Kind, item.Id, item.Destination, item.Reason, item.StudyInstanceUid));
        Assert.True(await parked.RetryAsync(ParkedKind.Signal, raised.Id, Rows.Noon, default));
        Assert.Empty(await parked.ListAsync(default));
        await ParkAsync(Rows.Noon);
        Assert.True(await parked.DropSignalAsync(raised.Id, Rows.Noon, default));
        Assert.Equal(SignalState.Dropped, (await store.FindAsync(raised.Id, default))!.State);

        async Task ParkAsync(DateTimeOffset now)
        {
            var claimed = await store.TryClaimAsync(raised.Id, "one", now, TimeSpan.FromMinutes(1), default);
            Assert.True(await store.ParkAsync(claimed!, "one", "refused", now, default));
        }
    }

    /// <summary>A study whose report a PACS has confirmed, with one who wishes to hear of it. Returns its UID.</summary>
    private static async Task<string> RaiseAsync(TestDatabase test)
    {
        var (version, _, _, delivery) = await test.ReportStudyAsync("s");
        Assert.True(await new DeliveryStore(test.Database).RecordConfirmedAsync(delivery, "StorageCommitment", Rows.Noon, default, [new SignalWish("ris", false)]));
        return version.StudyInstanceUid;
    }
}
