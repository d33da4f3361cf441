using System.Net;
using EchoClr.Dicom.Net.Dimse;
using EchoClr.Dicom.Net.Pdus;
using EchoClr.Dicom.Net.Tls;
using EchoClr.Dicom.Net.UpperLayer;
using EchoClr.Dicom.Ports;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace EchoClr.Dicom.Net.Server;

/// <summary>One accepted connection from its first byte to its last: negotiation, messages, end.</summary>
internal sealed class ServerAssociation : IAsyncDisposable
{
    private readonly DicomServerOptions _options;
    private readonly IDicomServerHandler _handler;
    private readonly AssociationSlots _slots;
    private readonly RefusalLines _refusals;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly ConnectionContext _transport;
    private readonly ReloadedCertificates? _certificates;
    private readonly CancellationTokenSource _cancel = new();
    private volatile string _endedBecause = "the association was ended from our side";
    private volatile bool _established;
    private volatile ServerServices? _services;
    private UpperLayerConnection _upperLayer = null!; // set before anything but the handshake happens
    private PeerCertificate? _peerCertificate;

    public ServerAssociation(
        ConnectionContext transport, ReloadedCertificates? certificates, DicomServerOptions options, IDicomServerHandler handler, AssociationSlots slots, RefusalLines refusals, TimeProvider time, ILogger log)
    {
        (_options, _handler, _slots, _refusals, _time, _log) = (options, handler, slots, refusals, time, log);
        (_transport, _certificates, Remote) = (transport, certificates, RemoteOf(transport));
    }

    /// <summary>Grows with time.</summary>
    public Guid Id { get; } = Guid.CreateVersion7();

    public IPEndPoint Remote { get; }

    /// <summary>Whether an association was accepted and has not ended.</summary>
    public bool Established => _established;

    /// <summary>Whether <see cref="End"/> was called.</summary>
    public bool IsEnding { get; private set; }

    /// <summary>How long an association has rested since its beginning, or since it last carried an object or a report; zero while a message is under way.</summary>
    public TimeSpan IdleFor => _services?.IdleFor ?? TimeSpan.Zero;

    /// <summary>Ends it soon: an established association is aborted, anything else closed.</summary>
    public void End(string why)
    {
        _endedBecause = why;
        IsEnding = true;
        try
        {
            _cancel.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It ended in this moment, which is what was wanted.
        }
    }

    public async Task RunAsync()
    {
        try
        {
            var connection = await SecureAsync().ConfigureAwait(false);
            var limits = new UpperLayerLimits(_options.MaxPduLength, _options.ArtimTimeout, _options.SendTimeout);
            _upperLayer = new UpperLayerConnection(connection, requestor: false, limits, _time, _cancel.Token);
            var first = await _upperLayer.ReceiveAsync(_options.ArtimTimeout).ConfigureAwait(false);
            if (first.Pdu is AssociateRqPdu rq)
                await AssociateAsync(rq, first).ConfigureAwait(false);
            else
                CameToNothing(first.Kind == IndicationKind.Cancelled ? _endedBecause : first.Why);
        }
        catch (ForeignProtocolException e)
        {
            if (_refusals.Connections.TrySpend(out var leftOut))
                _log.ForeignProtocol(Remote, e.Message, leftOut);
            Drop(e.Message);
        }
        catch (TlsException e)
        {
            if (_refusals.Connections.TrySpend(out var leftOut))
                _log.NoTls(Remote, e.Message, leftOut); // and closed in order: the alert on its way tells the peer why
            TellRefused(e.Message);
        }
        catch (OperationCanceledException) when (_cancel.IsCancellationRequested) // in the handshake
        {
            CameToNothing(_endedBecause);
        }
        catch (Exception e) // the edge of a connection: whatever went wrong in it ends it, not the listener
        {
            _log.HandlerFailed(Id, "the association", e);
            Drop("internal error");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_upperLayer is null)
            await _transport.DisposeAsync().ConfigureAwait(false);
        else
            await _upperLayer.DisposeAsync().ConfigureAwait(false);
        _cancel.Dispose();
    }

    private async Task<ConnectionContext> SecureAsync()
    {
        if (_certificates is null)
            return _transport;
        var connection = await TlsHandshake.AcceptAsync(_transport, _certificates.Current(), _options.TlsHandshakeTimeout, _time, _cancel.Token).ConfigureAwait(false);
        _peerCertificate = connection.Peer;
        return connection;
    }

    private void TellRefused(string why)
    {
        try
        {
            _handler.TlsRefused(Remote, why);
        }
        catch (Exception e) // the application's code; the connection is over all the same
        {
            _log.HandlerFailed(Id, "taking note of a refused handshake", e);
        }
    }

    private void Drop(string why)
    {
        if (_upperLayer is null)
            _transport.Abort(new ConnectionAbortedException(why));
        else
            _upperLayer.Drop(why);
    }

