using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using EchoClr.Dicom.Net.Tls;

namespace EchoClr.Inference.Signals.Hl7;

/// <summary>
/// Sends ORU^R01 by the Minimal Lower Layer Protocol (HL7 v2, Transport Specification: MLLP, release 1): one connection a message, one acknowledgement. Whatever happens before a
/// matching acknowledgement means: not known to have arrived, the same message again.
/// </summary>
internal sealed class MllpTarget(Hl7TargetOptions options, TimeProvider time) : ISignalTarget
{
    private const byte BlockBegin = 0x0B, BlockEnd = 0x1C, CarriageReturn = 0x0D;

    /// <summary>An ACK has a few hundred bytes; a peer that sends more without end is no HL7 receiver.</summary>
    private const int MaxAnswer = 64 * 1024;

    public SignalTargetOptions Options => options;

    private string Name => $"{options.Host}:{options.Port}";

    public async Task<SignalFailure?> SendAsync(Signal signal, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(options.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        var reached = false;
        try
        {
            await socket.ConnectAsync(options.Host, options.Port, either.Token);
            await using var stream = await OpenAsync(socket, either.Token);
            reached = true;
            await stream.WriteAsync((byte[])[BlockBegin, .. OruMessage.Build(signal, options), BlockEnd, CarriageReturn], either.Token);
            return Judge(signal, await ReadBlockAsync(stream, either.Token));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new SignalFailure(reached ? $"{Name} took the connection and did not acknowledge within {options.Timeout.TotalSeconds:0.#} s" : $"{Name} did not answer within {options.Timeout.TotalSeconds:0.#} s")
            {
                Unreachable = true, // the others would wait as long
            };
        }
        catch (Exception exception) when (exception is TlsException or AuthenticationException)
        {
            return new SignalFailure($"TLS with {Name}: {exception.Message}") { Unreachable = true };
        }
        catch (Exception exception) when (exception is SocketException or IOException)
        {
            var code = (exception as SocketException ?? exception.InnerException as SocketException)?.SocketErrorCode.ToString() ?? "broken";
            return new SignalFailure(reached ? $"the connection to {Name} was lost before an acknowledgement ({code})" : $"{Name} cannot be reached ({code})") { Unreachable = !reached };
        }
    }

    private async Task<Stream> OpenAsync(Socket socket, CancellationToken cancellationToken)
    {
        var plain = new NetworkStream(socket, ownsSocket: false);
        if (options.Tls is not { } files)
            return plain;
        var certificates = TlsCertificates.Load(files);
        var ssl = new SslStream(plain);
        try
        {
            await ssl.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = options.Host,
                ClientCertificateContext = certificates.Context,
                CertificateChainPolicy = certificates.ChainPolicy(),
                EnabledSslProtocols = TlsProfile.Protocols,
            }, cancellationToken);
            return ssl;
        }
        catch
        {
            await ssl.DisposeAsync();
            throw;
        }
    }

    private static SignalFailure? Judge(Signal signal, byte[]? block)
    {
        if (block is null)
            return new SignalFailure("the connection was closed before an acknowledgement");
        if (Acknowledgement.Parse(block) is not { } answer)
            return new SignalFailure("the answer is no acknowledgement") { Permanent = true };
        return answer.ControlId == signal.ControlId ? answer.Failure() : new SignalFailure("the answer acknowledges another message") { Permanent = true };
    }

    /// <summary>The bytes of the next block; null when the peer closes before its end. What stands outside of a block means nothing.</summary>
    private static async Task<byte[]?> ReadBlockAsync(Stream stream, CancellationToken cancellationToken)
    {
        var buffer = new byte[MaxAnswer];
        var length = 0;
        while (length < buffer.Length)
        {
            var count = await stream.ReadAsync(buffer.AsMemory(length), cancellationToken);
            if (count == 0)
                return null;
            length += count;
            var begin = Array.IndexOf(buffer, BlockBegin, 0, length);
            // The carriage return behind it is not waited for: some receivers leave it out.
            var end = begin < 0 ? -1 : Array.IndexOf(buffer, BlockEnd, begin + 1, length - begin - 1);
            if (end > 0)
                return buffer[(begin + 1)..end];
        }
        return []; // more than any acknowledgement has
    }
}
