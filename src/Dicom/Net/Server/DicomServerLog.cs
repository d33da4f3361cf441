using System.Net;
using EchoClr.Dicom.Ports;
using Microsoft.Extensions.Logging;

namespace EchoClr.Dicom.Net.Server;

/// <summary>What the listener says. Peer text in it is printable ASCII by then, and never from a data set.</summary>
internal static partial class DicomServerLog
{
    [LoggerMessage(6001, LogLevel.Information, "Listening for DICOM at {EndPoint} {How}")]
    public static partial void Listening(this ILogger log, IPEndPoint endPoint, string how);

    [LoggerMessage(6002, LogLevel.Information, "Association {AssociationId} from {CallingAeTitle} at {Remote}: {Accepted} of {Proposed} presentation contexts accepted")]
    public static partial void Accepted(this ILogger log, Guid associationId, string callingAeTitle, IPEndPoint remote, int accepted, int proposed);

    [LoggerMessage(6003, LogLevel.Information, "Association {AssociationId} from {CallingAeTitle} {Kind}: {Stored} instances stored; {Reason}")]
    public static partial void Ended(this ILogger log, Guid associationId, string callingAeTitle, AssociationEndKind kind, int stored, string reason);

    [LoggerMessage(6004, LogLevel.Warning, "Association from {CallingAeTitle} at {Remote} to {CalledAeTitle} rejected: {Why} ({LeftOut} lines like this left out before)")]
    public static partial void Rejected(this ILogger log, string callingAeTitle, IPEndPoint remote, string calledAeTitle, string why, int leftOut);

    [LoggerMessage(6005, LogLevel.Warning, "Connection from {Remote} closed: it is {Protocol} ({LeftOut} lines like this left out before)")]
    public static partial void ForeignProtocol(this ILogger log, IPEndPoint remote, string protocol, int leftOut);

    [LoggerMessage(6006, LogLevel.Information, "Connection from {Remote} ended without an association: {Why} ({LeftOut} lines like this left out before)")]
    public static partial void EndedWithoutAssociation(this ILogger log, IPEndPoint remote, string why, int leftOut);

    [LoggerMessage(6007, LogLevel.Warning, "Connection from {Remote} closed: {MaxConnections} are open ({LeftOut} lines like this left out before)")]
    public static partial void TooManyConnections(this ILogger log, int maxConnections, EndPoint? remote, int leftOut);

    [LoggerMessage(6008, LogLevel.Error, "The machine does not let us accept a connection; trying again")]
    public static partial void AcceptFailed(this ILogger log, Exception e);

    [LoggerMessage(6009, LogLevel.Error, "Association {AssociationId}: {Doing} failed")]
    public static partial void HandlerFailed(this ILogger log, Guid associationId, string doing, Exception e);

    [LoggerMessage(6010, LogLevel.Error, "Association {AssociationId}: the instance could not be written")]
    public static partial void WriteFailed(this ILogger log, Guid associationId, Exception e);

    [LoggerMessage(6011, LogLevel.Warning, "Association {AssociationId}: {CommandField} answered {Status} ({LeftOut} lines like this left out before)")]
    public static partial void NotSuccess(this ILogger log, Guid associationId, string commandField, DimseStatus status, int leftOut);

    [LoggerMessage(6012, LogLevel.Warning, "Aborting {Count} connections that did not finish in time")]
    public static partial void AbortingAssociations(this ILogger log, int count);

    [LoggerMessage(6013, LogLevel.Error, "{Count} connections did not end after their abort")]
    public static partial void ConnectionsStuck(this ILogger log, int count);

    [LoggerMessage(6014, LogLevel.Warning, "The policy chose transfer syntax {TransferSyntax} for context {ContextId}, which was not proposed; the context is refused")]
    public static partial void ChoiceNotProposed(this ILogger log, string transferSyntax, byte contextId);

    [LoggerMessage(6015, LogLevel.Warning, "Connection from {Remote} closed: TLS was not agreed on: {Why} ({LeftOut} lines like this left out before)")]
    public static partial void NoTls(this ILogger log, IPEndPoint remote, string why, int leftOut);

    [LoggerMessage(6016, LogLevel.Information, "TLS certificates read again; ours is valid until {NotAfter:u}")]
    public static partial void CertificatesReloaded(this ILogger log, DateTime notAfter);

    [LoggerMessage(6017, LogLevel.Error, "Changed TLS certificates cannot be used, the old ones stay: {Why}")]
    public static partial void CertificatesNotReloaded(this ILogger log, string why);

    // Next free id: 6018. The client has 6100.
}
