using System.Xml.Linq;
using EchoClr.Shared.Audit;
using EchoClr.Shared.Data;
using EchoClr.Testing;

namespace EchoClr.Shared.Tests.Data;

public sealed class ModelStoreTests
{
    private static NewModel Model(string version) => new("as-lvh", "as-lvh", version, Rows.Sha256(version), """{"synthetic":true}""", "models/as-lvh", true);

    [Theory, EachDatabase]
    public async Task Import_SameWeightsTwice_IsOneRow(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        var models = new ModelStore(test.Database);
        var first = await models.ImportAsync(Model("1"), Rows.Noon, default);
        var again = await models.ImportAsync(Model("1") with { Name = "renamed" }, Rows.Noon.AddDays(1), default);
        Assert.Equal(first, again);
        Assert.True(first.Synthetic);
        Assert.Equal(ModelState.Imported, first.State);
        Assert.Single(await models.ListAsync(default));
    }

    [Theory, EachDatabase]
    public async Task Promote_OneOfAKindServes_AndTheEarlierCanComeBack(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        var models = new ModelStore(test.Database);
        var one = await models.ImportAsync(Model("1"), Rows.Noon, default);
        var two = await models.ImportAsync(Model("2"), Rows.Noon, default);
        Assert.Null(await models.FindInServiceAsync("as-lvh", default)); // no model serves unpromoted

        Assert.True(await models.PromoteAsync(one.Id, "alice", Rows.Noon, default));
        Assert.True(await models.PromoteAsync(two.Id, "bob", Rows.Noon.AddDays(1), default));
        Assert.Equal((two.Id, "bob"), ((await models.FindInServiceAsync("as-lvh", default))!.Id, (await models.FindAsync(two.Id, default))!.PromotedBy));
        Assert.Equal(ModelState.Retired, (await models.FindAsync(one.Id, default))!.State);

        Assert.True(await models.PromoteAsync(one.Id, "alice", Rows.Noon.AddDays(2), default));
        Assert.Equal(one.Id, (await models.FindInServiceAsync("as-lvh", default))!.Id);
        Assert.False(await models.PromoteAsync(one.Id, "alice", Rows.Noon.AddDays(2), default));

        var told = await new AuditTrail(test.Database, TimeProvider.System).ListAsync(DateTimeOffset.UnixEpoch, 100, default);
        Assert.Equal(["imported", "imported", "put in service", "put in service", "put in service"], told.Select(row => XElement.Parse(row.Message).Descendants("EventOutcomeDescription").Single().Value));
        Assert.Contains("AlternativeUserID=\"bob\"", told[3].Message, StringComparison.Ordinal);
    }
}
