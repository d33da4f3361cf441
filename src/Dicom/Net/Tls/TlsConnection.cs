using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using EchoClr.Dicom.Net.Pdus;
using EchoClr.Dicom.Ports;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;

namespace EchoClr.Dicom.Net.Tls;

/// <summary>
/// A connection whose bytes are encrypted below it: the upper layer sees pipes as it does without TLS. Pipes, and not the stream itself, because a pending read or flush is woken
/// up by timers and goes on afterwards, which a stream under encryption would not survive.
/// </summary>
internal sealed class TlsConnection : ConnectionContext
{
    /// <summary>What is still to be sent when the connection ends, and our close_notify: a peer that reads takes microseconds.</summary>
    private static readonly TimeSpan Parting = TimeSpan.FromSeconds(1);

    /// <summary>A TLS record holds at most 16 KiB (RFC 8446 5.1).</summary>
    private const int RecordBuffer = 16 * 1024;

    private readonly ConnectionContext _transport;
    private readonly SslStream _ssl;
    private readonly Pipe _incoming = new(Options());
    private readonly Pipe _outgoing = new(Options());
    private readonly Task _decrypting;
    private readonly Task _encrypting;

    /// <param name="ssl">After its handshake.</param>
    public TlsConnection(ConnectionContext transport, SslStream ssl, PeerCertificate? peer)
    {
        (_transport, _ssl, Peer) = (transport, ssl, peer);
        Transport = new Pipes(_incoming.Reader, _outgoing.Writer);
        _decrypting = DecryptAsync();
        _encrypting = EncryptAsync();
    }

    /// <summary>Whose certificate was accepted.</summary>
    public PeerCertificate? Peer { get; }

    public override IDuplexPipe Transport { get; set; }

    public override string ConnectionId { get => _transport.ConnectionId; set => _transport.ConnectionId = value; }

    public override IFeatureCollection Features => _transport.Features;

    public override IDictionary<object, object?> Items { get => _transport.Items; set => _transport.Items = value; }

    public override EndPoint? LocalEndPoint { get => _transport.LocalEndPoint; set => _transport.LocalEndPoint = value; }

    public override EndPoint? RemoteEndPoint { get => _transport.RemoteEndPoint; set => _transport.RemoteEndPoint = value; }

    public override CancellationToken ConnectionClosed { get => _transport.ConnectionClosed; set => _transport.ConnectionClosed = value; }

    public override void Abort(ConnectionAbortedException abortReason) => _transport.Abort(abortReason);

    public override async ValueTask DisposeAsync()
    {
        await _outgoing.Writer.CompleteAsync().ConfigureAwait(false);
        await _incoming.Reader.CompleteAsync().ConfigureAwait(false);
        if (await Task.WhenAny(_encrypting, Task.Delay(Parting, TimeProvider.System)).ConfigureAwait(false) != _encrypting)
            _transport.Abort(new ConnectionAbortedException("the peer takes no data"));
        await _transport.DisposeAsync().ConfigureAwait(false); // ends what still reads or writes
        await Task.WhenAll(_encrypting, _decrypting).ConfigureAwait(false);
        await _ssl.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    private async Task DecryptAsync()
    {
        Exception? failure = null;
        try
        {
            while (true)
            {
                var count = await _ssl.ReadAsync(_incoming.Writer.GetMemory()).ConfigureAwait(false);
                if (count == 0)
                    break;
                _incoming.Writer.Advance(count);
                if ((await _incoming.Writer.FlushAsync().ConfigureAwait(false)).IsCompleted)
                    break;
            }
        }
        catch (Exception e) when (IsFailure(e))
        {
            failure = new IOException(e.Message, e);
        }
        await _incoming.Writer.CompleteAsync(failure).ConfigureAwait(false);
    }

    private async Task EncryptAsync()
    {
        Exception? failure = null;
        try
        {
            while (true)
            {
                var read = await _outgoing.Reader.ReadAsync().ConfigureAwait(false);
                foreach (var segment in read.Buffer)
                    await _ssl.WriteAsync(segment).ConfigureAwait(false);
                _outgoing.Reader.AdvanceTo(read.Buffer.End);
                if (!read.IsCompleted)
                    continue;
                await _ssl.ShutdownAsync().ConfigureAwait(false);
                break;
            }
        }
        catch (Exception e) when (IsFailure(e))
        {
            failure = new IOException(e.Message, e);
        }
        await _outgoing.Reader.CompleteAsync(failure).ConfigureAwait(false);
    }

    // What a broken transport and a broken record show as; and OpenSSL's own words where the peer refused our certificate after the handshake (TLS 1.3) and we say goodbye.
    private static bool IsFailure(Exception e) =>
        e is IOException or OperationCanceledException or ObjectDisposedException or InvalidOperationException or System.Security.Authentication.AuthenticationException or CryptographicException;

    // As without TLS: two PDUs may wait in each direction.
    private static PipeOptions Options() => new(minimumSegmentSize: RecordBuffer, pauseWriterThreshold: 2L * PduLimits.DefaultMaxPDataLength, resumeWriterThreshold: PduLimits.DefaultMaxPDataLength, useSynchronizationContext: false);

    private sealed record Pipes(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
