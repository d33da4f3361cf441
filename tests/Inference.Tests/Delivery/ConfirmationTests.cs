using EchoClr.Dicom.Ports;
using EchoClr.Inference.Delivery;
using EchoClr.Inference.Tests.World;
using EchoClr.Shared.Contracts;
using EchoClr.Shared.Data;

namespace EchoClr.Inference.Tests.Delivery;

/// <summary>Confirmed, not sent: every way in which a PACS says that it holds the objects, or does not.</summary>
public class ConfirmationTests
{
    [Fact]
    public async Task ReportOnAnotherAssociation_Confirms_AlsoWhenItComesTwice()
    {
        await using var world = await InferenceWorld.CreateAsync();
        var delivery = await SentAsync(world);
        var (transaction, objects) = Assert.Single(world.Pacs.Requested);
        await ListenerHearsAsync(world, new CommitmentReport(transaction, objects, []));

        await world.Get<CommitmentConclusion>().DrawAsync(transaction, CancellationToken.None);
        await world.Get<CommitmentConclusion>().DrawAsync(transaction, CancellationToken.None);
        await ListenerHearsAsync(world, new CommitmentReport(transaction, objects, []));
        await world.Get<CommitmentConclusion>().DrawAsync(transaction, CancellationToken.None);

        Assert.Equal(DeliveryState.Confirmed, (await world.ReadAsync(delivery)).State);
        Assert.Single(await world.PublishedAsync<ReportConfirmed>(1));
        Assert.Equal(3, world.Pacs.Stored.Count);
    }

    [Fact]
    public async Task PartialFailure_SendsTheFailedObjectAgain()
    {
        await using var world = await InferenceWorld.CreateAsync();
        var first = true;
        world.Pacs.Report = (transaction, objects) =>
        {
            var report = first ? new CommitmentReport(transaction, [.. objects.Skip(1)], [(objects[0], 0x0112)]) : new CommitmentReport(transaction, objects, []);
            first = false;
            return report;
        };
        var delivery = await world.WriteReportAsync();

        await world.AdvanceAsync(delivery);
        var waiting = await world.ReadAsync(delivery);
        Assert.Equal(DeliveryState.Waiting, waiting.State);
        Assert.Contains("0112H", waiting.Reason, StringComparison.Ordinal);
        world.Time.Advance(TimeSpan.FromSeconds(10));
        await world.AdvanceAsync(delivery);

        Assert.Equal(DeliveryState.Confirmed, (await world.ReadAsync(delivery)).State);
        Assert.Equal(4, world.Pacs.Stored.Count);
        Assert.Equal(world.Pacs.Stored[0], world.Pacs.Stored[3]); // the same object, the same UID
        Assert.Equal(2, world.Pacs.Requested.Select(request => request.TransactionUid).Distinct().Count());
    }

    [Fact]
    public async Task AlwaysFailed_Parks()
    {
        await using var world = await InferenceWorld.CreateAsync(options => options.Delivery.MaxAttempts = 2);
        world.Pacs.Report = (transaction, objects) => new CommitmentReport(transaction, [], [.. objects.Select(item => (item, (ushort)0x0110))]);
        var delivery = await world.WriteReportAsync();

        await world.AdvanceAsync(delivery);
        world.Time.Advance(TimeSpan.FromMinutes(1));
        await world.AdvanceAsync(delivery);

        delivery = await world.ReadAsync(delivery);
        Assert.Equal(DeliveryState.Parked, delivery.State);
        Assert.Contains("0110H", delivery.Reason, StringComparison.Ordinal);
        Assert.Single(await world.PublishedAsync<DeliveryParked>(1));
    }

    [Fact]
    public async Task ReportNeverComes_TheQueryConfirms()
    {
        await using var world = await InferenceWorld.CreateAsync();
        var delivery = await SentAsync(world);
        world.Time.Advance(world.Options.Delivery.CommitmentTimeout - TimeSpan.FromSeconds(1));
        await world.AdvanceAsync(delivery);
        Assert.Equal(0, world.Pacs.Queries); // still waited for

        world.Time.Advance(TimeSpan.FromSeconds(1));
        await world.AdvanceAsync(delivery);

        delivery = await world.ReadAsync(delivery);
        Assert.Equal((DeliveryState.Confirmed, "C-FIND"), (delivery.State, delivery.ConfirmedBy));
        Assert.Equal(3, world.Pacs.Queries);
        Assert.Single(world.Pacs.Requested);
    }

