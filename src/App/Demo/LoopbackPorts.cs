using System.Net;
using System.Net.Sockets;

namespace EchoClr.App.Demo;

/// <summary>Free loopback ports for servers that must be told their port before they start.</summary>
internal static class LoopbackPorts
{
    /// <summary>Distinct ports that were free a moment ago. The kernel gives them from its ephemeral range, above 32768, so they meet no well-known server.</summary>
    public static int[] Free(int count)
    {
        var sockets = new List<Socket>();
        try
        {
            for (var i = 0; i < count; i++)
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                sockets.Add(socket);
                socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            }
            return [.. sockets.Select(socket => ((IPEndPoint)socket.LocalEndPoint!).Port)];
        }
        finally
        {
            foreach (var socket in sockets)
                socket.Dispose();
        }
    }
}
