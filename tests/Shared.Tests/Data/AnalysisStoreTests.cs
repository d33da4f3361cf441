using EchoClr.Shared.Data;
using EchoClr.Testing;

namespace EchoClr.Shared.Tests.Data;

public sealed class AnalysisStoreTests
{
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(5);

    [Theory, EachDatabase]
    public async Task Record_EightWorkersOfOneVersionAndModel_TheFirstWinsWithAllItsParts(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        var version = await test.CompleteStudyAsync("s", cines: 1);
        var models = await test.PromoteModelsAsync();
        var cine = Assert.Single(await new StudyStore(test.Database).ListInstancesAsync(version.Id, default));
        var analyses = new AnalysisStore(test.Database);
        var recorded = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => analyses.RecordAsync(Rows.Analysis(version, models) with
        {
            Findings = [new NewFinding(null, "severe_as", i / 10.0, 0.5, FindingOutcome.Absent), new NewFinding(cine.Id, "severe_as", i / 10.0, null, FindingOutcome.Absent)],
            Views = [new NewVideoView(cine.Id, "PLAX", 0.99, true, null)],
        }, default))));

        Assert.Single(recorded, result => result.First);
        var id = Assert.Single(recorded.Select(result => result.AnalysisId).Distinct());
        var findings = await analyses.ListFindingsAsync(id, default);
        Assert.Equal([null, cine.Id], findings.Select(finding => finding.InstanceId));
        Assert.Equal(findings[0].Probability, findings[1].Probability);
        var view = Assert.Single(await analyses.ListViewsAsync(id, default));
        Assert.Equal(("PLAX", true, cine.SopInstanceUid), (view.ViewLabel, view.Used, view.SopInstanceUid));
    }

    [Theory, EachDatabase]
    public async Task Record_AnotherModel_IsASecondAnalysis(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        var version = await test.CompleteStudyAsync("s");
        var analyses = new AnalysisStore(test.Database);
        Assert.True((await analyses.RecordAsync(Rows.Analysis(version, await test.PromoteModelsAsync("1")), default)).First);
        Assert.True((await analyses.RecordAsync(Rows.Analysis(version, await test.PromoteModelsAsync("2")), default)).First);
        Assert.Equal(2, (await analyses.ListOfVersionAsync(version.Id, default)).Count);
    }

    [Theory, EachDatabase]
    public async Task Record_NotAnalyzed_KeepsTheReason_AndWithoutOneIsRefused(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        var version = await test.CompleteStudyAsync("s");
        var without = Rows.Analysis(version, await test.PromoteModelsAsync()) with { State = AnalysisState.NotAnalyzed, Findings = [] };
        var analyses = new AnalysisStore(test.Database);
        await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => analyses.RecordAsync(without, default));
        var recorded = await analyses.RecordAsync(without with { Reason = "no parasternal long-axis cine" }, default);
        var row = await analyses.FindAsync(recorded.AnalysisId, default);
        Assert.Equal((AnalysisState.NotAnalyzed, "no parasternal long-axis cine"), (row!.State, row.Reason));
        Assert.Single(await analyses.ListUnreportedAsync(AnalysisState.NotAnalyzed, Rows.Noon, 10, default));
        Assert.Empty(await analyses.ListUnreportedAsync(AnalysisState.Analyzed, Rows.Noon, 10, default));
    }

    [Theory, EachDatabase]
    public async Task TryClaim_EightWorkersAtOnce_OneHoldsIt_UntilTheLeaseRunsOut(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        var version = await test.CompleteStudyAsync("s");
        var analyses = new AnalysisStore(test.Database);
        var claims = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => analyses.TryClaimAsync(version.Id, $"{i}", Rows.Noon, Lease, 3, default))));
        Assert.Single(claims, claimed => claimed);
        var holder = Array.IndexOf(claims, true).ToString();

        Assert.True(await analyses.RenewClaimAsync(version.Id, holder, Rows.Noon.AddMinutes(4), Lease, default));
        Assert.False(await analyses.TryClaimAsync(version.Id, "late", Rows.Noon.AddMinutes(8), Lease, 3, default));
        Assert.True(await analyses.TryClaimAsync(version.Id, "late", Rows.Noon.AddMinutes(9), Lease, 3, default));
        Assert.False(await analyses.RenewClaimAsync(version.Id, holder, Rows.Noon.AddMinutes(9), Lease, default));
    }

    [Theory, EachDatabase]
    public async Task TryClaim_AVersionThatKillsEveryWorker_IsParked_AndRetriedByAPerson(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        var version = await test.CompleteStudyAsync("s");
        var analyses = new AnalysisStore(test.Database);
        var parked = new Parked(test.Database);
        for (var attempt = 0; attempt < 3; attempt++)
            Assert.True(await analyses.TryClaimAsync(version.Id, "worker", Rows.Noon.AddHours(attempt), Lease, 3, default));
        Assert.Empty(await parked.ListAsync(default));

        Assert.False(await analyses.TryClaimAsync(version.Id, "worker", Rows.Noon.AddHours(3), Lease, 3, default));
        var item = Assert.Single(await parked.ListAsync(default));
        Assert.Equal((ParkedKind.Analysis, version.Id, version.StudyInstanceUid), (item.Kind, item.Id, item.StudyInstanceUid));
        Assert.Empty(await new StudyStore(test.Database).ListUnanalyzedAsync(urgent: false, Rows.Noon.AddYears(1), Rows.Noon.AddYears(1), 10, default));

        Assert.True(await parked.RetryAsync(ParkedKind.Analysis, version.Id, Rows.Noon.AddHours(4), default));
        Assert.Single(await new StudyStore(test.Database).ListUnanalyzedAsync(urgent: false, Rows.Noon.AddYears(1), Rows.Noon.AddYears(1), 10, default));
        Assert.True(await analyses.TryClaimAsync(version.Id, "worker", Rows.Noon.AddHours(4), Lease, 3, default));
    }

    /// <summary>A worker whose claim ran out may still be the first to finish, after the version was parked on account of it.</summary>
    [Theory, EachDatabase]
    public async Task Record_AfterTheVersionWasParked_EndsTheParking(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        var (models, analyses) = (await test.PromoteModelsAsync(), new AnalysisStore(test.Database));
        var version = await test.CompleteStudyAsync("s");
        Assert.True(await analyses.TryClaimAsync(version.Id, "slow", Rows.Noon, TimeSpan.FromMinutes(1), maxAttempts: 1, default));
        Assert.False(await analyses.TryClaimAsync(version.Id, "next", Rows.Noon.AddMinutes(2), TimeSpan.FromMinutes(1), maxAttempts: 1, default));
        Assert.Single(await new Parked(test.Database).ListAsync(default));

        Assert.True((await analyses.RecordAsync(Rows.Analysis(version, models), default)).First);

        Assert.Empty(await new Parked(test.Database).ListAsync(default));
    }

    [Theory, EachDatabase]
    public async Task ReleaseClaim_AfterAFailure_KeepsItsReasonAndFreesTheVersion(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        var version = await test.CompleteStudyAsync("s");
        var analyses = new AnalysisStore(test.Database);
        await analyses.TryClaimAsync(version.Id, "worker", Rows.Noon, Lease, 3, default);
        await analyses.ReleaseClaimAsync(version.Id, "another worker", "not mine", default);
        Assert.False(await analyses.TryClaimAsync(version.Id, "next", Rows.Noon, Lease, 3, default));
        await analyses.ReleaseClaimAsync(version.Id, "worker", "out of memory", default);
        Assert.Equal("out of memory", (await new StudyStore(test.Database).FindVersionAsync(version.Id, default))!.AnalysisError);
        Assert.True(await analyses.TryClaimAsync(version.Id, "next", Rows.Noon, Lease, 3, default));
    }
}
