using EchoClr.Shared.Data;
using EchoClr.Shared.Storage;
using EchoClr.Testing;

namespace EchoClr.Portal.Tests;

public sealed class StudyDetailReaderTests
{
    [Fact]
    public async Task Find_WithdrawnReport_StillTellsThatThePacsConfirmedIt()
    {
        await using var test = await TestDatabase.CreateAsync(DatabaseProvider.Sqlite);
        var (deliveries, withdrawals) = (new DeliveryStore(test.Database), new WithdrawalStore(test.Database));
        var (version, analysis, report, delivery) = await test.ReportStudyAsync("s");
        var claim = (await deliveries.TryClaimAsync(delivery.Id, "worker", Rows.Noon, TimeSpan.FromMinutes(1), default))!;
        await deliveries.RecordObjectStatusAsync(delivery.Id, claim.Objects[0].ResultObjectId, 0, true, Rows.Noon.AddMinutes(1), default);
        await deliveries.RecordSentAsync(claim.Delivery, Rows.Noon.AddMinutes(1), default);
        await deliveries.RecordConfirmedAsync(claim.Delivery, "StorageCommitment", Rows.Noon.AddMinutes(2), default);

        Assert.True(await withdrawals.WithdrawAsync(analysis, "Dr. A", "wrong", null, report.SopClassUid, Rows.Noon.AddHours(1), default));
        var confirmed = (await deliveries.FindAsync(delivery.Id, default))!;
        Assert.True(await withdrawals.RecordWrittenAsync(analysis, [new WithdrawnDelivery(confirmed, [Rows.Result(ResultKind.Withdrawal, "withdrawal")])], Rows.Noon.AddHours(1), default));

        var events = (await EventsAsync(test, version)).Where(e => e.Evidence == "the report that was withdrawn later").ToList();
        Assert.Equal([(Rows.Noon.AddMinutes(1), "Sent to pacs"), (Rows.Noon.AddMinutes(2), "pacs confirmed that it holds the result")], events.Select(e => (e.At, e.What)));
    }

    [Fact]
    public async Task Find_TellsWhatASystemOutsideWasTold_AndWhatBecameOfIt()
    {
        await using var test = await TestDatabase.CreateAsync(DatabaseProvider.Sqlite);
        var (deliveries, signals) = (new DeliveryStore(test.Database), new SignalStore(test.Database));
        var (version, _, _, delivery) = await test.ReportStudyAsync("s");
        await deliveries.RecordConfirmedAsync(delivery, "StorageCommitment", Rows.Noon.AddMinutes(2), default, [new SignalWish("ris", false), new SignalWish("hub", false)]);
        var ids = (await signals.ListOfStudyAsync(version.StudyInstanceUid, default)).Select(signal => signal.Id).ToList();
        var told = (await signals.TryClaimAsync(ids[0], "worker", Rows.Noon.AddMinutes(3), TimeSpan.FromMinutes(1), default))!;
        await signals.RecordSentAsync(told, Rows.Noon.AddMinutes(4), default);
        var refused = (await signals.TryClaimAsync(ids[1], "worker", Rows.Noon.AddMinutes(3), TimeSpan.FromMinutes(1), default))!;
        await signals.ParkAsync(refused, "worker", "answered 404", Rows.Noon.AddMinutes(5), default);

        var events = await EventsAsync(test, version);
        Assert.Contains(new StudyEvent(Rows.Noon.AddMinutes(4), "ris was told: findings", "acknowledged; attempt 1"), events);
        Assert.Contains(new StudyEvent(Rows.Noon.AddMinutes(5), "Signal to hub parked: findings", "answered 404"), events);
    }

    [Fact]
    public async Task Find_LateObjects_TheEarlierReportIsThereStill_AndMarkedAsOne()
    {
        await using var test = await TestDatabase.CreateAsync(DatabaseProvider.Sqlite);
        var (version, analysis, first, _) = await test.ReportStudyAsync("s");
        var late = Rows.Association("late");
        await test.ReceiveAsync(Rows.Instance("s", "s late", at: Rows.Noon.AddHours(1), association: late), late);
        await test.EndAsync(late, Rows.Noon.AddHours(1));
        var open = await FindAsync(test, version);
        Assert.Equal([(1, first.SopInstanceUid)], open.Reports.Select(report => (report.Version, report.SopInstanceUid)));
        Assert.Contains(analysis.Id, open.AnalysesShown); // a reader who opens the study sees it: no later answer is blind

        var next = await test.CompleteAsync("s", Rows.Noon.AddHours(2));
        var (_, second, _) = await test.ReportAsync(next, "sr 2");
        var found = await FindAsync(test, version);
        Assert.Equal([(2, second.SopInstanceUid, true), (1, first.SopInstanceUid, false)], found.Reports.Select(report => (report.Version, report.SopInstanceUid, report.Stands)));
    }

    private static async Task<IReadOnlyList<StudyEvent>> EventsAsync(TestDatabase test, StudyVersionRow version) => (await FindAsync(test, version)).Events;

    private static async Task<StudyDetail> FindAsync(TestDatabase test, StudyVersionRow version)
    {
        using var folder = new TemporaryFolder();
        var reader = new StudyDetailReader(
            new Worklist(test.Database), new StudyStore(test.Database), new AnalysisStore(test.Database), new DeliveryStore(test.Database), new SignalStore(test.Database),
            new ReportPatientStore(test.Database), new BlobStore(folder.Path));
        return (await reader.FindAsync(version.StudyInstanceUid, default))!;
    }
}
