using EchoClr.Shared.Data;
using EchoClr.Testing;

namespace EchoClr.Shared.Tests.Data;

public sealed class StudyStoreTests
{
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Silence = TimeSpan.FromMinutes(5);

    [Theory, EachDatabase]
    public async Task ListQuiet_AssociationOver_ListsAtTheQuietTimeAndNotAMillisecondBefore(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        await test.ReceiveAsync(Rows.Instance("s", "a"));
        await test.EndAsync(Rows.Association(), Rows.Noon);
        Assert.Empty(await QuietAt(test, Rows.Noon + Quiet - TimeSpan.FromMilliseconds(1)));
        Assert.Single(await QuietAt(test, Rows.Noon + Quiet));
    }

    [Theory, EachDatabase]
    public async Task ListQuiet_OneOfTwoAssociationsOpen_WaitsForIt_ButNotForEver(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        var (over, open) = (Rows.Association("over"), Rows.Association("open"));
        await test.ReceiveAsync(Rows.Instance("s", "a", association: over), over);
        await test.ReceiveAsync(Rows.Instance("s", "b", association: open), open);
        await test.EndAsync(over, Rows.Noon);
        Assert.Empty(await QuietAt(test, Rows.Noon + Silence - TimeSpan.FromMilliseconds(1)));
        Assert.Single(await QuietAt(test, Rows.Noon + Silence));

        await test.EndAsync(open, Rows.Noon);
        Assert.Single(await QuietAt(test, Rows.Noon + Quiet));
    }

    [Theory, EachDatabase]
    public async Task ListQuiet_ListenerRestarted_WaitsForNobodysAssociation(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        await test.ReceiveAsync(Rows.Instance("s", "a"));
        var associations = new AssociationStore(test.Database);
        Assert.Equal(0, await associations.EndAllAsync("OTHER@test:0", Rows.Noon, default));
        Assert.Equal(1, await associations.EndAllAsync(Rows.Association().Listener, Rows.Noon, default));
        Assert.Single(await QuietAt(test, Rows.Noon + Quiet));
    }

    [Theory, EachDatabase]
    public async Task Complete_InstanceCameInSinceItWasRead_DoesNothing(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        var studies = new StudyStore(test.Database);
        await test.ReceiveAsync(Rows.Instance("s", "a"));
        var read = Assert.Single(await studies.ListVersionsAsync(Rows.Uid("study s"), default));
        await test.ReceiveAsync(Rows.Instance("s", "b"));
        Assert.Null(await studies.CompleteAsync(read, "{}", Rows.Noon, default));
        Assert.Equal(StudyVersionState.Open, (await studies.FindVersionAsync(read.Id, default))!.State);
    }

