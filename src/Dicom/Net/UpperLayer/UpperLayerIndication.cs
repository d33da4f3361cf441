using EchoClr.Dicom.Net.Pdus;

namespace EchoClr.Dicom.Net.UpperLayer;

/// <summary>What the upper layer tells its user (PS3.8 clause 7: indication and confirmation primitives).</summary>
internal enum IndicationKind
{
    AssociateRequested,
    AssociateAccepted,
    AssociateRejected,
    Data,
    ReleaseRequested,
    ReleaseConfirmed,
    /// <summary>A-ABORT indication: the peer aborted.</summary>
    AbortedByPeer,
    /// <summary>A-P-ABORT indication: we aborted because of what the peer sent.</summary>
    AbortedByUs,
    /// <summary>A-P-ABORT indication: the transport connection is gone.</summary>
    ConnectionLost,
    /// <summary>Nothing whole came in the time allowed. The association still exists; its user decides.</summary>
    TimedOut,
    /// <summary>Whoever owns this association wants it over. It still exists; its user aborts it.</summary>
    Cancelled,
}

/// <param name="Pdu">The PDU that caused it, if one did.</param>
/// <param name="Why">One clause for a log or an error message, for every kind that ends an association.</param>
internal readonly record struct UpperLayerIndication(IndicationKind Kind, Pdu? Pdu = null, string Why = "");
