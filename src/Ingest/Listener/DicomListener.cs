using System.Data.Common;
using EchoClr.Dicom.Ports;
using EchoClr.Shared.Data;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EchoClr.Ingest.Listener;

/// <summary>Starts and stops the listener: first the associations that an earlier life left open, then the socket; at the end the socket first, then what still waits to be written.</summary>
public sealed class DicomListener(IDicomServer server, ReceivingHandler handler, AssociationStore associations, ListenerOptions options, TimeProvider time, ILogger<DicomListener> logger) : IHostedService
{
    /// <summary>
    /// Threads that the pool starts without hesitation. Flushing a file blocks one, and beyond its minimum (one a processor) the pool adds but one or two a second, while associations
    /// that could receive wait.
    /// </summary>
    private const int ThreadsForFlushing = 16;

    /// <summary>Where it listens; the port is the real one also when 0 was asked for.</summary>
    public System.Net.IPEndPoint LocalEndPoint => server.LocalEndPoint;

    /// <summary>Where it listens for TLS; null where it does not.</summary>
    public System.Net.IPEndPoint? TlsEndPoint => server.TlsEndPoint;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await associations.EndAllAsync(handler.Listener, time.GetUtcNow(), cancellationToken);
        }
        // A full disk must not keep us from starting: retention is what makes room. Their studies wait for StudyCompletionOptions.ReleaseWait, and the next start ends them.
        catch (DbException exception) when (Database.IsFull(exception))
        {
            ListenerLog.EarlierAssociationsLeft(logger, exception.Message);
        }
        ThreadPool.GetMinThreads(out var workers, out var completions);
        ThreadPool.SetMinThreads(Math.Max(workers, Environment.ProcessorCount + ThreadsForFlushing), completions);
        await server.StartAsync(cancellationToken);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        using var drain = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        drain.CancelAfter(options.DrainTimeout);
        await server.StopAsync(drain.Token);
        await handler.FlushAsync();
    }
}
