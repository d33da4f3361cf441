using System.Net;
using EchoClr.Dicom.Net.Server;
using EchoClr.Dicom.Ports;
using EchoClr.Shared.Contracts;
using EchoClr.Shared.Data;
using EchoClr.Shared.Messaging;
using Microsoft.Extensions.Logging.Abstractions;

namespace EchoClr.Inference.Tests.World;

/// <summary>The part of the listener that inference depends on: it writes storage commitment reports down and publishes them.</summary>
internal sealed class CommitmentListener : IDicomServerHandler, IAsyncDisposable
{
    private readonly DicomServer _server;

    private CommitmentListener() =>
        _server = new DicomServer(new DicomServerOptions { Address = IPAddress.Loopback, Port = 0 }, this, TimeProvider.System, NullLoggerFactory.Instance);

    public int Port => _server.LocalEndPoint.Port;

    /// <summary>Set once the services are built, which need the port first.</summary>
    public (CommitmentStore Commitments, Publisher Publisher)? Services { get; set; }

    public static async Task<CommitmentListener> StartAsync()
    {
        var listener = new CommitmentListener();
        await listener._server.StartAsync(CancellationToken.None);
        return listener;
    }

    public AssociationDecision Decide(AssociationRequest request) => new(null, context => ContextDecision.Accept(context.TransferSyntaxes[0]));

    public string CreateStoreFile(StoreRequest request) => throw new InvalidOperationException("nothing is stored here");

    public ValueTask<DimseStatus> StoreAsync(ReceivedInstance instance, CancellationToken cancellationToken) => throw new InvalidOperationException("nothing is stored here");

    public async ValueTask<DimseStatus> CommitmentReportedAsync(CommitmentReport report, CancellationToken cancellationToken)
    {
        var (commitments, publisher) = Services!.Value;
        ReportedObject[] objects =
        [
            .. report.Committed.Select(item => new ReportedObject { SopClassUid = item.SopClassUid, SopInstanceUid = item.SopInstanceUid }),
            .. report.Failed.Select(item => new ReportedObject { SopClassUid = item.Object.SopClassUid, SopInstanceUid = item.Object.SopInstanceUid, FailureReason = item.FailureReason }),
        ];
        if (await commitments.RecordReportAsync(report.TransactionUid, objects, TimeProvider.System.GetUtcNow(), cancellationToken) is not { } row)
            return new DimseStatus(0x0110);
        await publisher.PublishAsync(new CommitmentReported { TransactionUid = row.TransactionUid, TraceId = row.TraceId }, cancellationToken);
        return DimseStatus.Success;
    }

    public void AssociationEnded(AssociationEnd end)
    {
        // Nothing is counted here.
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
