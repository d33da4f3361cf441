using EchoClr.Dicom;
using EchoClr.Dicom.Ports;
using EchoClr.Inference.Delivery;
using EchoClr.Inference.Tests.World;
using EchoClr.Shared.Audit;
using EchoClr.Shared.Data;
using EchoClr.Shared.Ledger;
using EchoClr.Testing;

namespace EchoClr.Inference.Tests.Delivery;

/// <summary>A withdrawn report: the row that the command line writes, and what every destination then hears.</summary>
public sealed class WithdrawalTests
{
    private const string Note = SopClasses.KeyObjectSelectionDocumentStorage;
    private const string Sr = SopClasses.Comprehensive3DSRStorage;

    [Theory]
    [InlineData(null)]
    [InlineData("113001")]
    [InlineData("113037")]
    public async Task ConfirmedReport_IsSuperseded_AndThePacsConfirmsThat(string? note)
    {
        await using var world = await InferenceWorld.CreateAsync();
        var delivery = await ConfirmedAsync(world);
        var report = world.Pacs.Stored[^1].SopInstanceUid;
        world.Time.Advance(TimeSpan.FromHours(1));

        Assert.True(await WithdrawAsync(world, delivery, note));
        var row = (await world.Get<Worklist>().FindAsync(Rows.Uid("study one"), CancellationToken.None))!;
        Assert.Equal((WorklistState.Withdrawn, "wrong patient (admin); the destinations have yet to confirm that they know"), (row.State, row.Reason));
        Assert.Empty(row.Findings);
        await SweepAsync(world);

        Assert.Equal(note is null ? [Sr] : [Sr, Note], world.Pacs.Stored.Skip(3).Select(item => item.SopClassUid));
        var withdrawal = await ReadAsync(world, world.Pacs.Stored[3].SopInstanceUid);
        Assert.Equal(report, Predecessor(withdrawal));
        if (note is not null)
            Assert.Equal(3, (await ReadAsync(world, world.Pacs.Stored[4].SopInstanceUid)).GetSequence(DicomTags.ContentSequence).Count(item => item.GetString(DicomTags.ValueType) is "IMAGE" or "COMPOSITE"));
        delivery = await world.ReadAsync(delivery);
        Assert.Equal((DeliveryState.Confirmed, "StorageCommitment"), (delivery.State, delivery.ConfirmedBy));
        Assert.Equal(world.Pacs.Stored.Skip(3).Select(item => item.SopInstanceUid), world.Pacs.Requested[^1].Objects.Select(item => item.SopInstanceUid));
        row = (await world.Get<Worklist>().FindAsync(Rows.Uid("study one"), CancellationToken.None))!;
        Assert.Equal((WorklistState.Withdrawn, "wrong patient (admin)"), (row.State, row.Reason));
        var audit = Assert.Single(await world.Get<AuditTrail>().ListAsync(DateTimeOffset.UnixEpoch, 100, CancellationToken.None), entry => entry.Message.Contains("report withdrawn", StringComparison.Ordinal));
        Assert.Contains("admin", audit.Message, StringComparison.Ordinal);
        await AssertLedgerAsync(world);
    }

    [Fact]
    public async Task NothingSentYet_IsNotSentAnyMore()
    {
        await using var world = await InferenceWorld.CreateAsync();
        var delivery = await world.WriteReportAsync();

        Assert.True(await WithdrawAsync(world, delivery));
        Assert.False(await WithdrawAsync(world, delivery)); // once is enough
        await SweepAsync(world);

        Assert.Empty(world.Pacs.Stored);
        delivery = await world.ReadAsync(delivery);
        Assert.Equal((DeliveryState.Dropped, "withdrawn before anything was sent"), (delivery.State, delivery.Reason));
        Assert.Equal(WorklistState.Withdrawn, (await world.Get<Worklist>().FindAsync(Rows.Uid("study one"), CancellationToken.None))!.State);
        await AssertLedgerAsync(world);
    }

    [Fact]
    public async Task BeingSent_ComesToRestFirst_AndIsThenSuperseded()
    {
        await using var world = await InferenceWorld.CreateAsync();
        var delivery = await world.WriteReportAsync();
        var claimed = await world.Deliveries.TryClaimAsync(delivery.Id, "other", world.Time.GetUtcNow(), world.Options.Delivery.Lease, CancellationToken.None);
        await world.Deliveries.RecordAttemptAsync(claimed!.Delivery, world.Time.GetUtcNow(), CancellationToken.None);

        Assert.True(await WithdrawAsync(world, delivery));
        await SweepAsync(world);
        Assert.Empty(world.Pacs.Stored);
        world.Time.Advance(world.Options.Delivery.Lease); // the other worker died with it
        await SweepAsync(world);
        await SweepAsync(world);

        Assert.Equal([Sr], world.Pacs.Stored.Select(item => item.SopClassUid)); // the withdrawal alone
        Assert.Equal(DeliveryState.Confirmed, (await world.ReadAsync(delivery)).State);
        await AssertLedgerAsync(world);
    }

