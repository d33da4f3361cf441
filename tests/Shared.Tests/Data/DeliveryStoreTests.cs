using EchoClr.Shared.Data;
using EchoClr.Testing;

namespace EchoClr.Shared.Tests.Data;

public sealed class DeliveryStoreTests
{
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(5);
    private static readonly NewResultObject Cine = Rows.Result(ResultKind.SaliencyCine, "sc");
    private static readonly NewResultObject Report = Rows.Result(ResultKind.StructuredReport, "sr");

    [Theory, EachDatabase]
    public async Task Delivery_FromWaitingToConfirmed_TakesEveryStep(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        var (deliveries, commitments) = (new DeliveryStore(test.Database), new CommitmentStore(test.Database));
        var analysis = await ReportAsync(test, new NewDelivery("pacs", false, [Cine.SopInstanceUid, Report.SopInstanceUid]));
        var due = Assert.Single(await deliveries.ListDueAsync(Rows.Noon, Rows.Noon, 10, default));
        Assert.Equal((analysis.Id, analysis.TraceId), (due.AnalysisId, due.TraceId));

        var claim = await deliveries.TryClaimAsync(due.Id, "worker", Rows.Noon, Lease, default);
        Assert.NotNull(claim);
        Assert.Equal([Cine.SopInstanceUid, Report.SopInstanceUid], claim.Objects.Select(item => item.SopInstanceUid)); // in the order of sending
        await deliveries.RecordAttemptAsync(claim.Delivery, Rows.Noon, default);
        foreach (var item in claim.Objects)
            await deliveries.RecordObjectStatusAsync(due.Id, item.ResultObjectId, 0, true, Rows.Noon, default);
        Assert.True(await deliveries.RecordSentAsync(claim.Delivery, Rows.Noon, default));
        Assert.True(await deliveries.RecordCommitmentRequestedAsync(claim.Delivery, "1.2.3", Rows.Noon, Rows.Noon.AddMinutes(10), default));

        var reported = await commitments.RecordReportAsync("1.2.3", [Committed(Cine), Committed(Report)], Rows.Noon, default);
        Assert.NotNull(reported);
        Assert.Equal(analysis.TraceId, reported.TraceId);
        var (report, objects) = Assert.Single(await commitments.ListUnhandledAsync("1.2.3", default));
        Assert.Equal(2, objects.Count);
        await commitments.MarkHandledAsync(report, Rows.Noon, default);
        Assert.All(await deliveries.ListObjectsAsync(due.Id, default), item => Assert.Equal(Rows.Noon, item.ConfirmedAt));
        Assert.True(await deliveries.RecordConfirmedAsync(claim.Delivery, "StorageCommitment", Rows.Noon, default));
        Assert.False(await deliveries.RecordConfirmedAsync(claim.Delivery, "Query", Rows.Noon, default)); // only the first made it so

        var row = Assert.Single(await deliveries.ListOfAnalysisAsync(analysis.Id, default));
        Assert.Equal((DeliveryState.Confirmed, 1, 1, "StorageCommitment", "1.2.3"), (row.State, row.Attempts, row.CommitmentAttempts, row.ConfirmedBy, row.CommitmentTransactionUid));
        Assert.Empty(await deliveries.ListDueAsync(Rows.Noon.AddYears(1), Rows.Noon.AddYears(1), 10, default));
        Assert.Empty(await commitments.ListUnhandledAsync(Rows.Noon.AddYears(1), 10, default));
    }

    [Theory, EachDatabase]
    public async Task RecordReport_SecondTime_WritesNothing(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        var deliveries = new DeliveryStore(test.Database);
        var analysis = await ReportAsync(test, new NewDelivery("pacs", false, [Report.SopInstanceUid]));
        Assert.False(await deliveries.RecordReportAsync(analysis, [Rows.Result(ResultKind.StructuredReport, "other")], [new NewDelivery("other", false, [])], Rows.Noon, default));
        Assert.Equal(2, (await deliveries.ListResultObjectsAsync(analysis.Id, default)).Count);
        Assert.Single(await deliveries.ListOfAnalysisAsync(analysis.Id, default));
        Assert.Empty(await new AnalysisStore(test.Database).ListUnreportedAsync(AnalysisState.Analyzed, Rows.Noon.AddYears(1), 10, default));
    }

    [Theory, EachDatabase]
    public async Task RecordReport_DeliveryOfAnUnknownObject_IsRefusedWhole(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        await Assert.ThrowsAsync<InvalidOperationException>(() => ReportAsync(test, new NewDelivery("pacs", false, ["1.2.3.4"])));
        Assert.Single(await new AnalysisStore(test.Database).ListUnreportedAsync(AnalysisState.Analyzed, Rows.Noon.AddYears(1), 10, default));
    }

