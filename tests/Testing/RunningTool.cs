using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace EchoClr.Testing;

/// <summary>A server process of ours: killed by its own id when the test is done with it.</summary>
public sealed class RunningTool(Process process, Func<string> output) : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(30);

    /// <summary>What it has said so far.</summary>
    public string Output => output();

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
            process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
        process.Dispose();
    }

    /// <summary>A loopback port that is free now.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    internal async Task WaitUntilListeningAsync(string tool, int port)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                using var probe = new TcpClient();
                await probe.ConnectAsync(IPAddress.Loopback, port);
                return;
            }
            catch (SocketException) when (!process.HasExited && Stopwatch.GetElapsedTime(started) < StartTimeout)
            {
                await Task.Delay(50);
            }
            catch (SocketException e)
            {
                var said = Output;
                await DisposeAsync();
                throw new InvalidOperationException($"{tool} does not listen at {port}; it said:\n{said}", e);
            }
        }
    }
}