    [Fact]
    public async Task ParkedAfterItWasSent_IsSupersededToo()
    {
        await using var world = await InferenceWorld.CreateAsync();
        world.Pacs.Report = (_, _) => null;
        var delivery = await world.WriteReportAsync();
        await world.AdvanceAsync(delivery);
        await world.Deliveries.ParkAsync(delivery, "a person stopped it", world.Time.GetUtcNow(), CancellationToken.None);
        world.Pacs.Report = (transaction, objects) => new CommitmentReport(transaction, objects, []);

        await WithdrawAsync(world, delivery);
        await SweepAsync(world);

        Assert.Equal(4, world.Pacs.Stored.Count);
        Assert.Equal(DeliveryState.Confirmed, (await world.ReadAsync(delivery)).State);
    }

    [Fact]
    public async Task PacsDown_HearsOfItWhenItIsBack()
    {
        await using var world = await InferenceWorld.CreateAsync();
        var delivery = await ConfirmedAsync(world);
        await WithdrawAsync(world, delivery);
        world.Pacs.Away = "PACS@127.0.0.1:104 cannot be reached.";
        await SweepAsync(world);
        Assert.Equal(DeliveryState.Waiting, (await world.ReadAsync(delivery)).State);

        world.Pacs.Away = null;
        world.Time.Advance(TimeSpan.FromMinutes(1));
        await SweepAsync(world);

        Assert.Equal(DeliveryState.Confirmed, (await world.ReadAsync(delivery)).State);
    }

    [Fact]
    public async Task LateReportToTheOldTransaction_DoesNotConfirmTheWithdrawal()
    {
        await using var world = await InferenceWorld.CreateAsync();
        world.Pacs.Report = (_, _) => null;
        var delivery = await world.WriteReportAsync();
        await world.AdvanceAsync(delivery);
        var (transaction, objects) = Assert.Single(world.Pacs.Requested);
        await WithdrawAsync(world, delivery);
        await SweepAsync(world);

        await world.Get<CommitmentConclusion>().RecordAndDrawAsync(new CommitmentReport(transaction, objects, []), CancellationToken.None);

        Assert.Equal(DeliveryState.CommitmentRequested, (await world.ReadAsync(delivery)).State);
    }

    [Fact]
    public async Task LaterVersion_SupersedesTheWithdrawal()
    {
        await using var world = await InferenceWorld.CreateAsync();
        await WithdrawAsync(world, await ConfirmedAsync(world), "113001");
        await SweepAsync(world);
        var withdrawal = world.Pacs.Stored[3].SopInstanceUid;
        world.Time.Advance(TimeSpan.FromHours(1));

        var later = await world.WriteReportAsync(); // one more cine of the same study
        await SweepAsync(world);

        Assert.Equal(DeliveryState.Confirmed, (await world.ReadAsync(later)).State);
        var report = await ReadAsync(world, world.Pacs.Stored[^1].SopInstanceUid);
        Assert.Equal(withdrawal, Predecessor(report));
        Assert.Equal(3, report.GetInt32(DicomTags.InstanceNumber));
        var row = (await world.Get<Worklist>().FindAsync(Rows.Uid("study one"), CancellationToken.None))!;
        Assert.Equal(WorklistState.Confirmed, row.State);
        Assert.NotEmpty(row.Findings);
        await AssertLedgerAsync(world);
    }

