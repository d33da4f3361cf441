using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace EchoClr.Testing;

/// <summary>A server process of ours: killed by its own id when the test is done with it.</summary>
public sealed class RunningTool : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly StringBuilder _said = new();

    internal RunningTool(Process process)
    {
        _process = process;
        process.OutputDataReceived += Keep;
        process.ErrorDataReceived += Keep;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>What it has said so far, output and errors as they came.</summary>
    public string Said
    {
        get
        {
            lock (_said)
                return _said.ToString();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
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
            catch (SocketException) when (!_process.HasExited && Stopwatch.GetElapsedTime(started) < StartTimeout)
            {
                await Task.Delay(50);
            }
            catch (SocketException e)
            {
                var said = Said;
                await DisposeAsync();
                throw new InvalidOperationException($"{tool} does not listen at {port}; it said:\n{said}", e);
            }
        }
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        lock (_said)
            _said.AppendLine(line.Data);
    }
}
