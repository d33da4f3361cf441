using System.Buffers;
using EchoClr.Dicom.Ports;

namespace EchoClr.Dicom.Net.Pdus;

/// <summary>The seven protocol data units (PS3.8 9.3.1).</summary>
internal enum PduType : byte
{
    AssociateRq = 0x01,
    AssociateAc = 0x02,
    AssociateRj = 0x03,
    PDataTf = 0x04,
    ReleaseRq = 0x05,
    ReleaseRp = 0x06,
    Abort = 0x07,
}

/// <summary>A received or sent protocol data unit.</summary>
internal abstract record Pdu;

/// <summary>A-ASSOCIATE-RQ (PS3.8 Table 9-11).</summary>
internal sealed record AssociateRqPdu(
    ushort ProtocolVersion, string CalledAeTitle, string CallingAeTitle, string ApplicationContext,
    IReadOnlyList<ProposedContext> Contexts, UserInformation User) : Pdu;

/// <summary>A-ASSOCIATE-AC (PS3.8 Table 9-17). The two AE titles are copies of the request's and shall not be tested.</summary>
internal sealed record AssociateAcPdu(
    string CalledAeTitle, string CallingAeTitle, IReadOnlyList<NegotiatedContext> Contexts, UserInformation User) : Pdu;

/// <summary>A-ASSOCIATE-RJ (PS3.8 Table 9-21).</summary>
internal sealed record AssociateRjPdu(byte Result, byte Source, byte Reason) : Pdu
{
    /// <summary>Asking again is of no use; 2 is transient.</summary>
    public const byte RejectedPermanent = 1;
}

/// <summary>P-DATA-TF (PS3.8 Table 9-22), its presentation data values already checked against its length.</summary>
internal sealed record PDataPdu(ReadOnlySequence<byte> Values) : Pdu;

/// <summary>A-RELEASE-RQ (PS3.8 Table 9-24).</summary>
internal sealed record ReleaseRqPdu : Pdu;

/// <summary>A-RELEASE-RP (PS3.8 Table 9-25).</summary>
internal sealed record ReleaseRpPdu : Pdu;

/// <summary>A-ABORT (PS3.8 Table 9-26).</summary>
internal sealed record AbortPdu(AbortSource Source, AbortReason Reason) : Pdu;

/// <summary>Result of one presentation context (PS3.8 Table 9-18): 0 acceptance, 1 user rejection, 2 no reason, 3 abstract syntax, 4 transfer syntaxes not supported.</summary>
internal sealed record NegotiatedContext(byte Id, byte Result, string TransferSyntax);

/// <summary>The user information sub-items that we use (PS3.7 Annex D.3.3, PS3.8 Annex D.1).</summary>
/// <param name="MaxLength">Longest P-DATA-TF PDU that the sender of this item takes, in bytes of the PDU length field; 0 means no limit.</param>
internal sealed record UserInformation(uint MaxLength, string ImplementationClassUid, string? ImplementationVersionName, IReadOnlyList<RoleSelection> Roles);

/// <summary>SCP/SCU role selection for a SOP class (PS3.7 Table D.3-9).</summary>
internal sealed record RoleSelection(string SopClassUid, bool ScuRole, bool ScpRole);

/// <summary>Who aborts (PS3.8 Table 9-26).</summary>
internal enum AbortSource : byte
{
    ServiceUser = 0,
    ServiceProvider = 2,
}

/// <summary>Why a service provider aborts (PS3.8 Table 9-26); without meaning when the user does.</summary>
internal enum AbortReason : byte
{
    NotSpecified = 0,
    UnrecognizedPdu = 1,
    UnexpectedPdu = 2,
    UnrecognizedParameter = 4,
    UnexpectedParameter = 5,
    InvalidParameterValue = 6,
}

/// <summary>Bytes that are not a protocol data unit: Evt19 of the state machine.</summary>
internal sealed class InvalidPduException(AbortReason reason, string message) : Exception(message)
{
    public AbortReason Reason { get; } = reason;
}
