using EchoClr.Shared.Data;
using EchoClr.Testing;

namespace EchoClr.Shared.Tests.Data;

public sealed class WorklistTests
{
    [Theory, EachDatabase]
    public async Task Find_ShowsEveryStationOfAStudy(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        var (analyses, deliveries) = (new AnalysisStore(test.Database), new DeliveryStore(test.Database));
        await test.ReceiveAsync(Rows.Instance("s", "a"));
        Assert.Equal(WorklistState.Receiving, await StateAsync(test));
        var version = await test.CompleteAsync("s", Rows.Noon);
        Assert.Equal(WorklistState.WaitingForAnalysis, await StateAsync(test));

        var recorded = await analyses.RecordAsync(Rows.Analysis(version, await test.PromoteModelsAsync()), default);
        Assert.Equal(WorklistState.WaitingForReport, await StateAsync(test));

        var report = Rows.Result(ResultKind.StructuredReport, "sr");
        await deliveries.RecordReportAsync((await analyses.FindAsync(recorded.AnalysisId, default))!, [report],
            [new NewDelivery("pacs", false, [report.SopInstanceUid]), new NewDelivery("archive", true, [report.SopInstanceUid])], Rows.Noon, default);
        Assert.Equal(WorklistState.Delivering, await StateAsync(test));

        var (pacs, archive) = (await deliveries.ListOfAnalysisAsync(recorded.AnalysisId, default)) switch { [var first, var second] => (first, second), _ => throw new InvalidOperationException() };
        await deliveries.RecordConfirmedAsync(pacs, "Query", Rows.Noon, default);
        Assert.Equal(WorklistState.Held, await StateAsync(test));
        await deliveries.ReleaseHeldAsync("archive", Rows.Noon, default);
        await deliveries.ParkAsync(archive, "refused", Rows.Noon, default);
        Assert.Equal(WorklistState.DeliveryParked, await StateAsync(test));
        await new Parked(test.Database).DropDeliveryAsync(archive.Id, Rows.Noon, default);

        var row = await new Worklist(test.Database).FindAsync(version.StudyInstanceUid, default);
        Assert.Equal((WorklistState.Confirmed, "Test^s", 2), (row!.State, row.Study.PatientName, row.Deliveries.Count));
        Assert.Equal([("severe_as", 0.81, FindingOutcome.Present), ("lvh", null, FindingOutcome.Abstained)], row.Findings.Select(finding => (finding.Name, finding.Probability, finding.Outcome)).ToArray());
    }

    [Theory, EachDatabase]
    public async Task Find_SentButNotConfirmed_ThenParkedAndDropped_IsNeverShownAsConfirmed(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        var (analyses, deliveries) = (new AnalysisStore(test.Database), new DeliveryStore(test.Database));
        var recorded = await analyses.RecordAsync(Rows.Analysis(await test.CompleteStudyAsync("s"), await test.PromoteModelsAsync()), default);
        var report = Rows.Result(ResultKind.StructuredReport, "sr");
        await deliveries.RecordReportAsync((await analyses.FindAsync(recorded.AnalysisId, default))!, [report], [new NewDelivery("pacs", false, [report.SopInstanceUid])], Rows.Noon, default);
        var pacs = Assert.Single(await deliveries.ListOfAnalysisAsync(recorded.AnalysisId, default));

        await deliveries.TryClaimAsync(pacs.Id, "worker", Rows.Noon, TimeSpan.FromMinutes(1), default);
        await deliveries.RecordCommitmentRequestedAsync(pacs, Rows.Uid("transaction"), Rows.Noon, Rows.Noon.AddMinutes(5), default);
        Assert.Equal(WorklistState.WaitingForConfirmation, await StateAsync(test));
        await deliveries.ParkAsync(pacs, "refused", Rows.Noon, default);
        await new Parked(test.Database).DropDeliveryAsync(pacs.Id, Rows.Noon, default);
        var row = await new Worklist(test.Database).FindAsync(Rows.Uid("study s"), default);
        Assert.Equal((WorklistState.DeliveryDropped, "pacs: refused"), (row!.State, row.Reason));
    }

    [Theory, EachDatabase]
    public async Task Find_VersionThatInherits_ShowsTheEarlierFindings(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        var first = await test.CompleteStudyAsync("s");
        await new AnalysisStore(test.Database).RecordAsync(Rows.Analysis(first, await test.PromoteModelsAsync()) with { State = AnalysisState.NotAnalyzed, Reason = "no PLAX cine", Findings = [] }, default);
        await test.ReceiveAsync(Rows.Instance("s", "still", at: Rows.Noon.AddHours(1)) with { NumberOfFrames = 1 });
        await test.CompleteAsync("s", Rows.Noon.AddHours(2));
        var row = await new Worklist(test.Database).FindAsync(first.StudyInstanceUid, default);
        Assert.Equal((WorklistState.NotAnalyzed, "no PLAX cine", 2), (row!.State, row.Reason, row.Version.Version));
    }

    [Theory, EachDatabase]
    public async Task List_NewestFirst_InPages_WithoutStudiesThatHoldOnlyOurOwnObjects(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        for (var i = 0; i < 5; i++)
            await test.ReceiveAsync(Rows.Instance($"{i}", $"{i}", at: Rows.Noon.AddMinutes(i)));
        await test.ReceiveAsync(Rows.Instance("ours", "ours", at: Rows.Noon.AddHours(1)) with { IsOurs = true });
        var worklist = new Worklist(test.Database);
        Assert.Equal(["P-4", "P-3"], (await worklist.ListAsync(0, 2, default)).Select(row => row.Study.PatientId));
        Assert.Equal(["P-0"], (await worklist.ListAsync(4, 2, default)).Select(row => row.Study.PatientId));
        Assert.Empty(await worklist.ListAsync(5, 2, default));
    }

    private static async Task<WorklistState?> StateAsync(TestDatabase test) => (await new Worklist(test.Database).FindAsync(Rows.Uid("study s"), default))?.State;
}
