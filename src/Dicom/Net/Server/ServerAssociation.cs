using System.Net;
using EchoClr.Dicom.Net.Dimse;
using EchoClr.Dicom.Net.Pdus;
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
    private readonly ILogger _log;
    private readonly UpperLayerConnection _upperLayer;
    private readonly CancellationTokenSource _cancel = new();
    private readonly IPEndPoint _remote;
    private readonly Guid _id = Guid.CreateVersion7();

    public ServerAssociation(ConnectionContext connection, DicomServerOptions options, IDicomServerHandler handler, AssociationSlots slots, TimeProvider time, ILogger log)
    {
        (_options, _handler, _slots, _log) = (options, handler, slots, log);
        _remote = RemoteOf(connection);
        var limits = new UpperLayerLimits(options.MaxPduLength, options.ArtimTimeout, options.SendTimeout);
        _upperLayer = new UpperLayerConnection(connection, requestor: false, limits, time, _cancel.Token);
    }

    /// <summary>Whether an association was accepted and has not ended.</summary>
    public bool Established { get; private set; }

    /// <summary>Ends it soon: an established association is aborted, anything else closed.</summary>
    public void Cancel()
    {
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
            var first = await _upperLayer.ReceiveAsync(_options.ArtimTimeout).ConfigureAwait(false);
            if (first.Pdu is AssociateRqPdu rq)
                await AssociateAsync(rq, first).ConfigureAwait(false);
            else
                _log.EndedWithoutAssociation(_remote, first.Why);
        }
        catch (ForeignProtocolException e)
        {
            _log.ForeignProtocol(_remote, e.Message);
            _upperLayer.Drop(e.Message);
        }
        catch (Exception e) // the edge of a connection: whatever went wrong in it ends it, not the listener
        {
            _log.HandlerFailed(_id, "the association", e);
            _upperLayer.Drop("internal error");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _upperLayer.DisposeAsync().ConfigureAwait(false);
        _cancel.Dispose();
    }

    private async Task AssociateAsync(AssociateRqPdu rq, UpperLayerIndication indication)
    {
        if (indication.Kind == IndicationKind.AssociateRejected) // by the upper layer itself
        {
            End(rq, AssociationEndKind.Rejected, indication.Why, 0);
            return;
        }
        if (!_slots.TryTake())
        {
            await RejectAsync(rq, AssociationRejection.LocalLimitExceeded).ConfigureAwait(false);
            return;
        }
        try
        {
            var decision = Decide(rq);
            if (decision.Rejection is { } rejection)
                await RejectAsync(rq, rejection).ConfigureAwait(false);
            else
                await ServeAsync(rq, decision).ConfigureAwait(false);
        }
        finally
        {
            _slots.GiveBack();
        }
    }

    private AssociationDecision Decide(AssociateRqPdu rq)
    {
        try
        {
            return _handler.Decide(new AssociationRequest(_id, rq.CallingAeTitle, rq.CalledAeTitle, _remote, rq.Contexts));
        }
        catch (Exception e) // the application's code; a peer may try again, so the rejection is transient
        {
            _log.HandlerFailed(_id, "deciding on the association", e);
            return AssociationDecision.Reject(AssociationRejection.TemporaryCongestion);
        }
    }

    private async Task RejectAsync(AssociateRqPdu rq, AssociationRejection rejection)
    {
        _log.Rejected(rq.CallingAeTitle, _remote, rq.CalledAeTitle, rejection.Why);
        await _upperLayer.RejectAsync(new AssociateRjPdu(rejection.Result, rejection.Source, rejection.Reason)).ConfigureAwait(false);
        End(rq, AssociationEndKind.Rejected, rejection.Why, 0);
    }

    private async Task ServeAsync(AssociateRqPdu rq, AssociationDecision decision)
    {
        var negotiation = Negotiation.Of(rq, decision, _options.MaxPduLength, _log);
        _upperLayer.AnnounceMaxLength(rq.User.MaxLength);
        Established = true;
        _log.Accepted(_id, rq.CallingAeTitle, _remote, negotiation.Accepted.Count, rq.Contexts.Count);
        await _upperLayer.AcceptAsync(negotiation.Answer).ConfigureAwait(false);

        var channel = new DimseChannel(_upperLayer, negotiation.Accepted);
        var services = new ServerServices(_id, rq, channel, _options, _handler, _log, _cancel.Token);
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
        Established = false;
        _log.Ended(_id, rq.CallingAeTitle, kind, services.InstancesStored, why);
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
            default:
                await _upperLayer.AbortAsync().ConfigureAwait(false);
                return (AssociationEndKind.AbortedByUs, indication.Why);
        }
    }

    private void End(AssociateRqPdu rq, AssociationEndKind kind, string why, int stored)
    {
        try
        {
            _handler.AssociationEnded(new AssociationEnd(_id, rq.CallingAeTitle, kind, why, stored));
        }
        catch (Exception e) // the application's code; the association is over all the same
        {
            _log.HandlerFailed(_id, "taking note of the association's end", e);
        }
    }

    private static IPEndPoint RemoteOf(ConnectionContext connection)
    {
        var remote = connection.RemoteEndPoint as IPEndPoint ?? new IPEndPoint(IPAddress.None, 0);
        return remote.Address.IsIPv4MappedToIPv6 ? new IPEndPoint(remote.Address.MapToIPv4(), remote.Port) : remote;
    }
}
