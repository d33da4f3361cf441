using System.Net;
using EchoClr.Dicom;
using EchoClr.Dicom.Ports;
using EchoClr.Shared.Capacity;
using EchoClr.Shared.Data;

namespace EchoClr.Ingest.Tests.Retention;

public sealed class BackPressureTests
{
    private static readonly CapacityState Easy = new(FreeBytes: 100L << 30, KeptBytes: 0, Backlog: 0, MemoryBytes: 1 << 30, MemoryLimitBytes: 16L << 30);

    public static TheoryData<CapacityState, PressureKind?, PressureKind?> Judgements => new()
    {
        { Easy, null, null },
        { Easy with { FreeBytes = (2L << 30) - 1 }, null, PressureKind.Disk },
        { Easy with { FreeBytes = (2L << 30) + 1 }, null, null },
        { Easy with { FreeBytes = (2L << 30) + 1 }, PressureKind.Disk, PressureKind.Disk }, // some slack before it is taken again
        { Easy with { FreeBytes = 3L << 30 }, PressureKind.Disk, null },
        { Easy with { KeptBytes = 1001 }, null, PressureKind.Quota },
        { Easy with { KeptBytes = 990 }, null, null },
        { Easy with { KeptBytes = 990 }, PressureKind.Quota, PressureKind.Quota },
        { Easy with { KeptBytes = 940 }, PressureKind.Quota, null },
        { Easy with { MemoryBytes = 15L << 30 }, null, PressureKind.Memory },
        { Easy with { MemoryBytes = 13L << 30 }, PressureKind.Memory, PressureKind.Memory },
        { Easy with { MemoryBytes = 11L << 30 }, PressureKind.Memory, null },
        { Easy with { Backlog = 2001 }, null, PressureKind.Backlog },
        { Easy with { Backlog = 1900 }, PressureKind.Backlog, PressureKind.Backlog },
        { Easy with { Backlog = 1700 }, PressureKind.Backlog, null },
    };

    [Theory]
    [MemberData(nameof(Judgements))]
    public async Task Judge_EachWatermark_WithSlackOnTheWayBack(CapacityState state, PressureKind? before, PressureKind? expected)
    {
        await using var ingest = await IngestUnderTest.CreateAsync();
        ingest.Capacity.QuotaBytes = 1000;
        Assert.Equal(expected, ingest.Gauge.Judge(state, before is { } kind ? new Pressure(kind, "before") : null)?.Kind);
    }

    [Fact]
    public async Task UnderPressure_StorageIsRejectedTransiently_ObjectsAreA700_CommitmentAndEchoAreServed_AndItRecovers()
    {
        await using var ingest = await IngestUnderTest.CreateAsync();
        var established = ingest.Open();
        ingest.Capacity.RefuseBelowFreeBytes = long.MaxValue / 2;
        await ingest.Pressure.RunOnceAsync(default);

        Assert.Equal(AssociationRejection.LocalLimitExceeded, Decide(ingest, SopClasses.UltrasoundMultiFrameImageStorage).Rejection);
        Assert.Equal(2, AssociationRejection.LocalLimitExceeded.Result); // rejected-transient: the sender tries again
        Assert.Null(Decide(ingest, SopClasses.Verification).Rejection);
        Assert.Null(Decide(ingest, SopClasses.StorageCommitmentPushModel).Rejection);
        Assert.Null(ingest.Handler.CreateStoreFile(new StoreRequest(established, "PACS", "ECHOCLR", SopClasses.UltrasoundMultiFrameImageStorage, "1.2", "1.2.840.10008.1.2.1")));
        var warning = Assert.Single(await new HealthStore(ingest.Test.Database).ListAsync(default));
        Assert.Equal("receiving", warning.Subject);
        Assert.Contains("RefuseBelowFreeBytes", warning.Detail, StringComparison.Ordinal);

        ingest.Capacity.RefuseBelowFreeBytes = 0;
        await ingest.Pressure.RunOnceAsync(default);
        Assert.Null(Decide(ingest, SopClasses.UltrasoundMultiFrameImageStorage).Rejection);
        Assert.Equal(DimseStatus.Success, await ingest.StoreAsync(established, Arrival.Cine()));
        Assert.Empty(await new HealthStore(ingest.Test.Database).ListAsync(default));
    }

    [Fact]
    public async Task Backlog_IsCountedFromTheTables_AndCongests()
    {
        await using var ingest = await IngestUnderTest.CreateAsync();
        ingest.Capacity.MaxBacklog = 2;
        for (var study = 1; study <= 3; study++)
            await ingest.StoreAsync(ingest.Open(), Arrival.Cine($"1.2.{study}", $"1.2.{study}.1", $"1.2.{study}.1.1"));
        await ingest.Pressure.RunOnceAsync(default);
        Assert.Equal(AssociationRejection.TemporaryCongestion, Decide(ingest, SopClasses.UltrasoundMultiFrameImageStorage).Rejection);
    }

    /// <summary>A life that ended under pressure left its warning; the next one that finds room takes it away.</summary>
    [Fact]
    public async Task WarningOfAnEarlierLife_GoesAtTheFirstLook()
    {
        await using var ingest = await IngestUnderTest.CreateAsync();
        var health = new HealthStore(ingest.Test.Database);
        await health.RaiseAsync("receiving", "nothing is taken", ingest.Time.GetUtcNow(), default);
        await ingest.Pressure.RunOnceAsync(default);
        Assert.Empty(await health.ListAsync(default));
    }

    private static AssociationDecision Decide(IngestUnderTest ingest, string abstractSyntax) => ingest.Handler.Decide(new AssociationRequest(
        Guid.NewGuid(), "PACS", "ECHOCLR", new IPEndPoint(IPAddress.Loopback, 4242), [new ProposedContext(1, abstractSyntax, [TransferSyntax.ExplicitVRLittleEndian.Uid])]));
}
