using System.Buffers;
using System.Net;
using System.Net.Sockets;
using EchoClr.Dicom;
using EchoClr.Dicom.Net.Dimse;
using EchoClr.Dicom.Net.Pdus;
using EchoClr.Dicom.Ports;
using Xunit;

namespace EchoClr.Testing;

/// <summary>A peer that sends exactly the bytes a test wants, and tells what came back.</summary>
internal sealed class ScriptedPeer : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>How often a slow peer reads.</summary>
    public static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);

    private readonly TcpClient _tcp;

    private ScriptedPeer(TcpClient tcp) => _tcp = tcp;

    public const string Ultrasound = SopClasses.UltrasoundMultiFrameImageStorage;

    /// <summary>Most that it reads in a <see cref="Tick"/>; null is as fast as it comes.</summary>
    public int? BytesPerTick { get; init; }

    /// <summary>Verification as context 1, ultrasound cines as 3, storage commitment as 5.</summary>
    public static readonly IReadOnlyList<ProposedContext> Contexts =
    [
        new(1, SopClasses.Verification, [TransferSyntax.ImplicitVRLittleEndian.Uid]),
        new(3, Ultrasound, [TransferSyntax.ExplicitVRLittleEndian.Uid]),
        new(5, SopClasses.StorageCommitmentPushModel, [TransferSyntax.ImplicitVRLittleEndian.Uid]),
    ];

    public static AssociateRqPdu Rq { get; } = new(
        1, "ECHOCLR", "SCRIPTED", PduWriter.ApplicationContext, Contexts, new UserInformation(16384, "2.25.7", null, []));

    public static async Task<ScriptedPeer> ConnectAsync(IPEndPoint server)
    {
        var tcp = new TcpClient { NoDelay = true };
        await tcp.ConnectAsync(server);
        return new ScriptedPeer(tcp);
    }

    /// <summary>The other way round: waits for whoever calls.</summary>
    public static async Task<ScriptedPeer> AcceptAsync(TcpListener listener, int? bytesPerTick = null) => new(await listener.AcceptTcpClientAsync()) { BytesPerTick = bytesPerTick };

    public static async Task<ScriptedPeer> AssociateAsync(IPEndPoint server, AssociateRqPdu? rq = null)
    {
        var peer = await ConnectAsync(server);
        await peer.SendAsync(rq ?? Rq);
        Assert.IsType<AssociateAcPdu>(await peer.ReceiveAsync());
        return peer;
    }

    public async Task SendAsync(ReadOnlyMemory<byte> bytes) => await _tcp.GetStream().WriteAsync(bytes);

    public Task SendAsync(Pdu pdu) => SendAsync(Bytes(pdu));

    /// <summary>Sends a message whose data set fits one fragment.</summary>
    public async Task SendMessageAsync(byte contextId, CommandSet command, byte[]? dataset = null)
    {
        await SendAsync(Command(contextId, command with { HasDataset = dataset is not null }));
        if (dataset is not null)
            await SendAsync(PData(contextId, isCommand: false, isLast: true, dataset));
    }

    public static byte[] Bytes(Pdu pdu)
    {
        var output = new ArrayBufferWriter<byte>();
        PduWriter.Write(output, pdu);
        return output.WrittenSpan.ToArray();
    }

    public static byte[] Command(byte contextId, CommandSet command) => PData(contextId, isCommand: true, isLast: true, command.ToBytes());

    public static byte[] PData(byte contextId, bool isCommand, bool isLast, ReadOnlySpan<byte> fragment)
    {
        var bytes = new byte[12 + fragment.Length];
        PduWriter.WritePDataHeader(bytes, contextId, isCommand, isLast, fragment.Length);
        fragment.CopyTo(bytes.AsSpan(12));
        return bytes;
    }

    public static CommandSet StoreRq(ushort messageId = 1) => new()
    {
        Field = CommandField.CStoreRq, MessageId = messageId, Priority = 0, HasDataset = true, AffectedSopClassUid = Ultrasound, AffectedSopInstanceUid = "1.2.3.4",
    };

    public static CommandSet EchoRq(ushort messageId = 1) => new() { Field = CommandField.CEchoRq, MessageId = messageId, AffectedSopClassUid = SopClasses.Verification };

    /// <summary>The next PDU; null when the connection is closed.</summary>
    public async Task<Pdu?> ReceiveAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            var header = new byte[6];
            if (await _tcp.GetStream().ReadAtLeastAsync(header, 6, throwOnEndOfStream: false, patience.Token) < 6)
                return null;
            var sequence = new ReadOnlySequence<byte>(header);
            Assert.True(PduReader.TryReadHeader(sequence, 1 << 24, out var type, out var length));
            var body = new byte[length];
            for (var read = 0; read < length;)
            {
                var portion = Math.Min(length - read, BytesPerTick ?? length);
                await _tcp.GetStream().ReadExactlyAsync(body.AsMemory(read, portion), patience.Token);
                read += portion;
                if (BytesPerTick is not null)
                    await Task.Delay(Tick, CancellationToken.None);
            }
            return PduReader.ReadBody(type, new ReadOnlySequence<byte>(body));
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            return null; // reset: closed all the more
        }
    }

    /// <summary>The next message's command; its data set, if any, is not read.</summary>
    public async Task<CommandSet> ReceiveCommandAsync()
    {
        var values = Assert.IsType<PDataPdu>(await ReceiveAsync()).Values;
        var value = PduReader.TakeValue(ref values);
        Assert.True(value.IsCommand && value.IsLast);
        return CommandSet.Parse(value.Fragment.ToArray());
    }

    /// <summary>The next message with its data set, or the PDU that came instead of one (null when the connection is closed).</summary>
    public async Task<(byte ContextId, CommandSet? Command, byte[] Dataset, Pdu? Other)> ReceiveMessageAsync(Func<CommandSet, bool>? readDataset = null)
    {
        CommandSet? command = null;
        var dataset = new MemoryStream();
        while (true)
        {
            var pdu = await ReceiveAsync();
            if (pdu is not PDataPdu { Values: var values })
                return (0, null, [], pdu);
            while (!values.IsEmpty)
            {
                var value = PduReader.TakeValue(ref values);
                if (value.IsCommand)
                {
                    command = CommandSet.Parse(value.Fragment.ToArray());
                    if (!command.HasDataset || readDataset?.Invoke(command) == false)
                        return (value.ContextId, command, [], null);
                    continue;
                }
                foreach (var segment in value.Fragment)
                    dataset.Write(segment.Span);
                if (value.IsLast)
                    return (value.ContextId, command, dataset.ToArray(), null);
            }
        }
    }

    /// <summary>Reads P-DATA until a command is whole; no PDU may be longer than <paramref name="maxLength"/>.</summary>
    public async Task SkipCommandAsync(long maxLength)
    {
        while (true)
        {
            var values = Assert.IsType<PDataPdu>(await ReceiveAsync()).Values;
            Assert.InRange(values.Length, 1, maxLength);
            while (!values.IsEmpty)
                if (PduReader.TakeValue(ref values) is { IsCommand: true, IsLast: true })
                    return;
        }
    }

    /// <summary>Reads P-DATA until the last fragment of a data set has gone by.</summary>
    public async Task SkipDatasetAsync()
    {
        while (true)
        {
            var values = Assert.IsType<PDataPdu>(await ReceiveAsync()).Values;
            while (!values.IsEmpty)
                if (PduReader.TakeValue(ref values) is { IsCommand: false, IsLast: true })
                    return;
        }
    }

    /// <summary>Sends a C-ECHO and reads its success: the association works.</summary>
    public async Task AssertEchoAsync()
    {
        await SendAsync(Command(1, EchoRq(77)));
        var response = await ReceiveCommandAsync();
        Assert.Equal((CommandField.CEchoRsp, (ushort?)77, (ushort?)0), (response.Field, response.MessageIdBeingRespondedTo, response.Status));
    }

    public async Task AssertAbortedAsync(AbortSource source, AbortReason reason)
    {
        Assert.Equal(new AbortPdu(source, reason), await ReceiveAsync());
    }

    public async Task AssertClosedAsync() => Assert.Null(await ReceiveAsync());

    /// <summary>Closes with a reset, as a peer does that dies.</summary>
    public void Reset()
    {
        _tcp.Client.LingerState = new LingerOption(true, 0);
        _tcp.Close();
    }

    /// <summary>Says that no more will come; what the other side still says can be read.</summary>
    public void Close()
    {
        _tcp.Client.Shutdown(SocketShutdown.Send);
    }

    public void Dispose() => _tcp.Dispose();
}
