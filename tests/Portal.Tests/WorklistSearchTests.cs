using EchoClr.Shared.Data;
using EchoClr.Testing;

namespace EchoClr.Portal.Tests;

/// <summary>The worklist's index: current whatever moved, sorted by urgency, paged without gaps while studies arrive.</summary>
public sealed class WorklistSearchTests
{
    [Fact]
    public async Task EveryStep_MovesTheEntry()
    {
        await using var test = await TestDatabase.CreateAsync();
        var search = new WorklistSearch(test.Database);
        var (analyses, deliveries, withdrawals) = (new AnalysisStore(test.Database), new DeliveryStore(test.Database), new WithdrawalStore(test.Database));
        await test.ReceiveAsync(Rows.Instance("s", "a"));
        Assert.Equal(WorklistState.Receiving, await StateAsync());
        var version = await test.CompleteAsync("s", Rows.Noon);
        Assert.Equal(WorklistState.WaitingForAnalysis, await StateAsync());
        var recorded = await analyses.RecordAsync(Rows.Analysis(version, await test.PromoteModelsAsync()), default);
        Assert.Equal(WorklistState.WaitingForReport, await StateAsync());
        var analysis = (await analyses.FindAsync(recorded.AnalysisId, default))!;
        var report = Rows.Result(ResultKind.StructuredReport, "sr");
        await deliveries.RecordReportAsync(analysis, [report], [new NewDelivery("pacs", false, [report.SopInstanceUid])], Rows.Noon, default);
        Assert.Equal(WorklistState.Delivering, await StateAsync());
        var delivery = Assert.Single(await deliveries.ListOfAnalysisAsync(analysis.Id, default));
        await deliveries.RecordConfirmedAsync(delivery, "C-FIND", Rows.Noon, default);
        Assert.Equal(WorklistState.Confirmed, await StateAsync());
        await withdrawals.WithdrawAsync(analysis, "Dr. A", "wrong", null, report.SopClassUid, Rows.Noon, default);
        Assert.Equal(WorklistState.Withdrawn, await StateAsync());
        await test.ReceiveAsync(Rows.Instance("s", "late"));
        Assert.Equal(WorklistState.Receiving, await StateAsync());

        async Task<WorklistState> StateAsync()
        {
            Assert.True(await search.CatchUpAsync(default) > 0, "nothing was noted as changed");
            Assert.Equal(0, await search.CatchUpAsync(default));
            var stored = Enum.Parse<WorklistState>(await test.Database.ReadAsync(session => session.ScalarAsync<string>("SELECT state FROM worklist_entry"), default));
            Assert.Equal(stored, (await new Worklist(test.Database).FindAsync(Rows.Uid("study s"), default))!.State);
            Assert.Single((await search.ListAsync(new WorklistQuery { States = [stored] }, 10, default)).Rows);
            return stored;
        }
    }

    [Fact]
    public async Task PositiveAsComesFirst_ThenOtherFindings_ThenWhatNeedsAPerson_ThenTheRest()
    {
        await using var test = await TestDatabase.CreateAsync();
        var models = await test.PromoteModelsAsync();
        await AddAsync(test, models, "plain", Rows.Noon.AddMinutes(9), 0.1, FindingOutcome.Absent);
        await AddAsync(test, models, "as", Rows.Noon.AddMinutes(1), 0.9, FindingOutcome.Present);
        await AddAsync(test, models, "lvh", Rows.Noon.AddMinutes(5), 0.9, FindingOutcome.Present, "LVH");
        var parked = await test.CompleteStudyAsync("parked", at: Rows.Noon.AddMinutes(3));
        await test.Database.WriteAsync(session => session.ExecuteAsync("UPDATE study_version SET analysis_parked_at = @Noon WHERE id = @Id", new { Rows.Noon, parked.Id }), default);
        Assert.Equal(["as", "lvh", "parked", "plain"], await NamesAsync(test, new WorklistQuery()));
        Assert.Equal(["plain", "lvh", "parked", "as"], await NamesAsync(test, new WorklistQuery { ByUrgency = false }));
        Assert.Equal(["as"], await NamesAsync(test, new WorklistQuery { Finding = "AS", Outcome = FindingOutcome.Present }));
        Assert.Equal(["parked"], await NamesAsync(test, new WorklistQuery { States = [WorklistState.AnalysisParked] }));
        Assert.Equal(["plain", "lvh"], (await NamesAsync(test, new WorklistQuery { Since = Rows.Noon.AddMinutes(4) })).OrderDescending());
    }

    [Theory]
    [InlineData("test, pla", "plain")]
    [InlineData("TEST^PLAIN", "plain")]
    [InlineData("plain", "plain")] // a given name
    [InlineData("P-other", "other")]
    [InlineData("A100%", "")]
    [InlineData("%", "")]
    [InlineData("' OR 1=1 --", "")]
    public async Task Text_FindsNamesAndNumbersByTheirBeginning_AndIsNeverAPattern(string typed, string found)
    {
        await using var test = await TestDatabase.CreateAsync();
        await test.CompleteStudyAsync("plain");
        await test.CompleteStudyAsync("other");
        Assert.Equal(found.Length == 0 ? [] : [found], await NamesAsync(test, new WorklistQuery { Text = typed }));
    }

    [Fact]
    public async Task Pages_FollowOneAnother_WhileStudiesArrive()
    {
        await using var test = await TestDatabase.CreateAsync();
        for (var i = 0; i < 7; i++)
            await test.CompleteStudyAsync($"s{i}", cines: 1, at: Rows.Noon.AddMinutes(i / 2)); // two arrived at once each time
        var search = new WorklistSearch(test.Database);
        await search.CatchUpAsync(default);
        var seen = new List<string>();
        WorklistCursor? after = null;
        do
        {
            var page = await search.ListAsync(new WorklistQuery { After = after }, 3, default);
            seen.AddRange(page.Rows.Select(row => row.Study.PatientId!));
            after = WorklistCursor.Parse(page.Next?.ToString());
            await test.CompleteStudyAsync($"new {seen.Count}", cines: 1, at: Rows.Noon.AddHours(1));
            await search.CatchUpAsync(default);
        }
        while (after is not null);
        Assert.Equal(["P-s6", "P-s5", "P-s4", "P-s3", "P-s2", "P-s1", "P-s0"], seen);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("1~2")]
    [InlineData("a~b~c")]
    [InlineData("1~-5~1")]
    [InlineData("1~999999999999999999~1")]
    public void Cursor_ThatIsNone_IsTheFirstPage(string? text) => Assert.Null(WorklistCursor.Parse(text));

    private static async Task AddAsync(TestDatabase test, (ModelRow, ModelRow) models, string name, DateTimeOffset at, double probability, FindingOutcome outcome, string question = "AS")
    {
        var version = await test.CompleteStudyAsync(name, at: at);
        await new AnalysisStore(test.Database).RecordAsync(Rows.Analysis(version, models) with { Findings = [new NewFinding(null, question, probability, 0.5, outcome)] }, default);
    }

    private static async Task<List<string>> NamesAsync(TestDatabase test, WorklistQuery query)
    {
        var search = new WorklistSearch(test.Database);
        await search.CatchUpAsync(default);
        var page = await search.ListAsync(query, 50, default);
        Assert.Equal(page.Rows.Count, page.Total);
        return [.. page.Rows.Select(row => row.Study.PatientId!["P-".Length..])];
    }
}