    [Theory, EachDatabase]
    public async Task TryClaim_EightWorkers_OneGetsIt_AndAnExpiredClaimGoesToTheNext(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        var deliveries = new DeliveryStore(test.Database);
        var id = await OneDeliveryAsync(test);
        var claims = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => deliveries.TryClaimAsync(id, $"{i}", Rows.Noon, Lease, default))));
        Assert.Single(claims, claim => claim is not null);
        Assert.Null(await deliveries.TryClaimAsync(id, "early", Rows.Noon.AddMinutes(4), Lease, default));
        Assert.Single(await deliveries.ListDueAsync(Rows.Noon.AddMinutes(5), Rows.Noon.AddMinutes(5), 10, default));
        Assert.NotNull(await deliveries.TryClaimAsync(id, "next", Rows.Noon.AddMinutes(5), Lease, default));
    }

    [Theory, EachDatabase]
    public async Task Retry_FromSendingOrFromCommitment_IsDueAtItsTime(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        var deliveries = new DeliveryStore(test.Database);
        var id = await OneDeliveryAsync(test);
        var claim = await deliveries.TryClaimAsync(id, "worker", Rows.Noon, Lease, default);
        Assert.True(await deliveries.RecordRetryAsync(claim!.Delivery, resend: true, "association refused", Rows.Noon, Rows.Noon.AddSeconds(30), default));
        Assert.Null(await deliveries.TryClaimAsync(id, "worker", Rows.Noon.AddSeconds(29), Lease, default));
        // Hinted at noon, due since: it is shown at once, however young the hint is.
        Assert.Single(await deliveries.ListDueAsync(Rows.Noon.AddMinutes(-1), Rows.Noon.AddSeconds(30), 10, default));

        claim = await deliveries.TryClaimAsync(id, "worker", Rows.Noon.AddSeconds(30), Lease, default);
        Assert.Equal("association refused", claim!.Delivery.Reason);
        await deliveries.RecordSentAsync(claim.Delivery, Rows.Noon.AddSeconds(30), default);
        Assert.True(await deliveries.RecordCommitmentRequestedAsync(claim.Delivery, "1.2.3", Rows.Noon.AddSeconds(30), Rows.Noon.AddMinutes(10), default));
        Assert.True(await deliveries.RecordRetryAsync(claim.Delivery, resend: false, "no report came", Rows.Noon.AddMinutes(10), Rows.Noon.AddMinutes(20), default));
        var row = await deliveries.FindAsync(id, default);
        Assert.Equal((DeliveryState.Sent, Rows.Noon.AddMinutes(20)), (row!.State, row.NextAttemptAt));
    }

    [Theory, EachDatabase]
    public async Task LateWorker_AfterItWasConfirmed_ChangesNothing(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        var deliveries = new DeliveryStore(test.Database);
        var id = await OneDeliveryAsync(test);
        var late = (await deliveries.TryClaimAsync(id, "late", Rows.Noon, Lease, default))!.Delivery;
        await deliveries.RecordConfirmedAsync(late, "Query", Rows.Noon, default);
        Assert.False(await deliveries.RecordSentAsync(late, Rows.Noon, default));
        Assert.False(await deliveries.RecordCommitmentRequestedAsync(late, "1.2.3", Rows.Noon, Rows.Noon, default));
        Assert.False(await deliveries.RecordRetryAsync(late, true, "late", Rows.Noon, Rows.Noon, default));
        Assert.False(await deliveries.ParkAsync(late, "late", Rows.Noon, default));
        Assert.Equal(DeliveryState.Confirmed, (await deliveries.FindAsync(id, default))!.State);
    }

    [Theory, EachDatabase]
    public async Task Parked_IsListed_RetriedOrDropped(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        var (deliveries, parked) = (new DeliveryStore(test.Database), new Parked(test.Database));
        var id = await OneDeliveryAsync(test);
        var delivery = (await deliveries.FindAsync(id, default))!;
        Assert.True(await deliveries.ParkAsync(delivery, "refused with A900", Rows.Noon, default));
        Assert.False(await deliveries.ParkAsync(delivery, "again", Rows.Noon, default));
        var item = Assert.Single(await parked.ListAsync(default));
        Assert.Equal((ParkedKind.Delivery, id, "pacs", "refused with A900"), (item.Kind, item.Id, item.Destination, item.Reason));

        Assert.True(await parked.RetryAsync(ParkedKind.Delivery, id, Rows.Noon.AddHours(1), default));
        Assert.NotNull(await deliveries.TryClaimAsync(id, "worker", Rows.Noon.AddHours(1), Lease, default));
        await deliveries.ParkAsync(delivery, "once more", Rows.Noon, default);
        Assert.True(await parked.DropDeliveryAsync(id, Rows.Noon, default));
        Assert.False(await parked.DropDeliveryAsync(id, Rows.Noon, default));
        Assert.Empty(await parked.ListAsync(default));
        Assert.Equal((DeliveryState.Dropped, "once more"), ((await deliveries.FindAsync(id, default))!.State, (await deliveries.FindAsync(id, default))!.Reason));
    }

    [Theory, EachDatabase]
    public async Task Held_IsNeverDue_UntilItIsReleased(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        var deliveries = new DeliveryStore(test.Database);
        var id = await OneDeliveryAsync(test, held: true);
        Assert.Empty(await deliveries.ListDueAsync(Rows.Noon.AddYears(1), Rows.Noon.AddYears(1), 10, default));
        Assert.Null(await deliveries.TryClaimAsync(id, "worker", Rows.Noon.AddYears(1), Lease, default));
        Assert.Equal(0, await deliveries.ReleaseHeldAsync("another", Rows.Noon, default));
        Assert.Equal(1, await deliveries.ReleaseHeldAsync("pacs", Rows.Noon, default));
        Assert.NotNull(await deliveries.TryClaimAsync(id, "worker", Rows.Noon, Lease, default));
    }

    [Theory, EachDatabase]
    public async Task CommitmentReport_Partial_MarksEachObject_AndALateReportToAnOldRequestStillCounts(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        var (deliveries, commitments) = (new DeliveryStore(test.Database), new CommitmentStore(test.Database));
        var analysis = await ReportAsync(test, new NewDelivery("pacs", false, [Cine.SopInstanceUid, Report.SopInstanceUid]));
        var delivery = Assert.Single(await deliveries.ListOfAnalysisAsync(analysis.Id, default));
        var claim = (await deliveries.TryClaimAsync(delivery.Id, "worker", Rows.Noon, Lease, default))!.Delivery;
        await deliveries.RecordCommitmentRequestedAsync(claim, "1.1", Rows.Noon, Rows.Noon, default);
        await deliveries.RecordCommitmentRequestedAsync(claim, "1.2", Rows.Noon, Rows.Noon, default);

        await commitments.RecordReportAsync("1.1", [Committed(Cine), Committed(Report) with { FailureReason = 0x0112 }], Rows.Noon, default);
        Assert.Equal(delivery.Id, (await commitments.FindDeliveryAsync("1.1", default))!.Id);
        await commitments.MarkHandledAsync(Assert.Single(await commitments.ListUnhandledAsync("1.1", default)).Report, Rows.Noon, default);
        var objects = await deliveries.ListObjectsAsync(delivery.Id, default);
        Assert.Equal([(Rows.Noon, null), (null, 0x0112)], objects.Select(item => (item.ConfirmedAt, item.FailureReason)).ToArray());
    }

    [Theory, EachDatabase]
    public async Task CommitmentReport_UnknownTransaction_LeavesNoRow(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        var commitments = new CommitmentStore(test.Database);
        Assert.Null(await commitments.RecordReportAsync("9.9", [Committed(Report)], Rows.Noon, default));
        Assert.Empty(await commitments.ListUnhandledAsync(Rows.Noon.AddYears(1), 10, default));
    }

    [Theory, EachDatabase]
    public async Task ListEarlierReports_NamesWhatANewReportSupersedes(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        var analysis = await ReportAsync(test, new NewDelivery("pacs", false, [Report.SopInstanceUid]));
        await test.ReceiveAsync(Rows.Instance("s", "late", at: Rows.Noon.AddHours(1)));
        var second = await test.CompleteAsync("s", Rows.Noon.AddHours(2));
        var analyses = new AnalysisStore(test.Database);
        var later = await analyses.FindAsync((await analyses.RecordAsync(Rows.Analysis(second, await test.PromoteModelsAsync()), default)).AnalysisId, default);
        var deliveries = new DeliveryStore(test.Database);
        Assert.Equal([Report.SopInstanceUid], (await deliveries.ListEarlierReportsAsync(later!, default)).Select(row => row.SopInstanceUid));
        Assert.Empty(await deliveries.ListEarlierReportsAsync(analysis, default));
    }

    private static ReportedObject Committed(NewResultObject result) => new() { SopClassUid = result.SopClassUid, SopInstanceUid = result.SopInstanceUid };

    private static async Task<AnalysisRow> ReportAsync(TestDatabase test, params NewDelivery[] wanted)
    {
        var version = await test.CompleteStudyAsync("s");
        var analyses = new AnalysisStore(test.Database);
        var recorded = await analyses.RecordAsync(Rows.Analysis(version, await test.PromoteModelsAsync()), default);
        var analysis = (await analyses.FindAsync(recorded.AnalysisId, default))!;
        Assert.True(await new DeliveryStore(test.Database).RecordReportAsync(analysis, [Cine, Report], wanted, Rows.Noon, default));
        return analysis;
    }

    private static async Task<long> OneDeliveryAsync(TestDatabase test, bool held = false)
    {
        var analysis = await ReportAsync(test, new NewDelivery("pacs", held, [Report.SopInstanceUid]));
        return Assert.Single(await new DeliveryStore(test.Database).ListOfAnalysisAsync(analysis.Id, default)).Id;
    }
}
