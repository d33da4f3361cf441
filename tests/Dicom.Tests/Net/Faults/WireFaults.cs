using System.Net.Sockets;
using System.Text;
using EchoClr.Dicom.Net.Dimse;
using EchoClr.Dicom.Net.Pdus;
using EchoClr.Dicom.Net.Server;
using EchoClr.Dicom.Ports;
using EchoClr.Testing;
using static EchoClr.Dicom.Tests.Net.Faults.HostilePeers;
using static EchoClr.Testing.ScriptedPeer;

namespace EchoClr.Dicom.Tests.Net.Faults;

/// <summary>What a peer may do wrong on the wire, one row each, to be ticked off against the list that the names count by (1 silence, 2 other protocols, 3 PDU headers,
/// 4 data values, 5 order, 6 association requests, 7 caps, 8 lengths).</summary>
internal static class WireFaults
{
    public static IReadOnlyList<WireFault> All { get; } =
    [
        // 1: silence, slowness, disappearance
        new("1 connect and silence", peers => peers.ConnectAsync()),
        new("1 three header bytes, then silence", peers => peers.ConnectAndSendAsync("01 00 00")),
        new("1 a whole header, then silence", peers => peers.ConnectAndSendAsync("01 00 00000100 0001")),
        new("1 one byte every 10 s", async peers =>
        {
            var peer = await peers.ConnectAsync();
            await TrickleAsync(peers, peer, Rq().Chunk(1).Take(100), TimeSpan.FromSeconds(10)); // it closes long before the request is whole
        }),
        new("1 half-open: an association that is never heard of again", peers => peers.AssociateAsync()),
        new("1 half-open inside a PDU", async peers => await (await peers.AssociateAsync()).SendAsync(Command(1, EchoRq()).AsMemory(0, 20))),
        new("1 half-open inside a data set", async peers =>
        {
            var peer = await peers.AssociateAsync();
            await peer.SendAsync(Command(3, StoreRq()));
            await peer.SendAsync(PData(3, false, false, new byte[10_000]));
        }),
        new("1 a data set of ten bytes every 25 s", async peers =>
        {
            var peer = await peers.AssociateAsync();
            await peer.SendAsync(Command(3, StoreRq()));
            Assert.IsType<AbortPdu>(await TrickleAsync(peers, peer, Enumerable.Repeat(PData(3, false, false, new byte[10]), 100), TimeSpan.FromSeconds(25)));
        }),
        new("1 close during associate", async peers =>
        {
            var (closed, reset) = (await peers.ConnectAndSendAsync(Rq()[..50]), await peers.ConnectAndSendAsync(Rq()));
            closed.Close();
            reset.Reset();
        }),
        new("1 a storm of connections", peers => StormAsync(peers, 1000)),

        // 2: other protocols on the plain port
        new("2 HTTP", peers => ForeignAsync(peers, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP")),
        new("2 HTTP/2", peers => ForeignAsync(peers, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HTTP")),
        new("2 TLS ClientHello", peers => ForeignAsync(peers, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "TLS")),
        new("2 HL7 MLLP", peers => ForeignAsync(peers, "\x0bMSH|^~\\&|ADT|H||\r\x1c\r", "HL7")),
        new("2 SSH banner", peers => ForeignAsync(peers, "SSH-2.0-OpenSSH_9.2\r\n", "SSH")),

        // 3: PDU headers
        new("3 PDU type 0 first", peers => ForeignAsync(peers, "\x00\x00\x00\x00\x00\x04", "00H")),
        new("3 PDU type 8 first", peers => ForeignAsync(peers, "\x08\x00\x00\x00\x00\x04", "08H")),
        new("3 PDU type FF first", peers => ForeignAsync(peers, "\xff\x00\x00\x00\x00\x04", "FFH")),
        .. new[] { "00", "08", "FF" }.Select(type => new WireFault($"3 PDU type {type} on an association", peers => peers.AssertAbortedAsync(Hex(type + "00 00000004 00000000")))),
        .. new[] { "00000000", "00000001", "00000005", "7FFFFFFF", "80000000", "FFFFFFFF" }.SelectMany(length => new WireFault[]
        {
            new($"3 A-ASSOCIATE-RQ of length {length}", peers => peers.AssertNotAssociatedAsync(Hex("01 00" + length))),
            new($"3 P-DATA-TF of length {length}", peers => peers.AssertAbortedAsync(Hex("04 00" + length + "00000004 0303"))),
            new($"3 A-RELEASE-RQ of length {length}", peers => peers.AssertAbortedAsync(Hex("05 00" + length + "00000000 00000000"))),
        }),
        new("3 A-ASSOCIATE-RQ one byte shorter than its fixed fields", peers => peers.AssertNotAssociatedAsync(Hex("01 00 00000043"))),
        new("3 P-DATA-TF one byte longer than announced", peers => peers.AssertAbortedAsync(Hex("04 00 00040001"))),
        new("3 P-DATA-TF shorter than its content", peers => peers.AssertAbortedAsync([.. Hex("04 00 0000000A 00000006 0101 DEADBEEF"), .. Hex("DEADBEEFDEAD")])),
        new("3 A-ASSOCIATE-RQ shorter than its content", peers => peers.AssertNotAssociatedAsync(Shortened(Rq()))),

        // 4: presentation data values and what they make
        new("4 value of length 0", peers => peers.AssertAbortedAsync(Hex("04 00 00000006 00000000 0103"))),
        new("4 value of length 1", peers => peers.AssertAbortedAsync(Hex("04 00 00000006 00000001 0103"))),
        new("4 value of length 2: an empty command", peers => peers.AssertAbortedAsync(Hex("04 00 00000006 00000002 0103"))),
        new("4 value beyond its PDU", peers => peers.AssertAbortedAsync(Hex("04 00 00000006 00000003 0103"))),
        new("4 value length that wraps round", peers => peers.AssertAbortedAsync(Hex("04 00 00000006 FFFFFFFC 0103"))),
        new("4 value followed by two bytes", peers => peers.AssertAbortedAsync(Hex("04 00 00000008 00000002 0101 0000"))),
        new("4 P-DATA-TF without values", peers => peers.AssertAbortedAsync(Hex("04 00 00000000"))),
        new("4 unknown presentation context", peers => peers.AssertAbortedAsync(Command(7, EchoRq()))),
        new("4 even presentation context", peers => peers.AssertAbortedAsync(Command(2, EchoRq()))),
        new("4 command and data in one PDU on two contexts", peers => peers.AssertAbortedAsync([.. PData(1, true, false, [0, 0]), .. PData(3, true, true, [0, 0])])),
        new("4 command inside a data set", peers => peers.AssertAbortedAsync([.. Command(3, StoreRq()), .. PData(3, false, false, new byte[100]), .. Command(3, StoreRq())])),
        new("4 data set on another context", peers => peers.AssertAbortedAsync([.. Command(3, StoreRq()), .. PData(1, false, true, [0, 0])])),
        new("4 last fragment of a command never set", peers => peers.AssertAbortedAsync(Repeat(CommandSet.MaxLength / 16000 + 1, PData(1, true, false, new byte[16000])))),
        new("4 last fragment of a data set never set", async peers =>
        {
            var peer = await peers.AssociateAsync();
            await peer.SendAsync(Command(3, StoreRq()));
            for (var i = 0; i < 4; i++)
                await peer.SendAsync(PData(3, false, false, new byte[16000]));
            await peer.AssertAbortedAsync(AbortSource.ServiceUser, AbortReason.NotSpecified);
        }, new DicomServerOptions { MaxDatasetLength = 50_000 }),
        new("4 a data set of nothing but empty fragments", async peers =>
        {
            var peer = await peers.AssociateAsync();
            await peer.SendAsync(Command(3, StoreRq()));
            await peer.SendAsync(Repeat(1000, PData(3, false, false, [])));
        }),
        new("4 data before a command", peers => peers.AssertAbortedAsync(PData(3, false, true, [0, 0]))),
        new("4 command twice", peers => peers.AssertAbortedAsync([.. Command(3, StoreRq()), .. Command(3, StoreRq(2))])),
        new("4 command of noise", peers => peers.AssertAbortedAsync(PData(1, true, true, [0xDE, 0xAD, 0xBE, 0xEF, 0xFF, 0xFF, 0xFF, 0xFF, 0]))),
        new("4 command without Message ID", peers => peers.AssertAbortedAsync(Command(1, EchoRq() with { MessageId = null }))),
        new("4 response to nothing", peers => peers.AssertAbortedAsync(Command(1, new CommandSet { Field = CommandField.CEchoRsp, MessageIdBeingRespondedTo = 1, Status = 0 }))),

        // 5: order
        new("5 P-DATA before associate", peers => peers.AssertNotAssociatedAsync(Hex("04 00 00000006 00000002 0103"))),
        new("5 release before associate", peers => peers.AssertNotAssociatedAsync(Hex("05 00 00000004 00000000"))),
        new("5 second associate on a live association", peers => peers.AssertAbortedAsync(Rq())),
        new("5 A-ASSOCIATE-AC from the requestor", peers => peers.AssertAbortedAsync(Hex("02 00 00000044" + new string('0', 136)))),
        new("5 release during data", async peers =>
        {
            var peer = await peers.AssociateAsync();
            await peer.SendAsync(Command(3, StoreRq()));
            await peer.SendAsync(PData(3, false, false, new byte[10_000]));
            await peer.SendAsync(new ReleaseRqPdu());
            await peer.AssertAbortedAsync(AbortSource.ServiceUser, AbortReason.NotSpecified);
        }),
        new("5 abort mid object", async peers =>
        {
            var peer = await peers.AssociateAsync();
            await peer.SendAsync(Command(3, StoreRq()));
            await peer.SendAsync(PData(3, false, false, new byte[10_000]));
            await peer.SendAsync(new AbortPdu(AbortSource.ServiceUser, AbortReason.NotSpecified));
            await peer.AssertClosedAsync();
        }),
        new("5 reset mid object", async peers =>
        {
            var peer = await peers.AssociateAsync();
            await peer.SendAsync(Command(3, StoreRq()));
            await peer.SendAsync(PData(3, false, false, new byte[10_000]));
            await Eventually.IsTrueAsync(() => Directory.GetFiles(peers.Server.Folder, "*.part").Length == 1, "the file has begun");
            peer.Reset();
        }),
        new("5 release response without a request", peers => peers.AssertAbortedAsync(Hex("06 00 00000004 00000000"))),
        new("5 data after the release (as in a collision)", async peers =>
        {
            var peer = await peers.AssociateAsync();
            await peer.SendAsync((byte[])[.. Bytes(new ReleaseRqPdu()), .. Bytes(new ReleaseRqPdu()), .. Command(1, EchoRq())]);
            Assert.IsType<ReleaseRpPdu>(await peer.ReceiveAsync());
        }),

        // 6: association requests
        new("6 no contexts", async peers => await peers.AssociateAsync(ScriptedPeer.Rq with { Contexts = [] })),
        new("6 all 128 contexts", peers => peers.AssertAcceptedAsync(Rq(rq => rq with { Contexts = Contexts(128) }))),
        new("6 more contexts than there are ids", peers => peers.AssertNotAssociatedAsync(RqWithItem(Repeat(200, Item(0x20, [9, 0, 0, 0]))))),
        new("6 a context twice", peers => peers.AssertNotAssociatedAsync(RqWithItem(Item(0x20, [3, 0, 0, 0])))),
        new("6 an even context", peers => peers.AssertNotAssociatedAsync(RqWithItem(Item(0x20, [4, 0, 0, 0])))),
        new("6 empty abstract and transfer syntaxes", peers => peers.AssertAcceptedAsync(RqWithItem(Item(0x20, [7, 0, 0, 0, .. Item(0x30, []), .. Item(0x40, [])])))),
        new("6 a context without any syntax", async peers =>
        {
            peers.Server.Policy = _ => new AssociationDecision(null, context => context.TransferSyntaxes is [var first, ..] ? ContextDecision.Accept(first) : ContextDecision.TransferSyntaxesNotSupported);
            await peers.AssertAcceptedAsync(RqWithItem(Item(0x20, [7, 0, 0, 0])));
        }),
        new("6 10 000 unknown items", peers => peers.AssertAcceptedAsync(RqWithItem(Repeat(10_000, Item(0x99, []))))),
        new("6 10 000 unknown sub-items", peers => peers.AssertAcceptedAsync(RqWithUserItems(Repeat(10_000, Item(0x99, []))))),
        new("6 7 000 transfer syntaxes in a context", peers => peers.AssertNotAssociatedAsync(RqWithItem(Item(0x20, [7, 0, 0, 0, .. Repeat(7_000, Item(0x40, "1.2"u8.ToArray()))])))),
        new("6 7 000 roles", peers => peers.AssertNotAssociatedAsync(RqWithUserItems(Repeat(7_000, Item(0x54, [0, 1, (byte)'1', 1, 1]))))),
        new("6 an item longer than the request", peers => peers.AssertNotAssociatedAsync(RqWithItem([0x20, 0, 0xFF, 0xFF, 1, 0, 0, 0]))),
        new("6 a role whose UID is longer than it", peers => peers.AssertNotAssociatedAsync(RqWithUserItems(Item(0x54, [0xFF, 0xFF, 1])))),
        new("6 an abstract syntax of 1 000 characters", peers => peers.AssertNotAssociatedAsync(RqWithItem(Item(0x20, [7, 0, 0, 0, .. Item(0x30, new byte[1000])])))),
        new("6 protocol version 0", peers => peers.AssertRejectedAsync(WithVersion(0), 1, 2, 2)),
        new("6 wrong application context", peers => peers.AssertRejectedAsync(Rq(rq => rq with { ApplicationContext = "1.2.3" }), 1, 1, 2)),
        new("6 AE title of 16 characters", peers => FromAsync(peers, "ABCDEFGHIJKLMNOP", "ABCDEFGHIJKLMNOP", accepted: true)),
        new("6 AE title with a trailing space", peers => FromAsync(peers, "SCRIPTED ", "SCRIPTED", accepted: true)), // padding, PS3.5 Table 6.2-1
        new("6 AE title padded with NUL", peers => FromAsync(peers, "SCRIPTED\0\0\0\0\0\0\0\0", "SCRIPTED", accepted: true)),
        new("6 AE title all spaces", peers => FromAsync(peers, "", "SCRIPTED", accepted: false)),
        new("6 AE title in lower case", peers => FromAsync(peers, "scripted", "SCRIPTED", accepted: false)),
        new("6 AE title with NUL inside", peers => FromAsync(peers, "SCRI\0TED", "SCRIPTED", accepted: false)),
        new("6 AE title ../", peers => FromAsync(peers, "../../etc/passwd", "SCRIPTED", accepted: false)),
        new("6 AE title with CR LF", peers => FromAsync(peers, "A\r\nfatal: forged", "SCRIPTED", accepted: false)),
        new("6 AE title with a terminal's escape", peers => FromAsync(peers, "\x1b[2J\x1b]0;x\x07", "SCRIPTED", accepted: false)),
        new("6 AE title with a log template", peers => FromAsync(peers, "{CallingAeTitle}", "SCRIPTED", accepted: false)),
        new("6 AE title beyond ASCII", peers => FromAsync(peers, "ÄÖÜ\u0085\u009b", "SCRIPTED", accepted: false)),
        new("6 user identity of every type", async peers =>
        {
            for (byte type = 0; type < 7; type++)
                await peers.AssertAcceptedAsync(RqWithUserItems(Item(0x58, [type, 1, 0, 4, .. "user"u8, 0, 4, .. "pass"u8])));
        }),
        new("6 user identity whose lengths lie", peers => peers.AssertAcceptedAsync(RqWithUserItems(Item(0x58, [2, 1, 0xFF, 0xFF, 1])))), // not read, so not believed
        new("6 asynchronous operations window 0 (no limit)", peers => peers.AssertAcceptedAsync(RqWithUserItems(Item(0x53, [0, 0, 0, 0])))),
        new("6 commands without waiting for responses", async peers =>
        {
            var peer = await peers.AssociateAsync();
            await peer.SendAsync(Repeat(50, Command(1, EchoRq(77))));
            for (var i = 0; i < 50; i++)
                Assert.Equal((ushort)0, (await peer.ReceiveCommandAsync()).Status);
        }),

        // 7: caps
        new("7 the cap reached by idle peers", async peers =>
        {
            var first = await peers.AssociateAsync();
            await peers.AssociateAsync();
            await peers.AssertRejectedAsync(Rq(), 2, 3, 2); // transient: within their budget nobody gives way
            await first.AssertEchoAsync();
        }, new DicomServerOptions { MaxAssociations = 2 }),
        new("7 the cap reached by peers that keep themselves awake with C-ECHO", async peers =>
        {
            var first = await peers.AssociateAsync();
            for (var i = 0; i < 2; i++)
            {
                await first.AssertEchoAsync();
                await Task.Delay(100); // it waits again before the clock moves
                peers.Time.Advance(TimeSpan.FromSeconds(40));
            }
            var real = await peers.AssociateAsync(); // at once, at the cost of the other
            await first.AssertAbortedAsync(AbortSource.ServiceUser, AbortReason.NotSpecified);
            await real.AssertEchoAsync();
            await real.SendAsync(new ReleaseRqPdu());
            Assert.IsType<ReleaseRpPdu>(await real.ReceiveAsync());
        }, new DicomServerOptions { MaxAssociations = 1 }),
        new("7 connections without association up to their cap", async peers =>
        {
            await StormAsync(peers, 9, stay: true);
            await Eventually.IsTrueAsync(() => peers.Server.Server.ConnectionCount <= 4, "the oldest have made room");
        }, new DicomServerOptions { MaxAssociations = 1, MaxConnections = 4 }),
        new("7 a stranger in a loop", async peers =>
        {
            peers.Server.Policy = request => request.CallingAeTitle == "SCRIPTED" ? AssociationDecision.Reject(AssociationRejection.CallingAeTitleNotRecognized) : TestServer.AcceptAll;
            for (var i = 0; i < 200; i++)
            {
                using var peer = await ScriptedPeer.ConnectAsync(peers.Server.EndPoint);
                await peer.SendAsync(Rq());
                Assert.Equal(new AssociateRjPdu(1, 1, 3), await peer.ReceiveAsync());
            }
            Assert.InRange(peers.Log.Count("rejected"), 1, 60);
        }),

        // 8: maximum lengths
        .. new[] { 0u, 1u, 7u, 4096u, 1u << 20, uint.MaxValue }.Select(length => new WireFault($"8 maximum length {length}", async peers =>
        {
            var peer = await peers.AssociateAsync(ScriptedPeer.Rq with { User = ScriptedPeer.Rq.User with { MaxLength = length } });
            await peer.SendAsync(Command(1, EchoRq(5)));
            await peer.SkipCommandAsync(length is 0 or > 1 << 18 ? 1 << 18 : Math.Max(length, 8));
        })),
    ];

    /// <summary>The listener closes at once and says in one line what it was.</summary>
    private static async Task ForeignAsync(HostilePeers peers, string greeting, string named)
    {
        var peer = await peers.ConnectAndSendAsync(Encoding.Latin1.GetBytes(greeting));
        await peer.AssertClosedAsync();
        await Eventually.IsTrueAsync(() => peers.Log.Count("closed: it is") == 1, "one line says what it was");
        Assert.Contains(named, peers.Log.Lines.Single(line => line.Contains("closed: it is", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    /// <summary>Sends piece by piece, with the clock moved on after each, until the listener answers or closes; what it answered. Fails when all pieces are taken.</summary>
    private static async Task<Pdu?> TrickleAsync(HostilePeers peers, ScriptedPeer peer, IEnumerable<byte[]> pieces, TimeSpan pause)
    {
        var answer = peer.ReceiveAsync();
        try
        {
            foreach (var piece in pieces)
            {
                await peer.SendAsync(piece);
                await Task.WhenAny(answer, Task.Delay(50));
                if (answer.IsCompleted)
                    break;
                peers.Time.Advance(pause);
            }
        }
        catch (IOException)
        {
            // Closed already; what was said before can be read.
        }
        Assert.True((await Task.WhenAny(answer, Task.Delay(TimeSpan.FromSeconds(5)))) == answer, "the listener took every piece");
        return await answer;
    }

    private static async Task FromAsync(HostilePeers peers, string callingAeTitle, string listed, bool accepted)
    {
        peers.Server.Policy = request => request.CallingAeTitle == listed || request.CallingAeTitle == "TESTER"
            ? TestServer.AcceptAll
            : AssociationDecision.Reject(AssociationRejection.CallingAeTitleNotRecognized);
        if (accepted)
            await peers.AssertAcceptedAsync(RqFrom(callingAeTitle));
        else
            await peers.AssertRejectedAsync(RqFrom(callingAeTitle), 1, 1, 3);
        Assert.DoesNotContain(peers.Log.Lines, line => line.Any(c => c is < ' ' or > '~'));
    }

    internal static async Task StormAsync(HostilePeers peers, int connections, bool stay = false)
    {
        var open = new Queue<ScriptedPeer>();
        for (var i = 0; i < connections; i++)
        {
            try
            {
                open.Enqueue(stay ? await peers.ConnectAsync() : await ScriptedPeer.ConnectAsync(peers.Server.EndPoint));
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
            {
                // Closed again before connecting had returned.
            }
            if (open.Count > 300) // more than the listener lets stay
                open.Dequeue().Dispose();
        }
        while (!stay && open.TryDequeue(out var peer))
            peer.Dispose();
    }

    private static List<ProposedContext> Contexts(int count) =>
        [.. Enumerable.Range(0, count).Select(i => new ProposedContext((byte)(2 * i + 1), SopClasses.Verification, [TransferSyntax.ImplicitVRLittleEndian.Uid]))];

    private static byte[] WithVersion(ushort version)
    {
        var rq = Rq();
        (rq[6], rq[7]) = ((byte)(version >> 8), (byte)version);
        return rq;
    }

    private static byte[] Shortened(byte[] pdu)
    {
        pdu[5] -= 4; // Bytes are cut off the user information; the rest stands where the next PDU should
        return pdu;
    }
}

/// <summary>One row: what the peer does, and what it must be told.</summary>
/// <param name="Script">Ends when the peer has done its worst; its connections stay open.</param>
internal sealed record WireFault(string Name, Func<HostilePeers, Task> Script, DicomServerOptions? Options = null);
