using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using EchoClr.Dicom.Net.Pdus;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;

namespace EchoClr.Dicom.Net.Sockets;

/// <summary>
/// A TCP connection as two pipes. It reads when it is asked to, up to 64 KiB at a time, and continues on the thread that the bytes came to; Kestrel's own transport reads 4 KiB
/// at a time and hands each piece through two queues, which costs more than writing an object to the disk (docs/adr/0012).
/// </summary>
internal sealed class SocketConnection : ConnectionContext, IDuplexPipe
{
    /// <summary>What one receive may bring. Below 85,000 bytes, where .NET's large object heap begins.</summary>
    private const int ReceiveBuffer = 64 * 1024;

    /// <summary>With less room than this left in a buffer the next one is begun.</summary>
    private const int LeastReceive = 16 * 1024;

    private static readonly StreamPipeReaderOptions ReaderOptions = new(bufferSize: ReceiveBuffer, minimumReadSize: LeastReceive, leaveOpen: true);

    // Two PDUs may wait, so that the next is read from disk while the last is on the wire.
    private static readonly PipeOptions WriterOptions = new(
        readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.Inline,
        pauseWriterThreshold: 2L * PduLimits.DefaultMaxPDataLength, resumeWriterThreshold: PduLimits.DefaultMaxPDataLength, useSynchronizationContext: false);

    private readonly Socket _socket;
    private readonly Pipe _outgoing = new(WriterOptions);
    private readonly Task _sending;

    /// <param name="socket">Connected; from now on ours.</param>
    public SocketConnection(Socket socket)
    {
        socket.NoDelay = true; // a response is one small segment; Nagle with delayed ACK costs 40 ms each (fo-dicom #2110)
        _socket = socket;
        (LocalEndPoint, RemoteEndPoint) = (socket.LocalEndPoint, socket.RemoteEndPoint);
        Input = PipeReader.Create(new NetworkStream(socket, ownsSocket: false), ReaderOptions);
        Transport = this;
        _sending = SendAsync();
    }

    public PipeReader Input { get; }

    public PipeWriter Output => _outgoing.Writer;

    public override IDuplexPipe Transport { get; set; }

    public override string ConnectionId { get; set; } = Guid.CreateVersion7().ToString("N");

    public override IFeatureCollection Features { get; } = new FeatureCollection();

    public override IDictionary<object, object?> Items { get; set; } = new Dictionary<object, object?>();

    /// <summary>Closes it at once; the peer sees a reset, and who reads or writes an end.</summary>
    public override void Abort(ConnectionAbortedException abortReason) => _socket.Close(0);

    /// <summary>Sends what is queued, then closes. The pipes' users are done with them, or (TLS) find the connection ended.</summary>
    public override async ValueTask DisposeAsync()
    {
        await Output.CompleteAsync().ConfigureAwait(false);
        await _sending.ConfigureAwait(false);
        try
        {
            _socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The peer was faster, or Abort.
        }
        _socket.Dispose();
        // Input is not completed: a read that is still pending would write into buffers that somebody else has rented by then.
        await base.DisposeAsync().ConfigureAwait(false);
    }

    private async Task SendAsync()
    {
        Exception? failure = null;
        try
        {
            while (true)
            {
                var read = await _outgoing.Reader.ReadAsync().ConfigureAwait(false);
                foreach (var segment in read.Buffer)
                {
                    var rest = segment;
                    while (!rest.IsEmpty)
                        rest = rest[await _socket.SendAsync(rest).ConfigureAwait(false)..];
                }
                _outgoing.Reader.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                    break;
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            failure = new IOException(e.Message, e);
        }
        await _outgoing.Reader.CompleteAsync(failure).ConfigureAwait(false);
    }
}
