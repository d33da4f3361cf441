using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace EchoClr.Dicom.Tests.Net;

/// <summary>
/// A TCP proxy between a sender and a listener that keeps the sender's bytes and puts the data sets together by itself: a second, independent reading of
/// PS3.8 to hold ours against.
/// </summary>
internal sealed class RecordingProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly IPEndPoint _target;
    private readonly ConcurrentBag<MemoryStream> _recordings = [];
    private readonly List<Task> _relays = [];
    private readonly Task _accepting;

    public RecordingProxy(IPEndPoint target)
    {
        _target = target;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Every data set that went by, in the order of each association. Call it when the senders are done.</summary>
    public async Task<IReadOnlyList<byte[]>> DatasetsAsync()
    {
        await Task.WhenAll(_relays);
        return [.. _recordings.SelectMany(recording => Datasets(recording.ToArray()))];
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_relays);
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            TcpClient sender;
            try
            {
                sender = await _listener.AcceptTcpClientAsync();
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }
            _relays.Add(RelayAsync(sender));
        }
    }

    private async Task RelayAsync(TcpClient sender)
    {
        using (sender)
        using (var receiver = new TcpClient { NoDelay = true })
        {
            sender.NoDelay = true;
            await receiver.ConnectAsync(_target);
            var recording = new MemoryStream();
            _recordings.Add(recording);
            // The streams now: a client whose peer has reset it gives none any more.
            var (left, right) = (sender.GetStream(), receiver.GetStream());
            await Task.WhenAll(CopyAsync(left, right, recording), CopyAsync(right, left, null));
        }
    }

    private static async Task CopyAsync(NetworkStream from, NetworkStream to, MemoryStream? recording)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            int read;
            while ((read = await from.ReadAsync(buffer)) > 0)
            {
                recording?.Write(buffer, 0, read);
                await to.WriteAsync(buffer.AsMemory(0, read));
            }
            to.Socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            // One side is gone; what was recorded so far counts.
        }
    }

    private static IEnumerable<byte[]> Datasets(byte[] bytes)
    {
        var dataset = new MemoryStream();
        for (var pdu = 0; pdu + 6 <= bytes.Length;)
        {
            var end = pdu + 6 + (int)BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(pdu + 2));
            for (var value = pdu + 6; bytes[pdu] == 4 && value < end;)
            {
                var length = (int)BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(value));
                var control = bytes[value + 5];
                if ((control & 1) == 0) // data, not command
                {
                    dataset.Write(bytes, value + 6, length - 2);
                    if ((control & 2) != 0) // last
                    {
                        yield return dataset.ToArray();
                        dataset = new MemoryStream();
                    }
                }
                value += 4 + length;
            }
            pdu = end;
        }
    }
}
