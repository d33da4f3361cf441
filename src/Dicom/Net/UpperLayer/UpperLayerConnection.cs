using System.Buffers;
using System.Diagnostics;
using System.IO.Pipelines;
using EchoClr.Dicom.Net.Pdus;
using Microsoft.AspNetCore.Connections;

namespace EchoClr.Dicom.Net.UpperLayer;

/// <summary>
/// One transport connection driven by <see cref="StateTable"/>, for either role. Its user calls one method at a time; timers and cancellation only wake
/// a pending read or write, so that nothing here needs a lock.
/// </summary>
internal sealed partial class UpperLayerConnection : IAsyncDisposable
{
    /// <summary>What a cancelled association may still take to send: a peer that reads takes microseconds.</summary>
    private static readonly TimeSpan CancelGrace = TimeSpan.FromSeconds(1);

    private readonly ConnectionContext _connection;
    private readonly PipeReader _input;
    private readonly PipeWriter _output;
    private readonly bool _requestor;
    private readonly UpperLayerLimits _limits;
    private readonly Deadline _deadline;
    private readonly CancellationToken _cancelled;
    private readonly CancellationTokenRegistration _cancelRegistration;
    private SequencePosition? _consumed;
    private bool _artimRunning;

    /// <param name="cancelled">Fires when the association shall end; it shows as <see cref="IndicationKind.Cancelled"/>.</param>
    public UpperLayerConnection(ConnectionContext connection, bool requestor, UpperLayerLimits limits, TimeProvider time, CancellationToken cancelled)
    {
        (_connection, _input, _output) = (connection, connection.Transport.Input, connection.Transport.Output);
        (_requestor, _limits, _cancelled) = (requestor, limits, cancelled);
        _deadline = new Deadline(time, Wake);
        _cancelRegistration = cancelled.UnsafeRegister(static self => ((UpperLayerConnection)self!).Wake(), this);
        // The transport is already open. For the requestor that was AE-1; Evt2 follows with the request itself.
        Fire(requestor ? UpperLayerEvent.AssociateRequest : UpperLayerEvent.TransportConnectIndicated);
        if (!requestor)
            StartArtim(); // AE-5
    }

    public UpperLayerState State { get; private set; } = UpperLayerState.Sta1;

    /// <summary>Longest P-DATA-TF PDU that we send, in bytes of its length field.</summary>
    public int MaxSendLength { get; private set; } = PduLimits.DefaultMaxPDataLength;

    /// <summary>Takes the maximum length that the peer announced (PS3.8 Annex D.1.1); 0 sets no limit, and then ours holds.</summary>
    public void AnnounceMaxLength(uint announced) => MaxSendLength = announced == 0
        ? PduLimits.DefaultMaxPDataLength
        : (int)Math.Clamp(announced, PduLimits.MinPDataLength, PduLimits.DefaultMaxPDataLength);

    /// <summary>Waits for the next indication. A Data indication's bytes live until the next call.</summary>
    /// <param name="timeout">For a whole PDU. In Sta2 and Sta13 the ARTIM timer, already running, decides instead.</param>
    public async ValueTask<UpperLayerIndication> ReceiveAsync(TimeSpan timeout)
    {
        if (!_artimRunning)
            _deadline.Start(timeout);
        while (true)
        {
            UpperLayerEvent @event;
            Pdu? pdu = null;
            InvalidPduException? invalid = null;
            var why = "";
            try
            {
                (@event, pdu, why) = await ReadPduAsync().ConfigureAwait(false);
            }
            catch (InvalidPduException e)
            {
                (@event, invalid, why) = (UpperLayerEvent.InvalidPduReceived, e, e.Message);
            }
            if (pdu is NothingPdu nothing)
                return new UpperLayerIndication(nothing.Kind, null, why);
            if (await PerformReceivedAsync(@event, pdu, invalid, why).ConfigureAwait(false) is { } indication)
                return indication;
        }
    }

    /// <summary>Sends A-ASSOCIATE-RQ (Evt2, AE-2).</summary>
    public ValueTask<bool> RequestAsync(AssociateRqPdu rq) => SendAsync(UpperLayerEvent.TransportConnectConfirmed, rq);

    /// <summary>Sends A-ASSOCIATE-AC (Evt7, AE-7).</summary>
    public ValueTask<bool> AcceptAsync(AssociateAcPdu ac) => SendAsync(UpperLayerEvent.AssociateResponseAccept, ac);