    [Fact]
    public async Task HeldDestination_SendsNothing_AndReleasedSendsWhatWaited()
    {
        await using var world = await InferenceWorld.CreateAsync();
        var holds = world.Get<DestinationHoldStore>();
        var before = await world.WriteReportAsync("one");
        Assert.True(await holds.HoldAsync("pacs", "admin", "the PACS is being moved", world.Time.GetUtcNow(), CancellationToken.None));
        Assert.False(await holds.HoldAsync("pacs", "admin", "again", world.Time.GetUtcNow(), CancellationToken.None));
        var after = await world.WriteReportAsync("two");

        await SweepAsync(world);
        Assert.Equal([DeliveryState.Held, DeliveryState.Held], [(await world.ReadAsync(before)).State, (await world.ReadAsync(after)).State]);
        Assert.Equal(WorklistState.Held, (await world.Get<Worklist>().FindAsync(Rows.Uid("study two"), CancellationToken.None))!.State);
        await world.Sweeper().ReleaseAsync(CancellationToken.None); // a restart does not release it
        Assert.Equal(DeliveryState.Held, (await world.ReadAsync(after)).State);
        Assert.Empty(world.Pacs.Stored);

        Assert.Equal(2, await holds.ReleaseAsync("pacs", "admin", world.Time.GetUtcNow(), CancellationToken.None));
        Assert.Null(await holds.ReleaseAsync("pacs", "admin", world.Time.GetUtcNow(), CancellationToken.None));
        await SweepAsync(world);

        Assert.All(await world.DeliveriesAsync(), delivery => Assert.Equal(DeliveryState.Confirmed, delivery.State));
        Assert.Equal(6, world.Pacs.Stored.Count);
        Assert.Equal(["destination held", "destination released"], (await world.Get<AuditTrail>().ListAsync(DateTimeOffset.UnixEpoch, 100, CancellationToken.None))
            .Select(entry => new[] { "destination held", "destination released" }.FirstOrDefault(words => entry.Message.Contains(words, StringComparison.Ordinal))).OfType<string>().Order());
    }

    [Fact]
    public async Task HeldWhileItsReportIsAwaited_AsksNothing()
    {
        await using var world = await InferenceWorld.CreateAsync();
        world.Pacs.Report = (_, _) => null;
        var delivery = await world.WriteReportAsync();
        await world.AdvanceAsync(delivery);
        await world.Get<DestinationHoldStore>().HoldAsync("pacs", "admin", "the PACS is being moved", world.Time.GetUtcNow(), CancellationToken.None);

        world.Time.Advance(world.Options.Delivery.CommitmentTimeout);
        await SweepAsync(world);
        Assert.Equal((DeliveryState.Held, 0), ((await world.ReadAsync(delivery)).State, world.Pacs.Queries));

        await world.Get<DestinationHoldStore>().ReleaseAsync("pacs", "admin", world.Time.GetUtcNow(), CancellationToken.None);
        await SweepAsync(world);
        Assert.Equal("C-FIND", (await world.ReadAsync(delivery)).ConfirmedBy);
        Assert.Equal(3, world.Pacs.Stored.Count);
    }

    private static async Task<DeliveryRow> ConfirmedAsync(InferenceWorld world)
    {
        var delivery = await world.WriteReportAsync();
        await world.AdvanceAsync(delivery);
        delivery = await world.ReadAsync(delivery);
        Assert.Equal(DeliveryState.Confirmed, delivery.State);
        return delivery;
    }

    private static async Task<bool> WithdrawAsync(InferenceWorld world, DeliveryRow delivery, string? note = null) => await world.Get<WithdrawalStore>().WithdrawAsync(
        (await world.Get<AnalysisStore>().FindAsync(delivery.AnalysisId, CancellationToken.None))!, "admin", "wrong patient", note, Sr, world.Time.GetUtcNow(), CancellationToken.None);

    private static Task<int> SweepAsync(InferenceWorld world) => world.Sweeper().RunOnceAsync(CancellationToken.None);

    private static async Task<DicomDataset> ReadAsync(InferenceWorld world, string sopInstanceUid) =>
        DicomFile.Read(world.Database.Blobs.PathOf((await world.Deliveries.FindResultAsync(sopInstanceUid, CancellationToken.None))!.FileKey)).Dataset;

    private static string? Predecessor(DicomDataset report) => report.GetSequence(DicomTags.PredecessorDocumentsSequence)[0].GetSequence(DicomTags.ReferencedSeriesSequence)[0]
        .GetSequence(DicomTags.ReferencedSOPSequence)[0].GetString(DicomTags.ReferencedSOPInstanceUID);

    private static async Task AssertLedgerAsync(InferenceWorld world)
    {
        var rules = new List<string>();
        foreach (var found in (await new LedgerAudit(world.Database.Database, world.Database.Blobs, world.Time).RunAsync(strict: false, null, CancellationToken.None)).Breaks)
        {
            if (found.ToString().Contains("delivery", StringComparison.Ordinal)) // the cines of these tests are rows of no real arrival
                rules.Add(found.ToString());
        }
        Assert.Empty(rules);
    }
}
