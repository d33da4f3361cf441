using EchoClr.Dicom.Net.Server;
using EchoClr.Dicom.Ports;
using EchoClr.Testing;

namespace EchoClr.Dicom.Tests.Net.Faults;

/// <summary>
/// The oracle for every row of <see cref="WireFaults"/>: while the hostile peer is still connected a clean study goes through within 5 s; when the budgets have run out the
/// listener has closed by itself; slots, handles and files are back, and a clean study goes through again.
/// </summary>
[Collection(nameof(Alone))]
public sealed class WireFaultTests
{
    private static readonly TimeSpan CleanStudyLimit = TimeSpan.FromSeconds(5);

    public static TheoryData<string> Items => [.. WireFaults.All.Select(fault => fault.Name)];

    [Theory]
    [MemberData(nameof(Items))]
    public async Task Fault(string item) => await RunAsync(WireFaults.All.Single(fault => fault.Name == item));

    [Fact, Trait("Suite", "long")]
    public async Task Fault_StormOf10000Connections() => await RunAsync(new WireFault("1 a storm of 10 000 connections", peers => WireFaults.StormAsync(peers, 10_000)));

    /// <summary>64 peers at a time, each of which makes the listener hold as much as it can be made to: memory stays within what the limits add up to.</summary>
    [Fact]
    public async Task Memory_SixtyFourHostilePeers_StaysWithinTheLimits()
    {
        var time = new ManualTime();
        using var log = new LinesLogged();
        await using var server = await TestServer.StartAsync(new DicomServerOptions { MaxAssociations = 64, MaxConnections = 256 }, time, log.Factory);
        await StoreCleanStudyAsync(server);
        var before = Resident();
        var most = 0L;
        using (var peers = new HostilePeers(server, time, log))
        {
            // A request of half a mebibyte that lacks its last byte; a command set, a PDU and a data set that lack theirs.
            byte[] request = [.. HostilePeers.RqWithItem(HostilePeers.Repeat(8, HostilePeers.Item(0x99, new byte[65_000])))];
            for (var i = 0; i < 16; i++)
                await peers.ConnectAndSendAsync(request[..^1]);
            for (var i = 0; i < 48; i++)
            {
                var peer = await peers.AssociateAsync();
                await peer.SendAsync(i % 3 == 0 ? ScriptedPeer.PData(1, true, false, new byte[60_000]) : ScriptedPeer.Command(3, ScriptedPeer.StoreRq()));
                if (i % 3 > 0)
                    await peer.SendAsync(ScriptedPeer.PData(3, false, false, new byte[200_000]));
                await peer.SendAsync(ScriptedPeer.PData(3, false, false, new byte[250_000]).AsMemory(0, 249_000));
                most = Math.Max(most, Resident());
            }
            await StoreCleanStudyAsync(server);
            most = Math.Max(most, Resident());
            await AssertAllClosedAsync(server, time);
        }
        TestContext.Current.TestOutputHelper!.WriteLine($"resident: {before >> 20} MiB before, at most {most >> 20} MiB with 64 hostile peers");
        // 16 requests of 544 KiB, 48 reading buffers of twice 256 KiB, and as much again for pools and the garbage that is not collected yet, test data included.
        Assert.InRange(most - before, long.MinValue, 160L << 20);
        await AssertNothingLeftAsync(server);
    }

    private static async Task RunAsync(WireFault fault)
    {
        var time = new ManualTime();
        using var log = new LinesLogged();
        await using var server = await TestServer.StartAsync(fault.Options, time, log.Factory);
        await StoreCleanStudyAsync(server);
        await AssertAllClosedAsync(server, time);
        var handles = Handles(server);
        using (var peers = new HostilePeers(server, time, log))
        {
            await fault.Script(peers);
            if (server.Server.AssociationCount < (fault.Options?.MaxAssociations ?? int.MaxValue))
                await StoreCleanStudyAsync(server);
            await AssertAllClosedAsync(server, time);
        }
        await AssertNothingLeftAsync(server);
        await Eventually.IsTrueAsync(() => Handles(server) <= handles, $"the {handles} sockets and files of before are all there are");
        await StoreCleanStudyAsync(server);
    }

    /// <summary>Three objects, answered Success and kept byte for byte.</summary>
    private static async Task StoreCleanStudyAsync(TestServer server)
    {
        using var folder = new TemporaryFolder();
        var files = Enumerable.Range(1, 3).Select(seed => TestObjects.Write(folder.Path, seed)).ToList();
        var kept = server.Stored.Count;
        var client = TestServer.NewClient();
        using var limit = new CancellationTokenSource(CleanStudyLimit);
        var results = await client.StoreAsync(server.Peer, files, null, limit.Token);
        Assert.All(results, result => Assert.Equal(DimseStatus.Success, result.Status));
        Assert.Equal(files.Select(TestObjects.Dataset), server.Stored.Skip(kept).Select(stored => TestObjects.Dataset(stored.KeptAs)));
    }

    // Nobody's connection outlives its budgets, whatever it does; some seconds of the test's clock take some milliseconds.
    private static async Task AssertAllClosedAsync(TestServer server, ManualTime time) => await Eventually.IsTrueAsync(() =>
    {
        time.Advance(TimeSpan.FromSeconds(5));
        return server.Server.ConnectionCount == 0;
    }, "every connection is closed");

    private static async Task AssertNothingLeftAsync(TestServer server)
    {
        await Eventually.IsTrueAsync(() => server.Server is { AssociationCount: 0, ConnectionCount: 0 }, "all slots are back");
        Assert.Empty(Directory.GetFiles(server.Folder, "*.part"));
        Assert.All(server.Ended, end => Assert.True(end.Reason.All(c => c is >= ' ' and <= '~'), end.Reason));
    }

    /// <summary>This process's handles on sockets and on the listener's files; the runtime opens others when it likes.</summary>
    private static int Handles(TestServer server) => Directory.GetFiles("/proc/self/fd").Select(Target)
        .Count(target => target.StartsWith("socket:", StringComparison.Ordinal) || target.StartsWith(server.Folder, StringComparison.Ordinal));

    private static string Target(string handle)
    {
        try
        {
            return new FileInfo(handle).LinkTarget ?? "";
        }
        catch (IOException)
        {
            return ""; // closed in the meantime
        }
    }

    private static long Resident() => Environment.WorkingSet;
}

/// <summary>Tests that count what the whole process holds run beside no others.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
