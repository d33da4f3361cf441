using System.Net;
using System.Net.Sockets;
using EchoClr.Dicom.Net.Client;
using EchoClr.Dicom.Ports;
using Microsoft.Extensions.Logging.Abstractions;

namespace EchoClr.Fuzz;

/// <summary>Our client against a PACS that answers anything: it ends with an answer or with <see cref="DicomNetworkException"/>.</summary>
internal sealed class ClientTarget : FuzzTarget
{
    private static readonly DicomClientOptions options = new() { CommitmentLinger = TimeSpan.FromMilliseconds(50), ReleaseTimeout = TimeSpan.FromSeconds(1) };

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly DicomClient _client = new(options, TimeProvider.System);

    public ClientTarget() => _listener.Start();

    public override string Name => "client";

    public override IReadOnlyList<byte[]> Seeds { get; } = [Fuzz.Seeds.FindAnswer(), Fuzz.Seeds.CommitmentAnswer()];

    public override IReadOnlyList<Mutation> Mutations => PduMutations.All;

    public override void Run(byte[] input) => RunAsync(input).GetAwaiter().GetResult();

    public override void Dispose()
    {
        _listener.Dispose();
        base.Dispose();
    }

    private async Task RunAsync(byte[] input)
    {
        var answering = AnswerAsync(input);
        var peer = new DicomPeer("PACS", "127.0.0.1", ((IPEndPoint)_listener.LocalEndpoint).Port, "ECHOCLR");
        try
        {
            // The length's parity decides what is asked, so that one input always means one thing.
            if (input.Length % 2 == 0)
                _ = await _client.FindAsync(peer, "STUDY", new Dictionary<string, string> { ["StudyInstanceUID"] = "1.2.3", ["PatientName"] = "" }, CancellationToken.None);
            else
                _ = await _client.RequestCommitmentAsync(peer, "1.2.3.9", [new SopReference("1.2.840.10008.5.1.4.1.1.88.34", "1.2.3.5")], CancellationToken.None);
        }
        catch (DicomNetworkException)
        {
            // said no, as it may
        }
        await answering;
    }

    private async Task AnswerAsync(byte[] input)
    {
        using var socket = await _listener.AcceptSocketAsync();
        try
        {
            await socket.SendAsync(input);
            socket.Shutdown(SocketShutdown.Send);
            var rest = new byte[4096];
            while (await socket.ReceiveAsync(rest) > 0) { }
        }
        catch (SocketException)
        {
            // The client closed first.
        }
    }
}
