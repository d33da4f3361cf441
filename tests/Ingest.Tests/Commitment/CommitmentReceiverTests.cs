using EchoClr.Dicom.Ports;
using EchoClr.Ingest.Commitment;
using EchoClr.Shared.Contracts;
using EchoClr.Shared.Data;
using EchoClr.Testing;

namespace EchoClr.Ingest.Tests.Commitment;

public sealed class CommitmentReceiverTests
{
    private static readonly NewResultObject Report = Rows.Result(ResultKind.StructuredReport, "sr");
    private static readonly NewResultObject Cine = Rows.Result(ResultKind.SaliencyCine, "sc");

    [Fact]
    public async Task Report_ToOurRequest_IsRecordedThenPublished_AlsoWhenThePacsRepeatsIt()
    {
        await using var ingest = await IngestUnderTest.CreateAsync();
        await RequestAsync(ingest, "1.2.99");
        var report = new CommitmentReport("1.2.99", [Reference(Cine)], [(Reference(Report), 0x0112)]);
        for (var time = 0; time < 2; time++)
        {
            Assert.Equal(DimseStatus.Success, await ingest.Handler.CommitmentReportedAsync(report, default));
            Assert.Equal("1.2.99", (await ingest.Published.NextAsync<CommitmentReported>()).TransactionUid);
        }

        var recorded = await new CommitmentStore(ingest.Test.Database).ListUnhandledAsync("1.2.99", default);
        Assert.Equal(2, recorded.Count);
        Assert.Equal([(Cine.SopInstanceUid, null), (Report.SopInstanceUid, (int?)0x0112)],
            recorded[0].Objects.OrderBy(item => item.FailureReason ?? 0).Select(item => (item.SopInstanceUid, item.FailureReason)).ToArray());
    }

    [Fact]
    public async Task Report_AnObjectInBothLists_CountsAsFailed()
    {
        await using var ingest = await IngestUnderTest.CreateAsync();
        await RequestAsync(ingest, "1.2.99");
        await ingest.Handler.CommitmentReportedAsync(new CommitmentReport("1.2.99", [Reference(Report)], [(Reference(Report), 0x0110)]), default);
        var (_, objects) = Assert.Single(await new CommitmentStore(ingest.Test.Database).ListUnhandledAsync("1.2.99", default));
        Assert.Equal(0x0110, Assert.Single(objects).FailureReason);
    }

    [Fact]
    public async Task Report_ToNoRequestOfOurs_IsRefusedAndKeepsNothing()
    {
        await using var ingest = await IngestUnderTest.CreateAsync();
        Assert.Equal(CommitmentReceiver.UnknownTransaction, await ingest.Handler.CommitmentReportedAsync(new CommitmentReport("6.6.6", [Reference(Report)], []), default));
        Assert.Equal(0, await ingest.Test.Database.ReadAsync(session => session.ScalarAsync<int>("SELECT COUNT(*) FROM commitment_report"), default));
        Assert.True(ingest.Published.IsEmpty);
    }

    private static SopReference Reference(NewResultObject result) => new(result.SopClassUid, result.SopInstanceUid);

    private static async Task RequestAsync(IngestUnderTest ingest, string transactionUid)
    {
        var (analyses, deliveries) = (new AnalysisStore(ingest.Test.Database), new DeliveryStore(ingest.Test.Database));
        var version = await ingest.Test.CompleteStudyAsync("s");
        var recorded = await analyses.RecordAsync(Rows.Analysis(version, await ingest.Test.PromoteModelsAsync()), default);
        await deliveries.RecordReportAsync((await analyses.FindAsync(recorded.AnalysisId, default))!, [Cine, Report], [new NewDelivery("pacs", false, [Cine.SopInstanceUid, Report.SopInstanceUid])], Rows.Noon, default);
        var delivery = Assert.Single(await deliveries.ListOfAnalysisAsync(recorded.AnalysisId, default));
        var claim = await deliveries.TryClaimAsync(delivery.Id, "worker", Rows.Noon, TimeSpan.FromMinutes(5), default);
        await deliveries.RecordCommitmentRequestedAsync(claim!.Delivery, transactionUid, Rows.Noon, Rows.Noon.AddMinutes(5), default);
    }
}
