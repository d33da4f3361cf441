using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace EchoClr.App.Demo;

/// <summary>Free loopback ports for servers that must be told their port before they start.</summary>
internal static class LoopbackPorts
{
    // Below the kernel's ephemeral range (32768 to 60999): a port found free there may be an outgoing connection's a moment later.
    private const int First = 20_001;
    private const int Last = 32_767;
    private const int MaxTries = 1_000;

    private static readonly ConcurrentDictionary<int, bool> Given = new();

    /// <summary>Distinct ports that were free a moment ago, drawn by chance so that two programs seldom draw the same, and never given twice.</summary>
    public static int[] Free(int count) => [.. Enumerable.Range(0, count).Select(_ => Draw())];

    private static int Draw()
    {
        for (var tries = 0; tries < MaxTries; tries++)
        {
            var port = RandomNumberGenerator.GetInt32(First, Last + 1);
            if (IsFree(port) && Given.TryAdd(port, true))
                return port;
        }
        throw new CommandException($"no port from {First} to {Last} is free; end some servers");
    }

    private static bool IsFree(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            // On every address: Orthanc binds so.
            socket.Bind(new IPEndPoint(IPAddress.Any, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
