using System.Collections.Concurrent;
using System.Net;
using EchoClr.Dicom;
using EchoClr.Dicom.Net.Server;
using EchoClr.Dicom.Ports;
using EchoClr.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace EchoClr.Ingest.Tests.Commitment;

/// <summary>Where a sender waits for storage commitment reports: accepts that model only, and remembers what it was told.</summary>
internal sealed class SenderStation : IDicomServerHandler
{
    private DicomServer? _server;

    public int Port { get; } = RunningTool.FreePort();

    /// <summary>Who called, and what it reported; refused reports are not among them.</summary>
    public ConcurrentQueue<(string CallingAeTitle, CommitmentReport Report)> Reports { get; } = [];

    public DimseStatus Status { get; set; } = DimseStatus.Success;

    /// <summary>Answers nobody until it is done.</summary>
    public Task Answering { get; set; } = Task.CompletedTask;

    private string _caller = "";

    public async Task StartAsync()
    {
        _server = new DicomServer(new DicomServerOptions { Address = IPAddress.Loopback, Port = Port }, this, TimeProvider.System, NullLoggerFactory.Instance);
        await _server.StartAsync(CancellationToken.None);
    }

    public async Task StopAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
        _server = null;
    }

    public AssociationDecision Decide(AssociationRequest request)
    {
        _caller = request.CallingAeTitle;
        return new AssociationDecision(null, context => context.AbstractSyntax == SopClasses.StorageCommitmentPushModel
            ? ContextDecision.Accept(context.TransferSyntaxes[0])
            : ContextDecision.AbstractSyntaxNotSupported);
    }

    public string CreateStoreFile(StoreRequest request) => throw new InvalidOperationException("nothing is stored here");

    public ValueTask<DimseStatus> StoreAsync(ReceivedInstance instance, CancellationToken cancellationToken) => throw new InvalidOperationException("nothing is stored here");

    public async ValueTask<DimseStatus> CommitmentReportedAsync(CommitmentReport report, CancellationToken cancellationToken)
    {
        await Answering.WaitAsync(cancellationToken);
        if (Status.IsSuccess)
            Reports.Enqueue((_caller, report));
        return Status;
    }

    public void AssociationEnded(AssociationEnd end)
    {
        // Nothing is counted here.
    }
}
