using System.Net;
using System.Net.Sockets;

namespace EchoClr.App.Benchmarks.Soak;

/// <summary>Stands between a sender and the listener, and cuts the cable after so many bytes of the sender's.</summary>
internal sealed class CuttingProxy : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly Task running;

    public CuttingProxy(int targetPort, long cutAfterBytes)
    {
        listener.Start();
        Port = ((IPEndPoint)listener.LocalEndpoint).Port;
        running = RunAsync(targetPort, cutAfterBytes);
    }

    public int Port { get; }

    public async ValueTask DisposeAsync()
    {
        listener.Stop();
        await running;
        listener.Dispose();
    }

    private async Task RunAsync(int targetPort, long left)
    {
        try
        {
            using var sender = await listener.AcceptTcpClientAsync();
            using var receiver = new TcpClient();
            await receiver.ConnectAsync(IPAddress.Loopback, targetPort);
            var answers = receiver.GetStream().CopyToAsync(sender.GetStream());
            var buffer = new byte[16 << 10];
            while (left > 0 && await sender.GetStream().ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, left))) is > 0 and var read)
            {
                await receiver.GetStream().WriteAsync(buffer.AsMemory(0, read));
                left -= read;
            }
            // Both ends lose the connection at once, in the middle of whatever was under way.
            sender.Client.Close(0);
            receiver.Client.Close(0);
            await answers;
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException)
        {
            // The cut itself, or the proxy was no longer wanted.
        }
    }
}
