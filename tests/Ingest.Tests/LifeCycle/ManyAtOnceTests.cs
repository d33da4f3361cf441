using System.Globalization;
using EchoClr.Dicom;
using EchoClr.Ingest.Tests.StudyCompletion;
using EchoClr.Shared.Data;
using EchoClr.Shared.Ledger;

namespace EchoClr.Ingest.Tests.LifeCycle;

/// <summary>Studies that come over many associations at once, and one of the largest that others have seen (peers-and-faults §7.3, item 17), over sockets of our own.</summary>
public sealed class ManyAtOnceTests
{
    /// <summary>The study that timed out dcm4chee's transactions (dcm4chee-arc-light #4004).</summary>
    private const int LargestKnownStudy = 14_488;

    [Fact]
    public async Task OneNewStudy_OverSixteenAssociationsAtOnce_IsOneVersion_WithEveryObject()
    {
        await using var world = await PacsWorld.StartAsync("nobody");
        await Task.WhenAll(Enumerable.Range(0, 16).Select(association => world.SendToUsAsync([.. Enumerable.Range(0, 4).Select(number => Cine(4 * association + number))])));
        await world.EndedAsync();
        await world.AfterAsync(TimeSpan.FromMinutes(1));

        var version = await world.NewestAsync();
        Assert.Equal((1, StudyVersionState.Complete, 64), (version.Version, version.State, version.InstanceCount));
        Assert.Equal(16, (await world.Ingest.Studies.ListAssociationsAsync(version.Id, default)).Count);
        await AssertLedgerAsync(world, 64);
    }

    [Fact]
    public async Task OneObject_OverSixteenAssociationsAtOnce_IsStoredOnce()
    {
        await using var world = await PacsWorld.StartAsync("nobody");
        await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => world.SendToUsAsync([Cine(1)])));
        await world.EndedAsync();
        await world.AfterAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(1, (await world.NewestAsync()).InstanceCount);
        Assert.Single(world.Ingest.Files("objects"));
        await AssertLedgerAsync(world, 1);
    }

    [Fact]
    [Trait("Suite", "long")]
    public async Task LargestKnownStudy_IsReceivedCountedAndComplete_AndALateObjectMakesTheNextVersion()
    {
        await using var world = await PacsWorld.StartAsync("nobody");
        var clock = TimeProvider.System;
        var begun = clock.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(association => world.SendToUsAsync([.. Enumerable.Range(0, LargestKnownStudy).Where(number => number % 8 == association).Select(Cine)])));
        await world.EndedAsync();
        var received = clock.GetElapsedTime(begun);

        begun = clock.GetTimestamp();
        var held = await world.Ingest.Counts.ListHeldAsync((await world.Ingest.Studies.FindAsync("1.2.3", default))!.Id, default);
        await world.AfterAsync(TimeSpan.FromMinutes(1));
        var completed = clock.GetElapsedTime(begun);
        var version = await world.NewestAsync();
        Assert.Equal((StudyVersionState.Complete, LargestKnownStudy, LargestKnownStudy), (version.State, version.InstanceCount!.Value, held.FromPeers));

        begun = clock.GetTimestamp();
        await world.SendToUsAsync([Cine(LargestKnownStudy)]);
        await world.EndedAsync();
        await world.AfterAsync(TimeSpan.FromMinutes(1));
        var next = clock.GetElapsedTime(begun);
        Assert.Equal((2, StudyVersionState.Complete, LargestKnownStudy + 1), ((await world.NewestAsync()).Version, (await world.NewestAsync()).State, (await world.NewestAsync()).InstanceCount!.Value));
        await AssertLedgerAsync(world, LargestKnownStudy + 1);
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{LargestKnownStudy} objects over 8 associations: received in {received.TotalSeconds:0.0} s ({LargestKnownStudy / received.TotalSeconds:0} a second), version 1 complete in {completed.TotalSeconds:0.00} s, version 2 in {next.TotalSeconds:0.00} s"));
    }

    private static DicomDataset Cine(int number) => Arrival.Cine(series: $"1.2.3.{number % 20}", instance: $"1.9.{number}", content: $"object {number}");

    private static async Task AssertLedgerAsync(PacsWorld world, int instances)
    {
        var report = await new LedgerAudit(world.Ingest.Test.Database, world.Ingest.Test.Blobs, world.Ingest.Time).RunAsync(strict: true, null, default);
        Assert.True(report.IsWhole, string.Join('\n', report.Breaks));
        Assert.Equal(instances, report.Counts.Instances);
    }
}
