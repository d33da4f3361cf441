using EchoClr.Shared.Audit;
using EchoClr.Shared.Data;
using EchoClr.Testing;

namespace EchoClr.Shared.Tests.Data;

public sealed class PromotionStoreTests
{
    private static readonly AuditParticipant Who = AuditParticipant.Operator();

    [Theory, EachDatabase]
    public async Task VeryFirst_NeedsNoGate_EveryLaterOneDoes(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        var (promotions, one, two) = (new PromotionStore(test.Database), await ImportAsync(test, "1"), await ImportAsync(test, "2"));
        Assert.Null(await PromoteAsync(promotions, one));
        Assert.Contains("serves already", await PromoteAsync(promotions, one), StringComparison.Ordinal);
        Assert.Contains("has not been through the gate", await PromoteAsync(promotions, two), StringComparison.Ordinal);
        Assert.Equal("there is no model 99", await promotions.PromoteAsync(99, Who, "Anna", "better", Rows.Noon, default));

        await promotions.RecordVerdictAsync(Verdict(two, one, passed: false), Who, Rows.Noon, default);
        Assert.Contains("did not pass the gate: AS: worse", await PromoteAsync(promotions, two), StringComparison.Ordinal);
        Assert.Null((await FindAsync(test, two)).ShadowSince);
        Assert.False(await promotions.MakeCandidateAsync(two.Id, "", Rows.Noon, default));

        await promotions.RecordVerdictAsync(Verdict(two, one, passed: true), Who, Rows.Noon, default);
        Assert.Contains("shadow period since 2025-01-10 12:00 UTC", await PromoteAsync(promotions, two), StringComparison.Ordinal);
        Assert.True(await promotions.MakeCandidateAsync(two.Id, "50 live studies read", Rows.Noon, default));
        Assert.Equal(ModelState.Candidate, (await FindAsync(test, two)).State);
        Assert.Null(await PromoteAsync(promotions, two));

        Assert.Equal((ModelState.Retired, ModelState.InService, "better"), ((await FindAsync(test, one)).State, (await FindAsync(test, two)).State, (await FindAsync(test, two)).PromotionReason));
        var told = (await new AuditTrail(test.Database, TimeProvider.System).ListAsync(DateTimeOffset.UnixEpoch, 100, default)).Select(row => row.Message).ToList();
        foreach (var words in (string[])["put in service: better", "did not pass the gate: AS: worse", "passed the gate", "a candidate: 50 live studies read", "AlternativeUserID=\"Anna\""])
            Assert.Contains(told, message => message.Contains(words, StringComparison.Ordinal));
    }

