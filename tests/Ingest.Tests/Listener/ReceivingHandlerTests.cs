using EchoClr.Shared.Data;

namespace EchoClr.Ingest.Tests.Listener;

public sealed class ReceivingHandlerTests
{
    [Fact]
    public async Task Association_WithoutInstances_IsRecordedWithItsEnd()
    {
        await using var ingest = await IngestUnderTest.CreateAsync();
        await ingest.EndAsync(ingest.Open());
        var (calling, address, kind) = await ingest.Test.Database.ReadAsync(async session => (
            await session.ScalarAsync<string>("SELECT calling_ae_title FROM association"),
            await session.ScalarAsync<string>("SELECT remote_address FROM association"),
            await session.ScalarAsync<string>("SELECT end_kind FROM association")), default);
        Assert.Equal(("PACS", "127.0.0.1", "Released"), (calling, address, kind));
    }

    [Fact]
    public async Task OneSenderInDisorder_IsLimited_AndFreedAgain()
    {
        await using var ingest = await IngestUnderTest.CreateAsync();
        var open = Enumerable.Range(0, 25).Select(_ => ingest.Open()).ToList();
        Assert.Contains("local limit exceeded", Assert.Throws<InvalidOperationException>(() => ingest.Open()).Message);
        await ingest.EndAsync(open[0]);
        ingest.Open();
    }

    [Fact]
    public async Task EveryRowOfAStudy_CarriesTheTraceOfTheAssociationThatBeganIt()
    {
        await using var ingest = await IngestUnderTest.CreateAsync();
        await ingest.StoreAsync(ingest.Open(), Arrival.Cine(instance: "1.1"));
        await ingest.StoreAsync(ingest.Open(), Arrival.Cine(instance: "1.2"));
        var study = await ingest.Studies.FindAsync("1.2.3", default);
        Assert.Matches("^[0-9a-f]{32}$", study!.TraceId);
        var version = Assert.Single(await ingest.Studies.ListVersionsAsync("1.2.3", default));
        Assert.Equal(study.TraceId, version.TraceId);
        Assert.All(await ingest.Studies.ListInstancesAsync(version.Id, default), row => Assert.Equal(study.TraceId, row.TraceId));
    }
}
