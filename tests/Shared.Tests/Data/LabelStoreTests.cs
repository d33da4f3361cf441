using EchoClr.Shared.Audit;
using EchoClr.Shared.Data;
using EchoClr.Testing;

namespace EchoClr.Shared.Tests.Data;

public sealed class LabelStoreTests
{
    [Theory, EachDatabase]
    public async Task Blind_TheNewestWordOfWhoeverHadNotSeenTheAi(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        await test.CompleteStudyAsync("one");
        await test.CompleteStudyAsync("two");
        var labels = new LabelStore(test.Database);
        var one = Assert.Single(await labels.FindStudiesAsync(Rows.Uid("study one"), null, default));
        var two = Assert.Single(await labels.FindStudiesAsync(null, "P-two", default));
        Assert.Empty(await labels.FindStudiesAsync(null, null, default));
        Assert.Empty(await labels.FindStudiesAsync(Rows.Uid("study one"), "P-two", default));

        Assert.Equal(3, await AddAsync(labels, 0, new(one, "AS", LabelValue.Present, "Anna", false), new(one, "LVH", LabelValue.Absent, "Anna", true), new(two, "AS", LabelValue.Absent, "Anna", false)));
        Assert.Equal(0, await AddAsync(labels, 1, new NewLabel(one, "AS", LabelValue.Present, "Anna", false))); // says it already
        Assert.Equal(2, await AddAsync(labels, 2, new(one, "AS", LabelValue.Absent, "Bela", false), new(two, "AS", LabelValue.Unsure, "Anna", false)));
        Assert.Equal(1, await AddAsync(labels, 3, new NewLabel(one, "AS", LabelValue.Present, "Bela", true))); // after he had seen it

        var blind = Assert.Single(await labels.ListBlindAsync(default));
        Assert.Equal((one, "AS", LabelValue.Absent), (blind.StudyId, blind.Name, blind.Value));
        Assert.Equal(6, (await labels.ListAsync(default)).Count);
        Assert.Equal(3, (await new AuditTrail(test.Database, TimeProvider.System).ListAsync(DateTimeOffset.UnixEpoch, 10, default)).Count(row => row.Message.Contains("labels added (import)", StringComparison.Ordinal)));
    }

    private static Task<int> AddAsync(LabelStore labels, int hour, params NewLabel[] added) => labels.AddAsync(added, "import", AuditParticipant.Operator(), Rows.Noon.AddHours(hour), default);
}
