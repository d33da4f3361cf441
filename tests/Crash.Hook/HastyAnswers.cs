using System.Diagnostics;
using System.Net;
using EchoClr.Dicom.Net.Server;
using EchoClr.Dicom.Ports;
using EchoClr.Ingest.Listener;
using EchoClr.Shared.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EchoClr.Crash.Hook;

/// <summary>A product that answers Success before anything is durable: what the harness must catch. The listener is exchanged while the host is built.</summary>
internal sealed class HastyAnswers : IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>
{
    /// <summary>How far the store is behind the answer: a slow disk.</summary>
    private static readonly TimeSpan Lag = TimeSpan.FromMilliseconds(200);

    public static void Install() => DiagnosticListener.AllListeners.Subscribe(new HastyAnswers());

    public void OnNext(DiagnosticListener value)
    {
        if (value.Name == "Microsoft.Extensions.Hosting")
            value.Subscribe(this);
    }

    public void OnNext(KeyValuePair<string, object?> value)
    {
        if (value is { Key: "HostBuilding", Value: IHostBuilder builder })
            builder.ConfigureServices((_, services) => services.Replace(ServiceDescriptor.Singleton<IDicomServer>(provider =>
            {
                var listener = provider.GetRequiredService<ListenerOptions>();
                var handler = new Hasty(provider.GetRequiredService<ReceivingHandler>(), provider.GetRequiredService<BlobStore>());
                return new DicomServer(new DicomServerOptions { Address = IPAddress.Parse(listener.Address), Port = listener.Port }, handler, TimeProvider.System, provider.GetRequiredService<ILoggerFactory>());
            })));
    }

    public void OnCompleted()
    {
        // The host is up.
    }

    public void OnError(Exception error)
    {
        // Nothing depends on it.
    }

    private sealed class Hasty(IDicomServerHandler inner, BlobStore blobs) : IDicomServerHandler
    {
        public AssociationDecision Decide(AssociationRequest request) => inner.Decide(request);

        public string? CreateStoreFile(StoreRequest request) => inner.CreateStoreFile(request);

        public ValueTask<DimseStatus> StoreAsync(ReceivedInstance instance, CancellationToken cancellationToken)
        {
            var kept = blobs.NewSpoolFile();
            File.Move(instance.Path, kept);
            _ = Task.Run(async () =>
            {
                await Task.Delay(Lag, CancellationToken.None);
                await inner.StoreAsync(instance with { Path = kept }, CancellationToken.None);
            }, CancellationToken.None);
            return new ValueTask<DimseStatus>(DimseStatus.Success);
        }

        public ValueTask<DimseStatus> CommitmentReportedAsync(CommitmentReport report, CancellationToken cancellationToken) => inner.CommitmentReportedAsync(report, cancellationToken);

        public void AssociationEnded(AssociationEnd end) => inner.AssociationEnded(end);
    }
}
