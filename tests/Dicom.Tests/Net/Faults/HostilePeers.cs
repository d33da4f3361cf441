using System.Buffers.Binary;
using System.Text;
using EchoClr.Dicom.Net.Pdus;
using EchoClr.Dicom.Ports;
using EchoClr.Testing;

namespace EchoClr.Dicom.Tests.Net.Faults;

/// <summary>What a row of <see cref="WireFaults"/> works with: a listener under a clock that stands still, its log, and peers that stay connected until the row is over.</summary>
internal sealed class HostilePeers(TestServer server, ManualTime time, LinesLogged log) : IDisposable
{
    private readonly List<ScriptedPeer> _peers = [];

    public TestServer Server => server;

    public ManualTime Time => time;

    public LinesLogged Log => log;

    public async Task<ScriptedPeer> ConnectAsync() => Keep(await ScriptedPeer.ConnectAsync(server.EndPoint));

    public async Task<ScriptedPeer> AssociateAsync(AssociateRqPdu? rq = null) => Keep(await ScriptedPeer.AssociateAsync(server.EndPoint, rq));

    /// <summary>A peer that connects and sends this, in hex; spaces are for the reader.</summary>
    public async Task<ScriptedPeer> ConnectAndSendAsync(string hex) => await ConnectAndSendAsync(Hex(hex));

    public async Task<ScriptedPeer> ConnectAndSendAsync(byte[] bytes)
    {
        var peer = await ConnectAsync();
        await peer.SendAsync(bytes);
        return peer;
    }

    /// <summary>The request is rejected with these three bytes (PS3.8 Table 9-21).</summary>
    public async Task AssertRejectedAsync(byte[] rq, byte result, byte source, byte reason)
    {
        var peer = await ConnectAndSendAsync(rq);
        Assert.Equal(new AssociateRjPdu(result, source, reason), await peer.ReceiveAsync());
    }

    /// <summary>An association is established and what follows is answered by an A-ABORT.</summary>
    public async Task AssertAbortedAsync(byte[] bytes)
    {
        var peer = await AssociateAsync();
        await peer.SendAsync(bytes);
        Assert.IsType<AbortPdu>(await peer.ReceiveAsync());
    }

    /// <summary>The first bytes of a connection are answered by an A-ABORT, or, where they are no PDU at all, by closing.</summary>
    public async Task AssertNotAssociatedAsync(byte[] first)
    {
        var peer = await ConnectAndSendAsync(first);
        Assert.True(await peer.ReceiveAsync() is null or AbortPdu);
    }

    public async Task AssertAcceptedAsync(byte[] rq)
    {
        var peer = await ConnectAndSendAsync(rq);
        Assert.IsType<AssociateAcPdu>(await peer.ReceiveAsync());
        await peer.AssertEchoAsync();
    }

    public static byte[] Hex(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));

    public static byte[] Rq(Func<AssociateRqPdu, AssociateRqPdu>? change = null) => ScriptedPeer.Bytes(change is null ? ScriptedPeer.Rq : change(ScriptedPeer.Rq));

    /// <summary>The request with a raw calling AE title: 16 bytes at offset 26 (PS3.8 Table 9-11).</summary>
    public static byte[] RqFrom(string callingAeTitle)
    {
        var rq = Rq();
        rq.AsSpan(26, 16).Fill((byte)' ');
        Encoding.Latin1.GetBytes(callingAeTitle).CopyTo(rq, 26);
        return rq;
    }

    /// <summary>The request with a further item after all others, its length counted in.</summary>
    public static byte[] RqWithItem(byte[] item)
    {
        byte[] rq = [.. Rq(), .. item];
        BinaryPrimitives.WriteUInt32BigEndian(rq.AsSpan(2), (uint)(rq.Length - 6));
        return rq;
    }

    /// <summary>The request with sub-items added to its user information, which is the last item.</summary>
    public static byte[] RqWithUserItems(byte[] items)
    {
        var rq = Rq();
        var user = 74;
        while (rq[user] != 0x50)
            user += 4 + BinaryPrimitives.ReadUInt16BigEndian(rq.AsSpan(user + 2));
        rq = [.. rq, .. items];
        BinaryPrimitives.WriteUInt16BigEndian(rq.AsSpan(user + 2), (ushort)(rq.Length - user - 4));
        BinaryPrimitives.WriteUInt32BigEndian(rq.AsSpan(2), (uint)(rq.Length - 6));
        return rq;
    }

    public static byte[] Item(byte type, byte[] content) => [type, 0, (byte)(content.Length >> 8), (byte)content.Length, .. content];

    public static byte[] Repeat(int times, byte[] bytes) => [.. Enumerable.Repeat(bytes, times).SelectMany(each => each)];

    public void Dispose() => _peers.ForEach(peer => peer.Dispose());

    private ScriptedPeer Keep(ScriptedPeer peer)
    {
        _peers.Add(peer);
        return peer;
    }
}
