using EchoClr.Testing;
using System.Collections.Concurrent;
using System.Net;
using EchoClr.Dicom.Net.Client;
using EchoClr.Dicom.Net.Server;
using EchoClr.Dicom.Ports;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace EchoClr.Dicom.Tests.Net;

/// <summary>Our listener on a loopback port, with a handler that keeps what it gets and answers as a test wants.</summary>
internal sealed class TestServer : IDicomServerHandler, IAsyncDisposable
{
    public const string AeTitle = "ECHOCLR";

    private readonly DicomServer _server;
    private int _files;

    private TestServer(DicomServerOptions options, TimeProvider time, ILoggerFactory loggers)
    {
        options.Address = IPAddress.Loopback;
        options.Port = 0;
        _server = new DicomServer(options, this, time, loggers);
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("echoclr-net-").FullName;

    public ConcurrentQueue<(ReceivedInstance Instance, string KeptAs)> Stored { get; } = new();
    public ConcurrentQueue<CommitmentReport> Reports { get; } = new();
    public ConcurrentQueue<AssociationEnd> Ended { get; } = new();
    public ConcurrentQueue<string> RefusedHandshakes { get; } = new();
    public ConcurrentQueue<AssociationRequest> Requests { get; } = new();

    /// <summary>The policy; by default everybody may do everything in the first transfer syntax proposed.</summary>
    public Func<AssociationRequest, AssociationDecision> Policy { get; set; } = _ => AcceptAll;

    public static AssociationDecision AcceptAll { get; } = new(null, context => ContextDecision.Accept(context.TransferSyntaxes[0]));

    /// <summary>What C-STORE does after the instance is kept.</summary>
    public Func<ReceivedInstance, CancellationToken, ValueTask<DimseStatus>> OnStore { get; set; } = (_, _) => new(DimseStatus.Success);

    public DicomServer Server => _server;

    public IPEndPoint EndPoint => _server.LocalEndPoint;

    public DicomPeer Peer => new(AeTitle, "127.0.0.1", EndPoint.Port, "TESTER");

    public static async Task<TestServer> StartAsync(DicomServerOptions? options = null, TimeProvider? time = null, ILoggerFactory? loggers = null)
    {
        var server = new TestServer(options ?? new DicomServerOptions(), time ?? TimeProvider.System, loggers ?? NullLoggerFactory.Instance);
        await server._server.StartAsync(CancellationToken.None);
        return server;
    }

    public AssociationDecision Decide(AssociationRequest request)
    {
        Requests.Enqueue(request);
        return Policy(request);
    }

    public string CreateStoreFile(StoreRequest request) => Path.Combine(Folder, $"{Interlocked.Increment(ref _files)}.part");

    public async ValueTask<DimseStatus> StoreAsync(ReceivedInstance instance, CancellationToken cancellationToken)
    {
        var status = await OnStore(instance, cancellationToken);
        if (status.IsSuccess || status.IsWarning)
        {
            var kept = Path.ChangeExtension(instance.Path, ".dcm");
            File.Move(instance.Path, kept);
            Stored.Enqueue((instance, kept));
        }
        return status;
    }

    public ValueTask<DimseStatus> CommitmentReportedAsync(CommitmentReport report, CancellationToken cancellationToken)
    {
        Reports.Enqueue(report);
        return new(DimseStatus.Success);
    }

    public void TlsRefused(IPEndPoint remote, string why) => RefusedHandshakes.Enqueue(why);

    public void AssociationEnded(AssociationEnd end) => Ended.Enqueue(end);

    /// <summary>Nothing is left of whoever was here before, and a clean peer is served.</summary>
    public async Task AssertCleanAsync()
    {
        await Eventually.IsTrueAsync(() => _server.AssociationCount == 0, "all association slots are free");
        Assert.Empty(Directory.GetFiles(Folder, "*.part"));
        var client = NewClient();
        var echo = await client.EchoAsync(Peer, CancellationToken.None);
        Assert.True(echo.Status.IsSuccess);
    }

    public static DicomClient NewClient(DicomClientOptions? options = null) => new(options ?? new DicomClientOptions(), TimeProvider.System);

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }
}