    /// <summary>Sends A-ASSOCIATE-RJ (Evt8, AE-8).</summary>
    public ValueTask<bool> RejectAsync(AssociateRjPdu rj) => SendAsync(UpperLayerEvent.AssociateResponseReject, rj);

    /// <summary>Sends A-RELEASE-RQ (Evt11, AR-1).</summary>
    public ValueTask<bool> RequestReleaseAsync() => SendAsync(UpperLayerEvent.ReleaseRequest, new ReleaseRqPdu());

    /// <summary>Sends A-RELEASE-RP (Evt14; AR-4 or, in a collision, AR-9).</summary>
    public ValueTask<bool> RespondReleaseAsync() => SendAsync(UpperLayerEvent.ReleaseResponse, new ReleaseRpPdu());

    /// <summary>Sends A-ABORT (Evt15, AA-1), or closes the transport where there is no peer to tell (AA-2). Without effect once the association is over.</summary>
    public async ValueTask AbortAsync(AbortSource source = AbortSource.ServiceUser, AbortReason reason = AbortReason.NotSpecified)
    {
        if (StateTable.ActionFor(UpperLayerEvent.AbortRequest, State) != UpperLayerAction.None)
            await SendAsync(UpperLayerEvent.AbortRequest, new AbortPdu(source, reason)).ConfigureAwait(false);
    }

    /// <summary>Closes the transport at once, without a word: the peer is no DICOM peer.</summary>
    public void Drop(string why)
    {
        _connection.Abort(new ConnectionAbortedException(why));
        State = UpperLayerState.Sta1;
    }

    /// <summary>Reserves room for one P-DATA-TF PDU (Evt9; DT-1 or AR-7). Fill the first 12 bytes by <see cref="PduWriter.WritePDataHeader"/>, then <see cref="AdvanceData"/>.</summary>
    public Memory<byte> GetDataMemory(int length)
    {
        Fire(UpperLayerEvent.DataRequest);
        return _output.GetMemory(length);
    }

    public void AdvanceData(int length) => _output.Advance(length);

    /// <summary>Hands what was written to the transport; waits while the peer does not take it. False when the connection is lost or the peer stalls.</summary>
    public async ValueTask<bool> FlushAsync()
    {
        if (!_artimRunning)
            _deadline.Start(_limits.SendTimeout);
        var hurried = false;
        try
        {
            while (true)
            {
                var flushed = await _output.FlushAsync().ConfigureAwait(false);
                if (flushed.IsCompleted)
                    return false;
                if (!flushed.IsCanceled)
                    return true;
                if (_deadline.HasPassed)
                {
                    // What is queued can no longer be followed by an A-ABORT that the peer would read.
                    _connection.Abort(new ConnectionAbortedException("the peer takes no data"));
                    return false;
                }
                if (_cancelled.IsCancellationRequested && !hurried)
                {
                    hurried = true;
                    _deadline.Start(CancelGrace);
                }
            }
        }
        catch (Exception e) when (IsTransportFailure(e))
        {
            return false;
        }
    }

    /// <summary>Aborts an association that still exists, waits in Sta13 until the peer closes or ARTIM expires, then closes the transport.</summary>
    public async ValueTask DisposeAsync()
    {
        await AbortAsync().ConfigureAwait(false);
        if (State == UpperLayerState.Sta13)
            await DrainAsync().ConfigureAwait(false);
        await _cancelRegistration.DisposeAsync().ConfigureAwait(false);
        _deadline.Dispose();
        await _connection.DisposeAsync().ConfigureAwait(false);
    }

    // PDUs in Sta13 change nothing that the peer could still use (AA-6, AA-7), so their bytes are dropped unread.
    private async ValueTask DrainAsync()
    {
        TakeConsumed();
        try
        {
            while (!_deadline.HasPassed && !_cancelled.IsCancellationRequested)
            {
                var read = await _input.ReadAsync().ConfigureAwait(false);
                _input.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                    break;
            }
        }
        catch (Exception e) when (IsTransportFailure(e))
        {
            // Closed is what we wait for.
        }
        if (_deadline.HasPassed)
            _connection.Abort(new ConnectionAbortedException("the peer does not close the connection")); // or what it does not take would be waited for
        Fire(_deadline.HasPassed ? UpperLayerEvent.ArtimExpired : UpperLayerEvent.TransportClosed);
    }

