using EchoClr.Dicom;
using EchoClr.Dicom.Ports;
using EchoClr.Inference.Delivery;
using EchoClr.Inference.Tests.World;
using EchoClr.Shared.Contracts;
using EchoClr.Shared.Data;

namespace EchoClr.Inference.Tests.Delivery;

public class ReportDeliveryTests
{
    private const string Cine = SopClasses.MultiFrameTrueColorSecondaryCaptureImageStorage;

    [Fact]
    public async Task Advance_PacsThatCommitsAtOnce_SendsCinesThenReportAndConfirms()
    {
        await using var world = await InferenceWorld.CreateAsync();
        var delivery = await world.WriteReportAsync();

        await world.AdvanceAsync(delivery);

        Assert.Equal([Cine, Cine, SopClasses.Comprehensive3DSRStorage], world.Pacs.Stored.Select(item => item.SopClassUid));
        Assert.Equal(3, Assert.Single(world.Pacs.Requested).Objects.Count);
        delivery = await world.ReadAsync(delivery);
        Assert.Equal((DeliveryState.Confirmed, "StorageCommitment", 1), (delivery.State, delivery.ConfirmedBy, delivery.Attempts));
        Assert.Equal(delivery.Id, Assert.Single(await world.PublishedAsync<ReportConfirmed>(1)).DeliveryId);
    }

    [Fact]
    public async Task Advance_AgainAfterTheEnd_SendsNothing()
    {
        await using var world = await InferenceWorld.CreateAsync();
        var delivery = await world.WriteReportAsync();
        await world.AdvanceAsync(delivery);

        await world.AdvanceAsync(delivery);
        await world.Get<ReportDelivery>().AdvanceAllAsync(delivery.AnalysisId, CancellationToken.None);

        Assert.Equal(3, world.Pacs.Stored.Count);
        Assert.Single(await world.PublishedAsync<ReportConfirmed>(1));
    }