    [Fact]
    public async Task ObjectLostAfterSuccess_TheQueryFindsOutAndItIsSentAgain()
    {
        await using var world = await InferenceWorld.CreateAsync();
        var delivery = await SentAsync(world);
        var lost = world.Pacs.Stored[2].SopInstanceUid;
        world.Pacs.Holds.Remove(lost);

        world.Time.Advance(world.Options.Delivery.CommitmentTimeout);
        await world.AdvanceAsync(delivery);
        Assert.Contains("does not find them", (await world.ReadAsync(delivery)).Reason, StringComparison.Ordinal);
        world.Pacs.Report = (transaction, objects) => new CommitmentReport(transaction, objects, []);
        world.Time.Advance(TimeSpan.FromMinutes(1));
        await world.AdvanceAsync(delivery);

        Assert.Equal(DeliveryState.Confirmed, (await world.ReadAsync(delivery)).State);
        Assert.Equal([lost], world.Pacs.Stored.Skip(3).Select(item => item.SopInstanceUid));
    }

    [Fact]
    public async Task CommitmentNotOffered_TheQueryConfirmsSoon()
    {
        await using var world = await InferenceWorld.CreateAsync();
        world.Pacs.NoCommitment = "PACS does not offer storage commitment: abstract syntax not supported.";
        var delivery = await world.WriteReportAsync();

        await world.AdvanceAsync(delivery);
        Assert.Equal(DeliveryState.CommitmentRequested, (await world.ReadAsync(delivery)).State);
        world.Time.Advance(world.Options.Delivery.FirstDelay);
        await world.AdvanceAsync(delivery);

        delivery = await world.ReadAsync(delivery);
        Assert.Equal((DeliveryState.Confirmed, "C-FIND"), (delivery.State, delivery.ConfirmedBy));
    }

    [Fact]
    public async Task NeitherCommitmentNorQuery_ParksAndNeverTurnsGreen()
    {
        await using var world = await InferenceWorld.CreateAsync(options => options.Delivery.MaxAttempts = 3);
        world.Pacs.NoCommitment = "PACS does not offer storage commitment.";
        world.Pacs.NoQuery = "PACS does not offer C-FIND.";
        var delivery = await world.WriteReportAsync();

        for (var i = 0; i < 20 && (await world.ReadAsync(delivery)).State != DeliveryState.Parked; i++)
        {
            await world.AdvanceAsync(delivery);
            world.Time.Advance(world.Options.Delivery.MaxDelay);
        }

        delivery = await world.ReadAsync(delivery);
        Assert.Equal(DeliveryState.Parked, delivery.State);
        Assert.Contains("never confirmed", delivery.Reason, StringComparison.Ordinal);
        Assert.Equal(3, world.Pacs.Stored.Count); // sent once, asked often
        Assert.Empty(world.Published.OfType<ReportConfirmed>());
    }

    [Fact]
    public async Task LateReportToAParkedDelivery_StillConfirms()
    {
        await using var world = await InferenceWorld.CreateAsync();
        var delivery = await SentAsync(world);
        var (transaction, objects) = Assert.Single(world.Pacs.Requested);
        await world.Deliveries.ParkAsync(delivery, "a person stopped it", world.Time.GetUtcNow(), CancellationToken.None);

        await ListenerHearsAsync(world, new CommitmentReport(transaction, objects, []));
        await world.Get<CommitmentConclusion>().DrawAsync(transaction, CancellationToken.None);

        Assert.Equal(DeliveryState.Confirmed, (await world.ReadAsync(delivery)).State);
    }

    /// <summary>Sent, commitment requested, and no report on the same association.</summary>
    private static async Task<DeliveryRow> SentAsync(InferenceWorld world)
    {
        world.Pacs.Report = (_, _) => null;
        var delivery = await world.WriteReportAsync();
        await world.AdvanceAsync(delivery);
        Assert.Equal(DeliveryState.CommitmentRequested, (await world.ReadAsync(delivery)).State);
        return delivery;
    }

    /// <summary>What the listener's side does with an N-EVENT-REPORT.</summary>
    private static Task<CommitmentReportRow?> ListenerHearsAsync(InferenceWorld world, CommitmentReport report) => world.Get<CommitmentStore>().RecordReportAsync(
        report.TransactionUid, [.. report.Committed.Select(item => new ReportedObject { SopClassUid = item.SopClassUid, SopInstanceUid = item.SopInstanceUid })],
        world.Time.GetUtcNow(), CancellationToken.None);
}