    private async ValueTask<(UpperLayerEvent Event, Pdu? Pdu, string Why)> ReadPduAsync()
    {
        TakeConsumed();
        var wanted = State == UpperLayerState.Sta2 ? 1 : PduLimits.HeaderLength;
        while (true)
        {
            // Asked before each wait: the wake-up of a cancellation may have gone into a read that brought a whole PDU.
            if (_cancelled.IsCancellationRequested)
                return (default, new NothingPdu(IndicationKind.Cancelled), "the association was ended from our side");
            ReadResult read;
            try
            {
                read = await _input.ReadAtLeastAsync(wanted).ConfigureAwait(false);
            }
            catch (Exception e) when (IsTransportFailure(e))
            {
                return (UpperLayerEvent.TransportClosed, null, "the connection was lost: " + e.Message);
            }

            var buffer = read.Buffer;
            _consumed = buffer.End; // should what follows throw, these bytes are of no more use
            if (State == UpperLayerState.Sta2 && buffer.Length > 0)
                ForeignProtocol.Check(buffer);
            if (PduReader.TryReadHeader(buffer, _limits.MaxReceiveLength, out var type, out var length))
            {
                wanted = PduLimits.HeaderLength + length;
                if (buffer.Length >= wanted)
                {
                    _consumed = buffer.GetPosition(wanted);
                    return (EventFor(type), PduReader.ReadBody(type, buffer.Slice(PduLimits.HeaderLength, length)), "");
                }
            }
            else
            {
                wanted = PduLimits.HeaderLength;
            }

            _consumed = null;
            // Nothing counts as examined: ReadAtLeastAsync waits for that many bytes beyond the examined ones, and would wait for ever (dotnet/runtime #66577).
            _input.AdvanceTo(buffer.Start, buffer.Start);
            if (read.IsCompleted)
                return (UpperLayerEvent.TransportClosed, null, buffer.Length == 0 ? "the peer closed the connection" : "the peer closed the connection inside a PDU");
            if (!_deadline.HasPassed)
                continue;
            if (_artimRunning)
                return (UpperLayerEvent.ArtimExpired, null, $"no association was requested within {_limits.ArtimTimeout.TotalSeconds:0.#} s");
            return (default, new NothingPdu(IndicationKind.TimedOut), "nothing came in time");
        }
    }

    private ValueTask<bool> WriteAsync(Pdu pdu)
    {
        PduWriter.Write(_output, pdu);
        return FlushAsync();
    }

    private UpperLayerAction Fire(UpperLayerEvent @event, bool acceptable = true)
    {
        var action = StateTable.ActionFor(@event, State);
        if (action == UpperLayerAction.None)
            throw new InvalidOperationException($"{@event} cannot happen in {State} (PS3.8 Table 9-10)");
        State = StateTable.NextState(action, acceptable, _requestor);
        return action;
    }

    private void TakeConsumed()
    {
        if (_consumed is { } consumed)
            _input.AdvanceTo(consumed);
        _consumed = null;
    }

    private void StartArtim()
    {
        _artimRunning = true;
        _deadline.Start(_limits.ArtimTimeout);
    }

    private void StopArtim()
    {
        _artimRunning = false;
        _deadline.Stop();
    }

    private void Wake()
    {
        _input.CancelPendingRead();
        _output.CancelPendingFlush();
    }

    private static UpperLayerEvent EventFor(PduType type) => type switch
    {
        PduType.AssociateRq => UpperLayerEvent.AssociateRqReceived,
        PduType.AssociateAc => UpperLayerEvent.AssociateAcReceived,
        PduType.AssociateRj => UpperLayerEvent.AssociateRjReceived,
        PduType.PDataTf => UpperLayerEvent.DataReceived,
        PduType.ReleaseRq => UpperLayerEvent.ReleaseRqReceived,
        PduType.ReleaseRp => UpperLayerEvent.ReleaseRpReceived,
        PduType.Abort => UpperLayerEvent.AbortReceived,
        _ => throw new UnreachableException(),
    };

    // What Kestrel's sockets throw for a reset, a vanished peer or our own Abort.
    private static bool IsTransportFailure(Exception e) => e is IOException or OperationCanceledException or ObjectDisposedException;

    /// <summary>Marks that no PDU came, only a reason to look up.</summary>
    private sealed record NothingPdu(IndicationKind Kind) : Pdu;
}
