using System.Net;
using EchoClr.Dicom.Net.Server;
using EchoClr.Dicom.Ports;
using Microsoft.Extensions.Logging.Abstractions;

namespace EchoClr.EndToEnd;

/// <summary>A PACS that refuses everything, and says why in words that name the patient.</summary>
internal sealed class RefusingPacs(string folder, Func<string> comment) : IDicomServerHandler, IAsyncDisposable
{
    private DicomServer? _server;

    public int Port => _server!.LocalEndPoint.Port;

    public async Task<RefusingPacs> StartAsync()
    {
        Directory.CreateDirectory(folder);
        _server = new DicomServer(new DicomServerOptions { Address = IPAddress.Loopback, Port = 0 }, this, TimeProvider.System, NullLoggerFactory.Instance);
        await _server.StartAsync(CancellationToken.None);
        return this;
    }

    public AssociationDecision Decide(AssociationRequest request) => new(null, context => ContextDecision.Accept(context.TransferSyntaxes[0]));

    public string CreateStoreFile(StoreRequest request) => Path.Combine(folder, Guid.NewGuid().ToString("N"));

    public ValueTask<DimseStatus> StoreAsync(ReceivedInstance instance, CancellationToken cancellationToken) =>
        ValueTask.FromResult(new DimseStatus(0xA700, comment()));

    public ValueTask<DimseStatus> CommitmentReportedAsync(CommitmentReport report, CancellationToken cancellationToken) => ValueTask.FromResult(DimseStatus.Success);

    public void AssociationEnded(AssociationEnd end)
    {
    }

    public ValueTask DisposeAsync() => _server!.DisposeAsync();
}
