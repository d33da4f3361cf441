using EchoClr.Dicom.Net.Dimse;
using EchoClr.Dicom.Net.Pdus;
using EchoClr.Dicom.Net.Server;
using EchoClr.Dicom.Ports;
using EchoClr.Testing;
using Xunit;

namespace EchoClr.Dicom.Tests.Net;

/// <summary>What <see cref="Faults.WireFaults"/> does not ask: when exactly a budget ends, and in which words of the standard.</summary>
public sealed class HostilePeerTests
{
    [Theory]
    [InlineData("")]                        // silence
    [InlineData("010000")]                  // half a header
    [InlineData("01000000010000010000")]    // a header and a little
    public async Task Connect_NoWholeRequest_IsClosedWhenArtimExpires(string hex)
    {
        var time = new ManualTime();
        await using var server = await TestServer.StartAsync(time: time);
        using var peer = await ScriptedPeer.ConnectAsync(server.EndPoint);
        await peer.SendAsync(Convert.FromHexString(hex));
        Assert.True(await TimeToCloseAsync(time, peer) >= TimeSpan.FromSeconds(30)); // seconds later where the machine is slow to notice
        await server.AssertCleanAsync();
    }

    [Theory]
    [InlineData("010000000000")] // shorter than its fixed fields
    [InlineData("01007FFFFFFF")]
    [InlineData("010080000000")]
    [InlineData("0100FFFFFFFF")]
    [InlineData("04000000000600000002" + "0103")] // P-DATA before associate
    [InlineData("02000000000400000000")]
    [InlineData("05000000000400000000")] // release of what there is not
    public async Task Connect_FirstPduWrong_IsAborted(string hex)
    {
        await using var server = await TestServer.StartAsync();
        using (var peer = await ScriptedPeer.ConnectAsync(server.EndPoint))
        {
            await peer.SendAsync(Convert.FromHexString(hex));
            await peer.AssertAbortedAsync(AbortSource.ServiceUser, AbortReason.NotSpecified); // AA-1
        }
        await server.AssertCleanAsync();
    }

    public static TheoryData<string, string, byte> BrokenPdus => new()
    {
        { "unknown type", "08 00 00000004 00000000", 1 },
        { "type FF", "FF 00 00000004 00000000", 1 },
        { "second associate", Convert.ToHexString(ScriptedPeer.Bytes(ScriptedPeer.Rq)), 2 },
        { "associate accepted by the requestor", "02 00 00000044" + new string('0', 136), 2 },
        { "P-DATA without a value", "04 00 00000000", 6 },
        { "P-DATA of one byte", "04 00 00000001 00", 6 },
        { "P-DATA longer than announced", "04 00 00040001", 6 },
        { "P-DATA of 2 GiB", "04 00 80000000", 6 },
        { "P-DATA of 4 GiB", "04 00 FFFFFFFF", 6 },
        { "value of length 0", "04 00 00000006 00000000 0103", 6 },
        { "value of length 1", "04 00 00000006 00000001 0103", 6 },
        { "value beyond its PDU", "04 00 00000006 00000003 0103", 6 },
        { "value that wraps round", "04 00 00000006 FFFFFFFC 0103", 6 },
        { "value followed by two bytes", "04 00 00000008 00000002 0101 0000", 6 },
        { "release of five bytes", "05 00 00000005 0000000000", 6 },
    };

