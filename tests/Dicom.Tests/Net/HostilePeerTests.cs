using System.Net.Sockets;
using System.Text;
using EchoClr.Dicom.Net.Dimse;
using EchoClr.Dicom.Net.Pdus;
using EchoClr.Dicom.Net.Server;
using EchoClr.Dicom.Ports;
using EchoClr.Testing;
using Microsoft.Extensions.Logging;
using Xunit;

namespace EchoClr.Dicom.Tests.Net;

/// <summary>Peers that are broken, lost or hostile. After each of them nothing is left behind and a clean peer is served.</summary>
public sealed class HostilePeerTests
{
    public static TheoryData<string, string> ForeignGreetings => new()
    {
        { "GET / HTTP/1.1\r\n\r\n", "HTTP" },
        { "\x16\x03\x01\x02\x00\x01", "TLS" },
        { "\x0bMSH|^~\\&|", "HL7" },
        { "SSH-2.0-OpenSSH_9.2\r\n", "SSH" },
        { "\x00\x00\x00\x00\x00\x04", "00H" },
        { "\x08\x00\x00\x00\x00\x04", "08H" },
        { "\xff\x00\x00\x00\x00\x04", "FFH" },
    };

    [Theory]
    [MemberData(nameof(ForeignGreetings))]
    public async Task Connect_OtherProtocol_IsClosedAtOnceAndNamed(string greeting, string named)
    {
        using var log = new LinesLogged();
        await using var server = await TestServer.StartAsync(loggers: log.Factory);
        using var peer = await ScriptedPeer.ConnectAsync(server.EndPoint);
        await peer.SendAsync(Encoding.Latin1.GetBytes(greeting));
        await peer.AssertClosedAsync();
        await Eventually.IsTrueAsync(() => log.Lines.Any(line => line.Contains(named, StringComparison.Ordinal)), "the protocol is named in the log");
        await server.AssertCleanAsync();
    }

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
        Assert.Equal(TimeSpan.FromSeconds(30), await TimeToCloseAsync(time, peer));
        await server.AssertCleanAsync();
    }

    [Fact]
    public async Task Connect_AByteEveryTenSeconds_IsClosedWhenArtimExpires()
    {
        var time = new ManualTime();
        await using var server = await TestServer.StartAsync(time: time);
        using var peer = await ScriptedPeer.ConnectAsync(server.EndPoint);
        var bytes = ScriptedPeer.Bytes(ScriptedPeer.Rq);
        var closed = peer.AssertClosedAsync();
        await Task.Delay(100); // the connection is accepted and its timer runs
        for (var sent = 0; sent < 3; sent++)
        {
            await peer.SendAsync(bytes.AsMemory(sent, 1));
            Assert.False(closed.IsCompleted);
            await Task.Delay(50);
            time.Advance(TimeSpan.FromSeconds(10));
        }
        await closed;
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

    [Fact]
    public async Task Connect_ClosedDuringTheRequest_LeavesNothing()
    {
        await using var server = await TestServer.StartAsync();
        using (var peer = await ScriptedPeer.ConnectAsync(server.EndPoint))
            await peer.SendAsync(ScriptedPeer.Bytes(ScriptedPeer.Rq).AsMemory(0, 50));
        using (var peer = await ScriptedPeer.ConnectAsync(server.EndPoint))
        {
            await peer.SendAsync(ScriptedPeer.Rq);
            peer.Reset();
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

    public static TheoryData<string, byte[]> BrokenMessages => new()
    {
        { "context 7 was not proposed", ScriptedPeer.Command(7, ScriptedPeer.EchoRq()) },
        { "context 2 is even", ScriptedPeer.Command(2, ScriptedPeer.EchoRq()) },
        { "data before a command", ScriptedPeer.PData(3, false, true, [0, 0]) },
        { "a command inside a data set", [.. ScriptedPeer.Command(3, ScriptedPeer.StoreRq()), .. ScriptedPeer.Command(3, ScriptedPeer.StoreRq())] },
        { "a data set on another context", [.. ScriptedPeer.Command(3, ScriptedPeer.StoreRq()), .. ScriptedPeer.PData(1, false, true, [0, 0])] },
        { "a command on two contexts", [.. ScriptedPeer.PData(1, true, false, [0, 0]), .. ScriptedPeer.PData(3, true, true, [0, 0])] },
        { "a command of noise", ScriptedPeer.PData(1, true, true, [0xDE, 0xAD, 0xBE, 0xEF, 0xFF, 0xFF, 0xFF, 0xFF, 0]) },
        { "an empty command", ScriptedPeer.PData(1, true, true, []) },
        { "a command without Message ID", ScriptedPeer.Command(1, ScriptedPeer.EchoRq() with { MessageId = null }) },
        { "a response to nothing", ScriptedPeer.Command(1, new CommandSet { Field = CommandField.CEchoRsp, MessageIdBeingRespondedTo = 1, Status = 0 }) },
    };

    [Theory]
    [MemberData(nameof(BrokenMessages))]
    public async Task Established_BrokenMessage_IsAborted(string what, byte[] bytes)
    {
        await using var server = await TestServer.StartAsync();
        using (var peer = await ScriptedPeer.AssociateAsync(server.EndPoint))
        {
            await peer.SendAsync(bytes);
            await peer.AssertAbortedAsync(AbortSource.ServiceUser, AbortReason.NotSpecified);
        }
        await Eventually.IsTrueAsync(() => server.Ended.Count == 1, what);
        await server.AssertCleanAsync();
    }

    [Fact]
    public async Task Established_CommandWithoutEnd_IsAbortedAtItsLimit()
    {
        await using var server = await TestServer.StartAsync();
        using (var peer = await ScriptedPeer.AssociateAsync(server.EndPoint))
        {
            for (var sent = 0; sent <= CommandSet.MaxLength; sent += 16000)
                await peer.SendAsync(ScriptedPeer.PData(1, true, false, new byte[16000]));
            await peer.AssertAbortedAsync(AbortSource.ServiceUser, AbortReason.NotSpecified);
        }
        await server.AssertCleanAsync();
    }

    [Fact]
    public async Task Established_DatasetBeyondItsLimit_IsAbortedAndLeavesNoFile()
    {
        await using var server = await TestServer.StartAsync(new DicomServerOptions { MaxDatasetLength = 50_000 });
        using (var peer = await ScriptedPeer.AssociateAsync(server.EndPoint))
        {
            await peer.SendAsync(ScriptedPeer.Command(3, ScriptedPeer.StoreRq()));
            for (var i = 0; i < 4; i++)
                await peer.SendAsync(ScriptedPeer.PData(3, false, false, new byte[16000]));
            await peer.AssertAbortedAsync(AbortSource.ServiceUser, AbortReason.NotSpecified);
        }
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
            await Eventually.IsTrueAsync(() => Directory.GetFiles(server.Folder, "*.part") is [var part] && new FileInfo(part).Length > 10_000, "the file has begun");
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
            await Task.Delay(100); // the listener waits again
            time.Advance(TimeSpan.FromSeconds(59));
            await Task.Delay(100);
            Assert.Equal(1, server.Server.AssociationCount);
            time.Advance(TimeSpan.FromSeconds(1));
            await peer.AssertAbortedAsync(AbortSource.ServiceUser, AbortReason.NotSpecified);
        }
        await server.AssertCleanAsync();
    }

    [Fact]
    public async Task Associate_CapReachedByIdlePeers_IsRejectedTransientlyUntilTheyTimeOut()
    {
        var time = new ManualTime();
        await using var server = await TestServer.StartAsync(new DicomServerOptions { MaxAssociations = 2 }, time);
        using var first = await ScriptedPeer.AssociateAsync(server.EndPoint);
        using var second = await ScriptedPeer.AssociateAsync(server.EndPoint);
        using (var third = await ScriptedPeer.ConnectAsync(server.EndPoint))
        {
            await third.SendAsync(ScriptedPeer.Rq);
            Assert.Equal(new AssociateRjPdu(2, 3, 2), await third.ReceiveAsync());
        }
        await first.AssertEchoAsync();
        await second.AssertEchoAsync();

        await Task.Delay(100); // both wait again
        time.Advance(TimeSpan.FromSeconds(60));
        await server.AssertCleanAsync();
    }

    [Fact]
    public async Task Connect_MoreThanTheCap_IsClosedAndOthersAreServed()
    {
        await using var server = await TestServer.StartAsync(new DicomServerOptions { MaxAssociations = 1, MaxConnections = 5 });
        var peers = new List<ScriptedPeer>();
        for (var i = 0; i < 5; i++)
            peers.Add(await ScriptedPeer.ConnectAsync(server.EndPoint));
        try
        {
            using var sixth = await ScriptedPeer.ConnectAsync(server.EndPoint);
            await sixth.AssertClosedAsync();
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
        {
            // Closed so fast that connecting had not returned yet.
        }
        peers.ForEach(peer => peer.Dispose());
        await Eventually.IsTrueAsync(() => server.Server.ConnectionCount == 0, "the connections are gone");
        await server.AssertCleanAsync();
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

    /// <summary>What the listener logs, as text.</summary>
    private sealed class LinesLogged : ILoggerProvider, ILogger
    {
        private readonly System.Collections.Concurrent.ConcurrentQueue<string> _lines = new();

        public LinesLogged() => Factory = new LoggerFactory([this]);

        public LoggerFactory Factory { get; }

        public IReadOnlyCollection<string> Lines => _lines;

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _lines.Enqueue(formatter(state, exception));

        public void Dispose() => Factory.Dispose();
    }
}
