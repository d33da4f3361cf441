using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using EchoClr.Dicom.Net.Sockets;
using EchoClr.Dicom.Net.Tls;
using EchoClr.Dicom.Ports;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace EchoClr.Dicom.Net.Server;

/// <summary>The DICOM listener: an accept loop, a cap on connections, and an orderly end. Each connection is one <see cref="ServerAssociation"/>.</summary>
public sealed class DicomServer : IDicomServer
{
    /// <summary>After an abort nothing is left to do but close; what takes longer is stuck and is reported.</summary>
    private static readonly TimeSpan AbortGrace = TimeSpan.FromSeconds(5);

    /// <summary>Between two attempts to accept when the machine refuses (too many open files, say).</summary>
    private static readonly TimeSpan AcceptRetryDelay = TimeSpan.FromSeconds(1);

    private readonly DicomServerOptions _options;
    private readonly IDicomServerHandler _handler;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly AssociationSlots _slots;
    private readonly RefusalLines _refusals;
    private readonly ConcurrentDictionary<ServerAssociation, Task> _connections = new();
    private readonly List<(SocketListener Listener, Task Accepting)> _listeners = [];

    public DicomServer(DicomServerOptions options, IDicomServerHandler handler, TimeProvider time, ILoggerFactory loggerFactory)
    {
        options.Validate();
        (_options, _handler, _time) = (options, handler, time);
        _log = loggerFactory.CreateLogger<DicomServer>();
        _slots = new AssociationSlots(options.MaxAssociations, options.IdleTimeout);
        _refusals = new RefusalLines(new LineBudget(options.MaxRefusalLinesPerMinute, time), new LineBudget(options.MaxRefusalLinesPerMinute, time));
    }

    public IPEndPoint LocalEndPoint => _listeners.FirstOrDefault().Listener?.EndPoint ?? throw new InvalidOperationException("the DICOM listener is not started");

    public IPEndPoint? TlsEndPoint => _options.Tls is null ? null : _listeners.LastOrDefault().Listener?.EndPoint;

    /// <summary>Associations that hold a slot now.</summary>
    public int AssociationCount => _slots.Taken;

    /// <summary>Connections that are open now.</summary>
    public int ConnectionCount => _connections.Count;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        var certificates = _options.Tls is { } files ? new ReloadedCertificates(files, _log) : null; // before any port is open
        if (_options.AcceptsPlain)
            Listen(_options.Port, null);
        if (certificates is not null)
            Listen(_options.TlsPort, certificates);
        return Task.CompletedTask;
    }

    /// <summary>The ladder: stop accepting; close who has no association; let associations finish until the token fires; abort; report who is still there.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        foreach (var (listener, accepting) in _listeners)
        {
            listener.Dispose();
            await accepting.ConfigureAwait(false);
        }

        foreach (var connection in _connections.Keys.Where(connection => !connection.Established))
            connection.End("the listener stops");
        var all = Task.WhenAll(_connections.Values);
        try
        {
            await all.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            _log.AbortingAssociations(_connections.Count);
            foreach (var connection in _connections.Keys)
                connection.End("the listener stops");
            await Task.WhenAny(all, Task.Delay(AbortGrace, _time, CancellationToken.None)).ConfigureAwait(false);
            if (!all.IsCompleted)
                _log.ConnectionsStuck(_connections.Count);
        }
        _listeners.Clear();
    }

    public async ValueTask DisposeAsync() => await StopAsync(new CancellationToken(canceled: true)).ConfigureAwait(false);

    private void Listen(int port, ReloadedCertificates? certificates)
    {
        var listener = new SocketListener(new IPEndPoint(_options.Address, port));
        _listeners.Add((listener, AcceptAsync(listener, certificates)));
        _log.Listening(listener.EndPoint, certificates is null ? "without TLS" : "with TLS");
    }

    private async Task AcceptAsync(SocketListener listener, ReloadedCertificates? certificates)
    {
        while (true)
        {
            try
            {
                if (await listener.AcceptAsync().ConfigureAwait(false) is not { } connection)
                    return;
                if (!MakeRoom(connection.RemoteEndPoint))
                {
                    connection.Abort(new ConnectionAbortedException("too many connections"));
                    await connection.DisposeAsync().ConfigureAwait(false);
                    continue;
                }
                Run(new ServerAssociation(connection, certificates, _options, _handler, _slots, _refusals, _time, _log));
            }
            catch (Exception e) when (e is SocketException or IOException)
            {
                _log.AcceptFailed(e);
                await Task.Delay(AcceptRetryDelay, _time, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    /// <summary>
    /// A storm of connections must not keep a real peer out, who asks for its association at once: the one that has waited longest without asking goes.
    /// It goes from the address that has most of them, so that one address cannot drive out another's.
    /// </summary>
    private bool MakeRoom(EndPoint? newcomer)
    {
        if (_connections.Count < _options.MaxConnections)
            return true;
        var oldest = _connections.Keys.Where(connection => !connection.Established && !connection.IsEnding).GroupBy(connection => connection.Remote.Address)
            .MaxBy(group => group.Count())?.MinBy(connection => connection.Id);
        var room = oldest is not null && _connections.Count < 2 * _options.MaxConnections; // it ends in a moment, not at once
        if (room)
            oldest!.End($"{_options.MaxConnections} connections are open, and this one had waited longest");
        else if (_refusals.Connections.TrySpend(out var leftOut))
            _log.TooManyConnections(_options.MaxConnections, newcomer, leftOut);
        return room;
    }

    private void Run(ServerAssociation association)
    {
        var finished = new TaskCompletionSource();
        _connections.TryAdd(association, finished.Task);
        _ = Task.Run(async () =>
        {
            try
            {
                await using (association.ConfigureAwait(false))
                    await association.RunAsync().ConfigureAwait(false);
            }
            finally
            {
                _connections.TryRemove(association, out _);
                finished.SetResult();
            }
        });
    }
}