    [Theory]
    [MemberData(nameof(BrokenPdus))]
    public async Task Established_BrokenPdu_IsAbortedByTheProvider(string what, string hex, byte reason)
    {
        await using var server = await TestServer.StartAsync();
        using (var peer = await ScriptedPeer.AssociateAsync(server.EndPoint))
        {
            await peer.SendAsync(Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)));
            await peer.AssertAbortedAsync(AbortSource.ServiceProvider, (AbortReason)reason); // AA-8
        }
        await Eventually.IsTrueAsync(() => server.Ended.Count == 1, what);
        Assert.True(server.Ended.TryPeek(out var end));
        Assert.Equal(AssociationEndKind.AbortedByUs, end.Kind);
        await server.AssertCleanAsync();
    }

    [Theory]
    [InlineData("abort")]
    [InlineData("reset")]
    [InlineData("close")]
    [InlineData("release")]
    public async Task Store_EndsInTheMiddle_LeavesNoFileAndNoSlot(string how)
    {
        await using var server = await TestServer.StartAsync();
        using (var peer = await ScriptedPeer.AssociateAsync(server.EndPoint))
        {
            await peer.SendAsync(ScriptedPeer.Command(3, ScriptedPeer.StoreRq()));
            await peer.SendAsync(ScriptedPeer.PData(3, false, false, new byte[10_000]));
            await Eventually.IsTrueAsync(() => Directory.GetFiles(server.Folder, "*.part") is [_], "the file has begun");
            switch (how)
            {
                case "abort": await peer.SendAsync(new AbortPdu(AbortSource.ServiceUser, AbortReason.NotSpecified)); break;
                case "reset": peer.Reset(); break;
                case "release":
                    await peer.SendAsync(new ReleaseRqPdu());
                    await peer.AssertAbortedAsync(AbortSource.ServiceUser, AbortReason.NotSpecified);
                    break;
            }
        }
        await Eventually.IsTrueAsync(() => server.Ended.Count == 1, "the association ended");
        Assert.True(server.Ended.TryPeek(out var end));
        Assert.Equal(how switch { "abort" => AssociationEndKind.AbortedByPeer, "release" => AssociationEndKind.AbortedByUs, _ => AssociationEndKind.ConnectionLost }, end.Kind);
        Assert.Empty(server.Stored);
        await server.AssertCleanAsync();
    }

    [Theory]
    [InlineData(false)] // between messages
    [InlineData(true)]  // inside a PDU
    public async Task Established_Silence_IsAbortedAfterTheIdleTimeout(bool halfPdu)
    {
        var time = new ManualTime();
        await using var server = await TestServer.StartAsync(time: time);
        using (var peer = await ScriptedPeer.AssociateAsync(server.EndPoint))
        {
            await peer.AssertEchoAsync();
            if (halfPdu)
                await peer.SendAsync(ScriptedPeer.Command(1, ScriptedPeer.EchoRq()).AsMemory(0, 20));
            var (silentSince, aborted) = (time.GetUtcNow(), peer.AssertAbortedAsync(AbortSource.ServiceUser, AbortReason.NotSpecified));
            while (!aborted.IsCompleted)
            {
                time.Advance(TimeSpan.FromSeconds(1));
                await Task.WhenAny(aborted, Task.Delay(10));
            }
            await aborted;
            Assert.True(time.GetUtcNow() - silentSince >= TimeSpan.FromSeconds(60)); // seconds later where the machine is slow to notice
        }
        await server.AssertCleanAsync();
    }

    [Fact]
    public async Task Store_OurOwnSlowness_CountsAgainstNobody()
    {
        var time = new ManualTime();
        await using var server = await TestServer.StartAsync(time: time);
        server.OnStore = (_, _) =>
        {
            time.Advance(TimeSpan.FromMinutes(10)); // the disk, not the peer
            return new(DimseStatus.Success);
        };
        using var peer = await ScriptedPeer.AssociateAsync(server.EndPoint);
        for (ushort message = 1; message <= 3; message++)
        {
            await peer.SendAsync(ScriptedPeer.Command(3, ScriptedPeer.StoreRq(message)));
            await peer.SendAsync(ScriptedPeer.PData(3, false, true, new byte[100]));
            Assert.Equal((ushort)0, (await peer.ReceiveCommandAsync()).Status);
        }
        await peer.AssertEchoAsync();
    }

    [Fact]
    public async Task Established_PdusInPieces_AreReadAlike()
    {
        await using var server = await TestServer.StartAsync();
        using var peer = await ScriptedPeer.ConnectAsync(server.EndPoint);
        byte[] bytes = [.. ScriptedPeer.Bytes(ScriptedPeer.Rq), .. ScriptedPeer.Command(1, ScriptedPeer.EchoRq())];
        foreach (var piece in bytes.Chunk(7))
        {
            await peer.SendAsync(piece);
            await Task.Delay(2); // lets it travel alone
        }
        Assert.IsType<AssociateAcPdu>(await peer.ReceiveAsync());
        Assert.Equal((ushort)0, (await peer.ReceiveCommandAsync()).Status);
        await peer.AssertEchoAsync();
    }

    private static async Task<TimeSpan> TimeToCloseAsync(ManualTime time, ScriptedPeer peer)
    {
        var closed = peer.AssertClosedAsync();
        await Task.Delay(100); // the connection is accepted and its timer runs
        var start = time.GetUtcNow();
        while (!closed.IsCompleted && time.GetUtcNow() - start < TimeSpan.FromMinutes(10))
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.WhenAny(closed, Task.Delay(20));
        }
        await closed;
        return time.GetUtcNow() - start;
    }
}