    private async Task AssociateAsync(AssociateRqPdu rq, UpperLayerIndication indication)
    {
        if (indication.Kind == IndicationKind.AssociateRejected) // by the upper layer itself
        {
            End(rq, AssociationEndKind.Rejected, indication.Why, 0);
            return;
        }
        var decision = Decide(rq);
        if (decision.Rejection is { } rejection)
        {
            await RejectAsync(rq, rejection).ConfigureAwait(false);
        }
        else if (!_slots.TryTake(this)) // after the policy: who may not call shall not drive anybody out
        {
            await RejectAsync(rq, AssociationRejection.LocalLimitExceeded).ConfigureAwait(false);
        }
        else
        {
            try
            {
                await ServeAsync(rq, decision).ConfigureAwait(false);
            }
            finally
            {
                _slots.GiveBack(this);
            }
        }
    }

    private void CameToNothing(string why)
    {
        if (_refusals.Connections.TrySpend(out var leftOut))
            _log.EndedWithoutAssociation(Remote, why, leftOut);
    }

    private AssociationDecision Decide(AssociateRqPdu rq)
    {
        try
        {
            return _handler.Decide(new AssociationRequest(Id, rq.CallingAeTitle, rq.CalledAeTitle, Remote, rq.Contexts) { Certificate = _peerCertificate });
        }
        catch (Exception e) // the application's code; a peer may try again, so the rejection is transient
        {
            _log.HandlerFailed(Id, "deciding on the association", e);
            return AssociationDecision.Reject(AssociationRejection.TemporaryCongestion);
        }
    }

    private async Task RejectAsync(AssociateRqPdu rq, AssociationRejection rejection)
    {
        if (_refusals.Connections.TrySpend(out var leftOut))
            _log.Rejected(rq.CallingAeTitle, Remote, rq.CalledAeTitle, rejection.Why, leftOut);
        await _upperLayer.RejectAsync(new AssociateRjPdu(rejection.Result, rejection.Source, rejection.Reason)).ConfigureAwait(false);
        End(rq, AssociationEndKind.Rejected, rejection.Why, 0);
    }

    private async Task ServeAsync(AssociateRqPdu rq, AssociationDecision decision)
    {
        var negotiation = Negotiation.Of(rq, decision, _options.MaxPduLength, _log);
        _upperLayer.AnnounceMaxLength(rq.User.MaxLength);
        _established = true;
        _log.Accepted(Id, rq.CallingAeTitle, Remote, negotiation.Accepted.Count, rq.Contexts.Count);
        await _upperLayer.AcceptAsync(negotiation.Answer).ConfigureAwait(false);

        var channel = new DimseChannel(_upperLayer, negotiation.Accepted, new MessageBudget(_options.MessageGrace, _options.MinReceiveRate, _time));
        var services = new ServerServices(Id, rq, channel, _options, _handler, _refusals.Requests, _time, _log, _cancel.Token);
        _services = services;
        AssociationEndKind kind;
        string why;
        try
        {
            (kind, why) = await EndAsync(await services.RunAsync().ConfigureAwait(false)).ConfigureAwait(false);
        }
        catch (AssociationEndedException e)
        {
            (kind, why) = await EndAsync(e.Indication).ConfigureAwait(false);
        }
        catch (DimseViolationException e)
        {
            await _upperLayer.AbortAsync().ConfigureAwait(false);
            (kind, why) = (AssociationEndKind.AbortedByUs, e.Message);
        }
        _established = false;
        _log.Ended(Id, rq.CallingAeTitle, kind, services.InstancesStored, why);
        End(rq, kind, why, services.InstancesStored);
    }

    private async ValueTask<(AssociationEndKind Kind, string Why)> EndAsync(UpperLayerIndication indication)
    {
        switch (indication.Kind)
        {
            case IndicationKind.ReleaseRequested when indication.Why.Length == 0:
                await _upperLayer.RespondReleaseAsync().ConfigureAwait(false);
                return (AssociationEndKind.Released, "released by the peer");
            case IndicationKind.AbortedByPeer:
                return (AssociationEndKind.AbortedByPeer, indication.Why);
            case IndicationKind.ConnectionLost:
                return (AssociationEndKind.ConnectionLost, indication.Why);
            case IndicationKind.TimedOut:
                await _upperLayer.AbortAsync().ConfigureAwait(false);
                return (AssociationEndKind.AbortedByUs, $"idle for {_options.IdleTimeout.TotalSeconds:0.#} s");
            case IndicationKind.Cancelled when _cancel.IsCancellationRequested:
                await _upperLayer.AbortAsync().ConfigureAwait(false);
                return (AssociationEndKind.AbortedByUs, _endedBecause);
            default:
                await _upperLayer.AbortAsync().ConfigureAwait(false);
                return (AssociationEndKind.AbortedByUs, indication.Why);
        }
    }

    private void End(AssociateRqPdu rq, AssociationEndKind kind, string why, int stored)
    {
        try
        {
            _handler.AssociationEnded(new AssociationEnd(Id, rq.CallingAeTitle, kind, why, stored));
        }
        catch (Exception e) // the application's code; the association is over all the same
        {
            _log.HandlerFailed(Id, "taking note of the association's end", e);
        }
    }

    private static IPEndPoint RemoteOf(ConnectionContext connection)
    {
        var remote = connection.RemoteEndPoint as IPEndPoint ?? new IPEndPoint(IPAddress.None, 0);
        return remote.Address.IsIPv4MappedToIPv6 ? new IPEndPoint(remote.Address.MapToIPv4(), remote.Port) : remote;
    }
}
