using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using EchoClr.Testing;

namespace EchoClr.Inference.Tests.World;

/// <summary>An HL7 receiver behind a socket that knows nothing of our sender: it finds blocks byte by byte, keeps them, and answers as a test tells it.</summary>
internal sealed class MllpListener : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ended = new();
    private readonly ConcurrentBag<Task> _serving = [];
    private readonly X509Certificate2? _certificate;

    /// <param name="certificate">For TLS; null listens without.</param>
    public MllpListener(IssuedCertificate? certificate = null)
    {
        _certificate = certificate is null ? null : X509Certificate2.CreateFromPemFile(certificate.File, certificate.KeyFile);
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _serving.Add(AcceptAsync());
    }

    public int Port { get; }

    /// <summary>The blocks that came whole, in their order.</summary>
    public ConcurrentQueue<byte[]> Blocks { get; } = [];

    public int Connections { get; private set; }

    /// <summary>What it does when a block has come; by default it accepts. The connection is closed afterwards.</summary>
    public Func<byte[], Stream, CancellationToken, Task> Answers { get; set; } = AcceptAsync;

    /// <summary>Closes each connection before it reads anything.</summary>
    public bool HangsUp { get; set; }

    public static Task AcceptAsync(byte[] block, Stream stream, CancellationToken ended) => stream.WriteAsync(Acknowledgement(block, "AA"), ended).AsTask();

    public static byte[] Acknowledgement(byte[] block, string code, string more = "", string? controlId = null) => Frame(
        $"MSH|^~\\&|RIS|HOSPITAL|ECHOCLR||20260307||ACK^R01^ACK|77|P|2.5.1\rMSA|{code}|{controlId ?? ControlId(block)}{more}\r");

    public static byte[] Frame(string text) => [0x0B, .. Encoding.UTF8.GetBytes(text), 0x1C, 0x0D];

    /// <summary>MSH-10, counted by hand.</summary>
    public static string ControlId(byte[] block) => Encoding.Latin1.GetString(block).Split('\r')[0].Split('|')[9];

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        _listener.Stop();
        await Task.WhenAll(_serving);
        _ended.Dispose();
        _certificate?.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_ended.Token);
                Connections++;
                _serving.Add(ServeAsync(client));
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException)
        {
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                if (HangsUp)
                    return;
                await using Stream stream = _certificate is null ? client.GetStream() : new SslStream(client.GetStream());
                if (stream is SslStream ssl)
                    await ssl.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = _certificate }, _ended.Token);
                if (await ReadAsync(stream) is not { } block)
                    return;
                Blocks.Enqueue(block);
                await Answers(block, stream, _ended.Token);
            }
            // The sender has gone, or the test is over.
            catch (Exception exception) when (exception is OperationCanceledException or IOException or System.Security.Authentication.AuthenticationException)
            {
            }
        }
    }

    private async Task<byte[]?> ReadAsync(Stream stream)
    {
        var block = new List<byte>();
        var one = new byte[1];
        while (await stream.ReadAsync(one, _ended.Token) == 1)
        {
            block.Add(one[0]);
            if (block is [0x0B, .., 0x1C, 0x0D])
                return [.. block[1..^2]];
        }
        return null;
    }
}
