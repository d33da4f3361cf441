using System.Net;
using EchoClr.Dicom.Net.Server;
using EchoClr.Dicom.Ports;
using Microsoft.Extensions.Logging;
using FoNet = FellowOakDicom.Network;

namespace EchoClr.Dicom.FoDicom;

/// <summary>The listener port of <c>PackageSet=nuget</c>: fo-dicom owns the sockets. Of <see cref="DicomServerOptions"/> it knows addresses, TLS, the number of associations and the PDU's length; its other limits are fo-dicom's own.</summary>
public sealed class FoDicomServer(DicomServerOptions options, IDicomServerHandler handler, TimeProvider time, ILoggerFactory loggers) : IDicomServer
{
    /// <summary>How often it is looked whether the last association is over.</summary>
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);

    private readonly FoAssociations _associations = new(handler, options.MaxDatasetLength);
    private FoNet.IDicomServer? _plain;
    private FoNet.IDicomServer? _secure;

    public IPEndPoint LocalEndPoint => EndPoint(_plain ?? _secure ?? throw new InvalidOperationException("the DICOM listener is not started"));

    public IPEndPoint? TlsEndPoint => _secure is null ? null : EndPoint(_secure);

    public Task StartAsync(CancellationToken cancellationToken)
    {
        options.Validate();
        if (options.AcceptsPlain)
            _plain = Listen(options.Port, null);
        if (options.Tls is { } files)
            _secure = Listen(options.TlsPort, new FoTlsAcceptor(files, options.TlsHandshakeTimeout));
        return Task.CompletedTask;
    }

    /// <summary>Stops accepting, waits for the associations until the token fires, then lets fo-dicom end them.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _associations.Refuse();
        try
        {
            while (_associations.Count > 0)
                await Task.Delay(Poll, time, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // What is left is aborted by the stop.
        }
        _plain?.Stop();
        _secure?.Stop();
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await StopAsync(now.Token);
        _plain?.Dispose();
        _secure?.Dispose();
    }

    private FoNet.IDicomServer Listen(int port, FellowOakDicom.Network.Tls.ITlsAcceptor? tls)
    {
        var server = FoNet.DicomServerFactory.Create<FoDicomService>(
            options.Address.ToString(), port, tls, null, loggers.CreateLogger<FoDicomServer>(), _associations, configure => configure.MaxClientsAllowed = options.MaxAssociations);
        server.Options.MaxPDULength = (uint)options.MaxPduLength;
        return server.Exception is { } failure ? throw failure : server;
    }

    private IPEndPoint EndPoint(FoNet.IDicomServer server) => new(options.Address, server.Port);
}