    [Theory, EachDatabase]
    public async Task Complete_TwoSweepersAtOnce_OneCloses(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        var studies = new StudyStore(test.Database);
        await test.ReceiveAsync(Rows.Instance("s", "a"));
        var read = Assert.Single(await studies.ListVersionsAsync(Rows.Uid("study s"), default));
        var closed = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => studies.CompleteAsync(read, "{}", Rows.Noon, default))));
        Assert.Single(closed, version => version is not null);
    }

    [Theory, EachDatabase]
    public async Task Complete_LateCine_SupersedesWithAllInstances(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        var studies = new StudyStore(test.Database);
        var first = await test.CompleteStudyAsync("s", cines: 2);
        await test.ReceiveAsync(Rows.Instance("s", "late cine", at: Rows.Noon.AddHours(1)));
        var second = await test.CompleteAsync("s", Rows.Noon.AddHours(2));

        Assert.Equal((2, StudyVersionState.Complete, 3, null), (second.Version, second.State, second.InstanceCount, second.InheritsFromId));
        Assert.NotEqual(first.CineSetSha256, second.CineSetSha256);
        Assert.Equal(StudyVersionState.Superseded, (await studies.FindVersionAsync(first.Id, default))!.State);
        Assert.Equal([second.Id], (await Unanalyzed(test)).Select(row => row.Id));
    }

    [Theory, EachDatabase]
    public async Task Complete_LateObjectThatIsNoCine_InheritsTheEarlierAnalysis_AlsoTwiceOver(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        var first = await test.CompleteStudyAsync("s", cines: 2);
        await test.ReceiveAsync(Rows.Instance("s", "vendor SR", at: Rows.Noon.AddHours(1)) with { SopClassUid = Rows.ComprehensiveSr, NumberOfFrames = null });
        var second = await test.CompleteAsync("s", Rows.Noon.AddHours(2));
        await test.ReceiveAsync(Rows.Instance("s", "still", at: Rows.Noon.AddHours(3)) with { NumberOfFrames = 1 });
        var third = await test.CompleteAsync("s", Rows.Noon.AddHours(4));

        Assert.Equal((first.Id, first.Id), (second.InheritsFromId, third.InheritsFromId));
        // The analysis is still owed, to the version that it is inherited from.
        Assert.Equal([first.Id], (await Unanalyzed(test)).Select(row => row.Id));
    }

    [Theory, EachDatabase]
    public async Task EveryPeerInstance_IsInExactlyOneVersionThatIsNotSuperseded(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        await test.CompleteStudyAsync("s", cines: 3);
        await test.ReceiveAsync(Rows.Instance("s", "late", at: Rows.Noon.AddHours(1)));
        await test.CompleteAsync("s", Rows.Noon.AddHours(2));
        await test.ReceiveAsync(Rows.Instance("s", "later", at: Rows.Noon.AddHours(3)));

        var memberships = await test.Database.ReadAsync(session => session.QueryAsync<int>("""
            SELECT (SELECT COUNT(*) FROM study_version_instance m JOIN study_version v ON v.id = m.study_version_id WHERE m.instance_id = i.id AND v.state <> 'Superseded')
            FROM instance i WHERE i.origin = 'Peer'
            """), default);
        Assert.Equal([1, 1, 1, 1, 1], memberships);
    }

    [Theory, EachDatabase]
    public async Task ListUnanalyzed_LeavesWhatIsHintedClaimedOrAnalyzed(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        var studies = new StudyStore(test.Database);
        var analyses = new AnalysisStore(test.Database);
        var hinted = await test.CompleteStudyAsync("hinted");
        var claimed = await test.CompleteStudyAsync("claimed");
        var analyzed = await test.CompleteStudyAsync("analyzed");
        var owed = await test.CompleteStudyAsync("owed");
        var now = Rows.Noon.AddHours(1);
        await studies.MarkHintedAsync(hinted.Id, now, default);
        Assert.True(await analyses.TryClaimAsync(claimed.Id, "worker", now, TimeSpan.FromMinutes(10), 3, default));
        await analyses.RecordAsync(Rows.Analysis(analyzed, await test.PromoteModelsAsync()), default);

        Assert.Equal([owed.Id], (await studies.ListUnanalyzedAsync(urgent: false, now.AddMinutes(-1), now, 10, default)).Select(row => row.Id));
        var later = now.AddMinutes(10);
        Assert.Equal([hinted.Id, claimed.Id, owed.Id], (await studies.ListUnanalyzedAsync(urgent: false, later.AddMinutes(-1), later, 10, default)).Select(row => row.Id));
        Assert.Equal([hinted.Id, claimed.Id], (await studies.ListUnanalyzedAsync(urgent: false, later.AddMinutes(-1), later, 2, default)).Select(row => row.Id));
    }

    [Theory, EachDatabase]
    public async Task FindReached_IsTheNewestHintThatAWorkerHasComeTo_InItsLane(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        var (studies, analyses, now) = (new StudyStore(test.Database), new AnalysisStore(test.Database), Rows.Noon.AddHours(1));
        var (first, second, waiting) = (await test.CompleteStudyAsync("first"), await test.CompleteStudyAsync("second"), await test.CompleteStudyAsync("waiting"));
        foreach (var (version, minutes) in new[] { (first, 1), (second, 2), (waiting, 3) })
            await studies.MarkHintedAsync(version.Id, Rows.Noon.AddMinutes(minutes), default);
        Assert.Null(await ReachedAsync());

        Assert.True(await analyses.TryClaimAsync(first.Id, "worker", now, TimeSpan.FromMinutes(10), 3, default));
        Assert.Equal(Rows.Noon.AddMinutes(1), await ReachedAsync());
        await analyses.RecordAsync(Rows.Analysis(second, await test.PromoteModelsAsync()) with { FinishedAt = now }, default);
        Assert.Equal(Rows.Noon.AddMinutes(2), await ReachedAsync());
        Assert.Null(await studies.FindReachedAsync(urgent: true, now.AddMinutes(-1), now, default));
        Assert.Null(await studies.FindReachedAsync(urgent: false, now, now.AddMinutes(10), default)); // the claim has run out, and the analysis is not of late

        Task<DateTimeOffset?> ReachedAsync() => studies.FindReachedAsync(urgent: false, now.AddMinutes(-1), now, default);
    }

    private static Task<IReadOnlyList<StudyVersionRow>> QuietAt(TestDatabase test, DateTimeOffset now) => new StudyStore(test.Database).ListQuietAsync(now - Quiet, now - Silence, default);

    private static Task<IReadOnlyList<BacklogRow>> Unanalyzed(TestDatabase test) =>
        new StudyStore(test.Database).ListUnanalyzedAsync(urgent: false, Rows.Noon.AddYears(1), Rows.Noon.AddYears(1), 100, default);
}