    [Fact]
    public async Task Advance_FourWorkersAtOnce_SendEachObjectOnce()
    {
        await using var world = await InferenceWorld.CreateAsync();
        var delivery = await world.WriteReportAsync();

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => world.AnotherWorker().AdvanceAsync(delivery.Id, CancellationToken.None))));

        Assert.Equal(3, world.Pacs.Stored.Count);
        Assert.Single(world.Pacs.Requested);
        Assert.Equal(DeliveryState.Confirmed, (await world.ReadAsync(delivery)).State);
    }

    [Fact]
    public async Task Advance_PacsAway_BacksOffThenParksOnce()
    {
        await using var world = await InferenceWorld.CreateAsync(options => options.Delivery.MaxAttempts = 4);
        var delivery = await world.WriteReportAsync();
        world.Pacs.Away = "PACS@127.0.0.1:104 cannot be reached: Connection refused.";
        var waits = new List<TimeSpan>();

        for (var attempt = 1; attempt <= 4; attempt++)
        {
            await world.AdvanceAsync(delivery);
            delivery = await world.ReadAsync(delivery);
            Assert.Equal(attempt, delivery.Attempts);
            if (delivery.NextAttemptAt is not { } next)
                continue;
            waits.Add(next - world.Time.GetUtcNow());
            await world.AdvanceAsync(delivery); // too early: nothing happens
            Assert.Equal(attempt, (await world.ReadAsync(delivery)).Attempts);
            world.Time.Advance(waits[^1]);
        }

        Assert.Equal([10, 20, 40], waits.Select(wait => wait.TotalSeconds));
        Assert.Equal(DeliveryState.Parked, delivery.State);
        Assert.Contains("Connection refused", delivery.Reason, StringComparison.Ordinal);
        Assert.Single(await world.PublishedAsync<DeliveryParked>(1));
    }

    [Fact]
    public async Task Advance_PacsComesBack_Delivers()
    {
        await using var world = await InferenceWorld.CreateAsync();
        var delivery = await world.WriteReportAsync();
        world.Pacs.StoreStatus = _ => new DimseStatus(0xA700, "out of resources");
        await world.AdvanceAsync(delivery);
        Assert.Contains("A700H", (await world.ReadAsync(delivery)).Reason, StringComparison.Ordinal);
        Assert.Empty(world.Pacs.Stored);

        world.Pacs.StoreStatus = _ => new DimseStatus(0xB000, "elements coerced"); // a warning: it holds the object
        world.Time.Advance(TimeSpan.FromSeconds(10));
        await world.AdvanceAsync(delivery);

        Assert.Equal(DeliveryState.Confirmed, (await world.ReadAsync(delivery)).State);
    }

    [Fact]
    public async Task Advance_CineFailed_SendsNoReportThatWouldPointToNothing()
    {
        await using var world = await InferenceWorld.CreateAsync();
        var delivery = await world.WriteReportAsync();
        world.Pacs.StoreStatus = sopClass => sopClass == Cine ? new DimseStatus(0x0110) : DimseStatus.Success;

        await world.AdvanceAsync(delivery);

        Assert.Empty(world.Pacs.Stored);
        Assert.Equal(DeliveryState.Waiting, (await world.ReadAsync(delivery)).State);
    }

    [Fact]
    public async Task Advance_ReportClassRefused_FallsBackAndRemembers()
    {
        await using var world = await InferenceWorld.CreateAsync();
        var first = await world.WriteReportAsync("one");
        world.Pacs.RefusedClasses.UnionWith([SopClasses.Comprehensive3DSRStorage, SopClasses.ComprehensiveSRStorage]);

        await world.AdvanceAsync(first);

        Assert.Equal(DeliveryState.Confirmed, (await world.ReadAsync(first)).State);
        Assert.Equal(SopClasses.EnhancedSRStorage, world.Pacs.Stored[^1].SopClassUid);
        var second = await world.WriteReportAsync("two");
        var objects = await world.Deliveries.ListObjectsAsync(second.Id, CancellationToken.None);
        Assert.Equal(SopClasses.EnhancedSRStorage, Assert.Single(objects, item => item.Kind == ResultKind.StructuredReport).SopClassUid);
    }

    [Fact]
    public async Task Advance_NoClassTaken_WaitsWithTheReason()
    {
        await using var world = await InferenceWorld.CreateAsync();
        var delivery = await world.WriteReportAsync();
        world.Pacs.RefusedClasses.UnionWith(Inference.Reporting.StructuredReportBuilder.SopClassPreference);

        await world.AdvanceAsync(delivery);

        delivery = await world.ReadAsync(delivery);
        Assert.Equal(DeliveryState.Waiting, delivery.State);
        Assert.Contains("abstract syntax not supported", delivery.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Advance_WorkerDiedAfterTheCines_AnotherSendsOnlyTheReport()
    {
        await using var world = await InferenceWorld.CreateAsync();
        var delivery = await world.WriteReportAsync();
        var claimed = await world.Deliveries.TryClaimAsync(delivery.Id, "dead", world.Time.GetUtcNow(), world.Options.Delivery.Lease, CancellationToken.None);
        foreach (var cine in claimed!.Objects.Where(item => item.Kind == ResultKind.SaliencyCine))
            await world.Deliveries.RecordObjectStatusAsync(delivery.Id, cine.ResultObjectId, 0, stored: true, world.Time.GetUtcNow(), CancellationToken.None);
        await world.AdvanceAsync(delivery);
        Assert.Empty(world.Pacs.Stored); // its claim still holds

        world.Time.Advance(world.Options.Delivery.Lease);
        await world.AdvanceAsync(delivery);

        Assert.Equal([SopClasses.Comprehensive3DSRStorage], world.Pacs.Stored.Select(item => item.SopClassUid));
        Assert.Equal(DeliveryState.Confirmed, (await world.ReadAsync(delivery)).State);
    }

    /// <summary>Without the note when it was sent, the query's turn never came: commitment was requested for ever from a PACS that does not offer it.</summary>
    [Fact]
    public async Task Advance_WorkerDiedAfterTheLastAnswer_AnotherNotesTheSending_AndTheQueryConfirms()
    {
        await using var world = await InferenceWorld.CreateAsync();
        world.Pacs.NoCommitment = "no such presentation context";
        var delivery = await world.WriteReportAsync();
        var claimed = await world.Deliveries.TryClaimAsync(delivery.Id, "dead", world.Time.GetUtcNow(), world.Options.Delivery.Lease, CancellationToken.None);
        foreach (var item in claimed!.Objects)
        {
            await world.Deliveries.RecordObjectStatusAsync(delivery.Id, item.ResultObjectId, 0, stored: true, world.Time.GetUtcNow(), CancellationToken.None);
            world.Pacs.Holds.Add(item.SopInstanceUid);
        }

        world.Time.Advance(world.Options.Delivery.Lease);
        await world.AdvanceAsync(delivery);
        Assert.NotNull((await world.ReadAsync(delivery)).SentAt);
        world.Time.Advance(world.Options.Delivery.CommitmentTimeout);
        await world.AdvanceAsync(delivery);

        Assert.Empty(world.Pacs.Stored);
        Assert.Equal(DeliveryState.Confirmed, (await world.ReadAsync(delivery)).State);
    }

    [Theory]
    [InlineData(DestinationState.Hold)]
    [InlineData(DestinationState.Off)]
    public async Task Advance_DestinationNoLongerOn_KeepsTheResultBack(DestinationState state)
    {
        await using var world = await InferenceWorld.CreateAsync();
        var delivery = await world.WriteReportAsync();
        world.Options.Destinations[0].State = state;

        await world.AdvanceAsync(delivery);

        Assert.Equal(DeliveryState.Held, (await world.ReadAsync(delivery)).State);
        Assert.Empty(world.Pacs.Stored);
    }

    [Fact]
    public async Task Sweeper_HeldDestinationTurnedOn_DeliversWhatWasHeld()
    {
        await using var world = await InferenceWorld.CreateAsync(options => options.Destinations[0].State = DestinationState.Hold);
        var delivery = await world.WriteReportAsync();
        Assert.Equal(DeliveryState.Held, delivery.State);
        var sweeper = Assert.Single(world.Get<IEnumerable<Microsoft.Extensions.Hosting.IHostedService>>().OfType<DeliverySweeper>());
        Assert.Equal(0, await sweeper.RunOnceAsync(CancellationToken.None));

        world.Options.Destinations[0].State = DestinationState.On;
        await sweeper.ReleaseAsync(CancellationToken.None);
        Assert.Equal(1, await sweeper.RunOnceAsync(CancellationToken.None));

        Assert.Equal(DeliveryState.Confirmed, (await world.ReadAsync(delivery)).State);
    }

    [Fact]
    public async Task Advance_DestinationGoneFromTheSettings_Parks()
    {
        await using var world = await InferenceWorld.CreateAsync();
        var delivery = await world.WriteReportAsync();
        world.Options.Destinations.Clear();

        await world.AdvanceAsync(delivery);

        delivery = await world.ReadAsync(delivery);
        Assert.Equal(DeliveryState.Parked, delivery.State);
        Assert.Contains("no longer in the settings", delivery.Reason, StringComparison.Ordinal);
    }
}
