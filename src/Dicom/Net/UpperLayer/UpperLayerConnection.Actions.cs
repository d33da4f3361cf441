using System.Diagnostics;
using EchoClr.Dicom.Net.Pdus;

namespace EchoClr.Dicom.Net.UpperLayer;

/// <summary>What the actions of PS3.8 Tables 9-6 to 9-9 do.</summary>
internal sealed partial class UpperLayerConnection
{
    /// <summary>PS3.8 Tables 9-6 to 9-9, for the events that come from the peer or from the ARTIM timer.</summary>
    private async ValueTask<UpperLayerIndication?> PerformReceivedAsync(UpperLayerEvent @event, Pdu? pdu, InvalidPduException? invalid, string why)
    {
        var unacceptable = pdu is AssociateRqPdu rq ? Unacceptable(rq) : null;
        var stateBefore = State;
        switch (Fire(@event, acceptable: unacceptable is null))
        {
            case UpperLayerAction.AE3: // issue A-ASSOCIATE confirmation (accept)
                return new UpperLayerIndication(IndicationKind.AssociateAccepted, pdu);
            case UpperLayerAction.AE4: // issue A-ASSOCIATE confirmation (reject), close transport connection
                return new UpperLayerIndication(IndicationKind.AssociateRejected, pdu);
            case UpperLayerAction.AE6 when unacceptable is null: // stop ARTIM, issue A-ASSOCIATE indication
                StopArtim();
                return new UpperLayerIndication(IndicationKind.AssociateRequested, pdu);
            case UpperLayerAction.AE6: // not acceptable by the service-provider: send A-ASSOCIATE-RJ, start ARTIM
                await WriteAsync(unacceptable).ConfigureAwait(false);
                StartArtim();
                return new UpperLayerIndication(IndicationKind.AssociateRejected, pdu, "the request is not acceptable to the upper layer");
            case UpperLayerAction.DT2: // issue P-DATA indication
            case UpperLayerAction.AR6: // issue P-DATA indication
                return new UpperLayerIndication(IndicationKind.Data, pdu);
            case UpperLayerAction.AR2: // issue A-RELEASE indication
            case UpperLayerAction.AR8: // issue A-RELEASE indication (release collision)
                return new UpperLayerIndication(IndicationKind.ReleaseRequested, pdu);
            case UpperLayerAction.AR3:  // issue A-RELEASE confirmation, close transport connection
            case UpperLayerAction.AR10: // issue A-RELEASE confirmation
                return new UpperLayerIndication(IndicationKind.ReleaseConfirmed, pdu);
            case UpperLayerAction.AR5: // stop ARTIM
            case UpperLayerAction.AA5: // stop ARTIM
                StopArtim();
                return new UpperLayerIndication(IndicationKind.ConnectionLost, null, why);
            case UpperLayerAction.AA1: // send A-ABORT (service-user source), start ARTIM
                await WriteAsync(new AbortPdu(AbortSource.ServiceUser, AbortReason.NotSpecified)).ConfigureAwait(false);
                StartArtim();
                return new UpperLayerIndication(IndicationKind.AbortedByUs, pdu, invalid?.Message ?? Unexpected(pdu, stateBefore));
            case UpperLayerAction.AA2: // stop ARTIM, close transport connection
                StopArtim();
                return new UpperLayerIndication(pdu is AbortPdu ? IndicationKind.AbortedByPeer : IndicationKind.AbortedByUs, pdu, pdu is AbortPdu ? "the peer aborted" : why);
            case UpperLayerAction.AA3: // issue A-ABORT or A-P-ABORT indication, close transport connection
                return new UpperLayerIndication(IndicationKind.AbortedByPeer, pdu, AbortedBy((AbortPdu)pdu!));
            case UpperLayerAction.AA4: // issue A-P-ABORT indication
                return new UpperLayerIndication(IndicationKind.ConnectionLost, null, why);
            case UpperLayerAction.AA6: // ignore PDU
                return null;
            case UpperLayerAction.AA7: // send A-ABORT
                await WriteAsync(new AbortPdu(AbortSource.ServiceProvider, invalid?.Reason ?? AbortReason.UnexpectedPdu)).ConfigureAwait(false);
                return null;
            case UpperLayerAction.AA8: // send A-ABORT (service-provider source), issue A-P-ABORT indication, start ARTIM
                await WriteAsync(new AbortPdu(AbortSource.ServiceProvider, invalid?.Reason ?? AbortReason.UnexpectedPdu)).ConfigureAwait(false);
                StartArtim();
                return new UpperLayerIndication(IndicationKind.AbortedByUs, pdu, invalid?.Message ?? Unexpected(pdu, stateBefore));
            default:
                throw new UnreachableException($"no peer event leads here from {stateBefore}");
        }
    }

    /// <summary>PS3.8 Tables 9-6 to 9-9, for the events that come from the local user: each sends one PDU.</summary>
    private async ValueTask<bool> SendAsync(UpperLayerEvent @event, Pdu pdu)
    {
        var action = Fire(@event);
        if (action == UpperLayerAction.AA2) // close transport connection
        {
            Drop("aborted before the transport was open");
            return true;
        }
        var sent = await WriteAsync(pdu).ConfigureAwait(false);
        if (action is UpperLayerAction.AE8 or UpperLayerAction.AR4 or UpperLayerAction.AA1)
            StartArtim();
        return sent;
    }

    // AE-6: what the service-provider itself tests (PS3.8 9.3.4: source 2, ACSE related).
    private static AssociateRjPdu? Unacceptable(AssociateRqPdu rq)
    {
        if ((rq.ProtocolVersion & 1) == 0)
            return new AssociateRjPdu(1, 2, 2); // protocol version not supported
        if (rq.ApplicationContext != PduWriter.ApplicationContext)
            return new AssociateRjPdu(1, 1, 2); // application context name not supported
        return null;
    }

    private static string Unexpected(Pdu? pdu, UpperLayerState state) => $"{pdu?.GetType().Name.Replace("Pdu", "", StringComparison.Ordinal)} is not expected in {state}";

    private static string AbortedBy(AbortPdu abort) => abort.Source == AbortSource.ServiceUser
        ? "the peer aborted"
        : $"the peer's upper layer aborted (reason {(byte)abort.Reason})";
}