    [Fact]
    public async Task JudgedAgainstAModelThatServesNoMore_IsRefused()
    {
        await using var test = await TestDatabase.CreateAsync();
        var promotions = new PromotionStore(test.Database);
        var (one, two, three) = (await ImportAsync(test, "1"), await ImportAsync(test, "2"), await ImportAsync(test, "3"));
        await PromoteAsync(promotions, one);
        await CandidateAsync(promotions, two, one);
        await CandidateAsync(promotions, three, one);
        Assert.Null(await PromoteAsync(promotions, two));
        Assert.Contains($"was judged against model {one.Id}, and as-lvh 2 serves by now", await PromoteAsync(promotions, three), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ShadowPeriodThatWentBadly_IsNoCandidate_UntilItIsJudgedAgain()
    {
        await using var test = await TestDatabase.CreateAsync();
        var (promotions, one, two) = (new PromotionStore(test.Database), await ImportAsync(test, "1"), await ImportAsync(test, "2"));
        await PromoteAsync(promotions, one);
        await promotions.RecordVerdictAsync(Verdict(two, one, passed: true), Who, Rows.Noon, default);
        Assert.True(await promotions.EndShadowAsync(two.Id, "it abstained too often", Rows.Noon, default));
        Assert.Contains("did not pass its shadow period", await PromoteAsync(promotions, two), StringComparison.Ordinal);
        Assert.False(await promotions.MakeCandidateAsync(two.Id, "", Rows.Noon, default));
        await CandidateAsync(promotions, two, one);
        await promotions.RecordVerdictAsync(Verdict(two, one, passed: false), Who, Rows.Noon, default);
        Assert.Equal(ModelState.Imported, (await FindAsync(test, two)).State);
    }

    [Theory, EachDatabase]
    public async Task Rollback_TakesBackWhatServedBefore_AndNeverWhatWasRolledBack(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        var promotions = new PromotionStore(test.Database);
        var models = new[] { await ImportAsync(test, "1"), await ImportAsync(test, "2"), await ImportAsync(test, "3") };
        Assert.Equal("no as-lvh served before this one", (await RollbackAsync(promotions, 0)).Refusal);
        await PromoteAsync(promotions, models[0]);
        Assert.NotNull((await RollbackAsync(promotions, 0)).Refusal);
        for (var i = 1; i < models.Length; i++)
        {
            await CandidateAsync(promotions, models[i], models[i - 1]);
            Assert.Null(await promotions.PromoteAsync(models[i].Id, Who, "Anna", "better", Rows.Noon.AddDays(i), default));
        }

        Assert.Equal(models[1].Id, (await RollbackAsync(promotions, 3)).Restored!.Id);
        Assert.Equal(models[0].Id, (await RollbackAsync(promotions, 4)).Restored!.Id); // not the one that was just taken out
        Assert.NotNull((await RollbackAsync(promotions, 5)).Refusal);
        Assert.Equal(models[0].Id, (await new ModelStore(test.Database).FindInServiceAsync("as-lvh", default))!.Id);
        Assert.Contains("served before", await PromoteAsync(promotions, models[2]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Import_KeepsTheLineage()
    {
        await using var test = await TestDatabase.CreateAsync();
        var parent = await ImportAsync(test, "1");
        var lineage = new ModelLineage { ParentId = parent.Id, CohortSha256 = Rows.Sha256("cohort"), Recipe = "echoclr+", CodeVersion = "1.2.3", Seed = 7, Metrics = "[]" };
        var row = await new ModelStore(test.Database).ImportAsync(Model("2") with { Lineage = lineage }, Rows.Noon, default);
        Assert.Equal((parent.Id, lineage.CohortSha256, "echoclr+", "1.2.3", 7, "[]"), (row.ParentId, row.CohortSha256, row.Recipe, row.CodeVersion, row.Seed, row.Metrics));
    }

    private static NewModel Model(string version) => new("as-lvh", "as-lvh", version, Rows.Sha256(version), "{}", "models/as-lvh", true);

    private static Task<ModelRow> ImportAsync(TestDatabase test, string version) => new ModelStore(test.Database).ImportAsync(Model(version), Rows.Noon, default);

    private static async Task<ModelRow> FindAsync(TestDatabase test, ModelRow model) => (await new ModelStore(test.Database).FindAsync(model.Id, default))!;

    private static NewVerdict Verdict(ModelRow model, ModelRow against, bool passed) => new(model.Id, against.Id, passed, passed ? "AS: as good" : "AS: worse", "{}", Rows.Sha256("set"), "Anna");

    private static async Task CandidateAsync(PromotionStore promotions, ModelRow model, ModelRow against)
    {
        await promotions.RecordVerdictAsync(Verdict(model, against, passed: true), Who, Rows.Noon, default);
        Assert.True(await promotions.MakeCandidateAsync(model.Id, "seen", Rows.Noon, default));
    }

    private static Task<string?> PromoteAsync(PromotionStore promotions, ModelRow model) => promotions.PromoteAsync(model.Id, Who, "Anna", "better", Rows.Noon, default);

    private static Task<(ModelRow? Restored, string? Refusal)> RollbackAsync(PromotionStore promotions, int day) => promotions.RollbackAsync("as-lvh", Who, "Bela", "it missed one", Rows.Noon.AddDays(day), default);
}
