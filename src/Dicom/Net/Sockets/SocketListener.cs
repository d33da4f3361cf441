using System.Net;
using System.Net.Sockets;

namespace EchoClr.Dicom.Net.Sockets;

/// <summary>An open port.</summary>
internal sealed class SocketListener : IDisposable
{
    /// <summary>Connections that the system completes before we accept them: a storm waits here for the accept loop, a microsecond each.</summary>
    private const int Backlog = 512;

    private readonly Socket _socket;

    /// <exception cref="SocketException">The port is taken, or not ours to open.</exception>
    public SocketListener(IPEndPoint endPoint)
    {
        _socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (endPoint.Address.Equals(IPAddress.IPv6Any))
                _socket.DualMode = true;
            _socket.Bind(endPoint);
            _socket.Listen(Backlog);
            EndPoint = (IPEndPoint)_socket.LocalEndPoint!;
        }
        catch
        {
            _socket.Dispose();
            throw;
        }
    }

    public IPEndPoint EndPoint { get; }

    /// <summary>The next connection; null once the port is closed.</summary>
    /// <exception cref="SocketException">The machine refuses (too many open files, say).</exception>
    public async ValueTask<SocketConnection?> AcceptAsync()
    {
        while (true)
        {
            Socket? socket = null;
            try
            {
                socket = await _socket.AcceptAsync().ConfigureAwait(false);
                return new SocketConnection(socket);
            }
            catch (Exception e) when (e is ObjectDisposedException or SocketException { SocketErrorCode: SocketError.OperationAborted } && socket is null)
            {
                return null;
            }
            catch (SocketException) when (socket is not null)
            {
                socket.Dispose(); // it was reset in the backlog
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
            {
                // The same, noticed earlier.
            }
        }
    }

    /// <summary>Closes the port. Connections that were accepted stay.</summary>
    public void Dispose() => _socket.Dispose();
}
