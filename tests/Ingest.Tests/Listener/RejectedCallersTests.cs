using System.Net;
using System.Xml.Linq;
using EchoClr.Dicom.Ports;

namespace EchoClr.Ingest.Tests.Listener;

public sealed class RejectedCallersTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    [Fact]
    public async Task Stranger_IsToldOnce_AndHisRepetitionsOnceAnHour()
    {
        await using var ingest = await IngestUnderTest.CreateAsync();
        Call(ingest, "STRANGER");
        Assert.Equal(1, await ingest.Rejected.RunOnceAsync(all: false, default));
        for (var i = 0; i < 5000; i++)
            Call(ingest, "STRANGER");
        Assert.Equal(0, await ingest.Rejected.RunOnceAsync(all: false, default));
        ingest.Time.Advance(Hour);
        Assert.Equal(1, await ingest.Rejected.RunOnceAsync(all: false, default));
        Assert.Equal(["calling AE title not recognized", "calling AE title not recognized; 5000 times"], await TellingsAsync(ingest));
        Assert.Equal(0, await RowsAsync(ingest));
    }

    [Fact]
    public async Task StrangerWhoChangesHisTitleAtEveryCall_FillsNoTable()
    {
        await using var ingest = await IngestUnderTest.CreateAsync();
        for (var round = 0; round < 3; round++)
        {
            for (var i = 0; i < 3000; i++)
                Call(ingest, $"S{round}-{i}");
            await ingest.Rejected.RunOnceAsync(all: false, default);
            ingest.Time.Advance(Hour);
        }
        var tellings = await TellingsAsync(ingest);
        Assert.InRange(tellings.Count, 3, 3 * 21);
        Assert.Contains(tellings, telling => telling == "further callers were rejected; 2980 times");
        Assert.Equal(0, await RowsAsync(ingest));
    }

    [Fact]
    public async Task Stop_TellsWhatWasNotYetDue()
    {
        await using var ingest = await IngestUnderTest.CreateAsync();
        Call(ingest, "STRANGER");
        await ingest.Rejected.RunOnceAsync(all: false, default);
        Call(ingest, "STRANGER");
        await ingest.Rejected.StopAsync(default);
        Assert.Equal(2, (await TellingsAsync(ingest)).Count);
    }

    private static void Call(IngestUnderTest ingest, string callingAeTitle)
    {
        var id = Guid.NewGuid();
        var decision = ingest.Handler.Decide(new AssociationRequest(id, callingAeTitle, "ECHOCLR", new IPEndPoint(IPAddress.Loopback, 4242), []));
        Assert.Equal(AssociationRejection.CallingAeTitleNotRecognized, decision.Rejection);
        ingest.Handler.AssociationEnded(new AssociationEnd(id, callingAeTitle, AssociationEndKind.Rejected, "rejected", 0));
    }

    private static async Task<IReadOnlyList<string>> TellingsAsync(IngestUnderTest ingest) =>
        [.. (await ingest.Audit.ListAsync(DateTimeOffset.UnixEpoch, 1000, default)).Select(row => XElement.Parse(row.Message).Element("EventIdentification")!.Element("EventOutcomeDescription")!.Value)];

    private static Task<long> RowsAsync(IngestUnderTest ingest) =>
        ingest.Test.Database.ReadAsync(session => session.ScalarAsync<long>("SELECT COUNT(*) FROM association"), default);
}
