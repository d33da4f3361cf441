using System.Net;

namespace EchoClr.Dicom.Ports;

/// <summary>The DICOM listener. One implementation owns a socket; what it receives goes to an <see cref="IDicomServerHandler"/>.</summary>
public interface IDicomServer : IAsyncDisposable
{
    /// <summary>Where the listener is bound; the port is the real one also when 0 was asked for.</summary>
    IPEndPoint LocalEndPoint { get; }

    /// <summary>Where it is bound for TLS; null where it is not. The same as <see cref="LocalEndPoint"/> where nothing else is taken.</summary>
    IPEndPoint? TlsEndPoint { get; }

    /// <summary>Binds and begins to accept associations.</summary>
    Task StartAsync(CancellationToken cancellationToken);

    /// <summary>Stops accepting, lets associations finish until <paramref name="cancellationToken"/> fires, then aborts them.</summary>
    Task StopAsync(CancellationToken cancellationToken);
}

/// <summary>What the application decides and does for a listener. Implementations are called concurrently, one call at a time per association.</summary>
public interface IDicomServerHandler
{
    /// <summary>Accepts or rejects a proposed association (PS3.8 9.3.2–9.3.4).</summary>
    AssociationDecision Decide(AssociationRequest request);

    /// <summary>Gives the path of a new file that the listener may write the coming instance to, as a Part 10 file. Null answers A700 (out of resources): not now.</summary>
    string? CreateStoreFile(StoreRequest request);

    /// <summary>Takes over a whole received file, makes it durable, and answers the C-STORE status. A file that was not taken over is deleted by the listener.</summary>
    ValueTask<DimseStatus> StoreAsync(ReceivedInstance instance, CancellationToken cancellationToken);

    /// <summary>An N-EVENT-REPORT of the Storage Commitment Push Model arrived (PS3.4 Annex J), on whichever association.</summary>
    ValueTask<DimseStatus> CommitmentReportedAsync(CommitmentReport report, CancellationToken cancellationToken);

    /// <summary>An N-ACTION of the Storage Commitment Push Model asks for commitment. Success means that it will be reported, nothing about the objects. By default nobody is answered that.</summary>
    ValueTask<DimseStatus> CommitmentRequestedAsync(CommitmentRequest request, CancellationToken cancellationToken) =>
        ValueTask.FromResult(new DimseStatus(0x0123, "storage commitment is not offered here")); // PS3.7 C.5.10: no such action

    /// <summary>After the answer to an accepted request: the report to send on its association, or null when it will be brought on another one.</summary>
    ValueTask<CommitmentReport?> ReportCommitmentAsync(CommitmentRequest request, CancellationToken cancellationToken) => ValueTask.FromResult<CommitmentReport?>(null);

    /// <summary>The requestor answered a report that <see cref="ReportCommitmentAsync"/> gave. Not called when the association ended first.</summary>
    ValueTask CommitmentReportAnsweredAsync(CommitmentRequest request, CommitmentReport report, DimseStatus status, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>A caller did not get as far as an association: TLS was not agreed on. One clause says why. For those who keep a trail of it.</summary>
    void TlsRefused(IPEndPoint remote, string why) { }

    /// <summary>The association is over, and how.</summary>
    void AssociationEnded(AssociationEnd end);
}

/// <summary>Sends DICOM requests to a peer. Every response status is read and returned; transport failures throw <see cref="DicomNetworkException"/>.</summary>
public interface IDicomClient
{
    Task<EchoResult> EchoAsync(DicomPeer peer, CancellationToken cancellationToken);

    /// <summary>Sends Part 10 files over one association, in their own transfer syntaxes. One result a file, in order; a file whose context was refused has no status.</summary>
    Task<IReadOnlyList<StoreResult>> StoreAsync(DicomPeer peer, IReadOnlyList<string> files, IProgress<StoreResult>? progress, CancellationToken cancellationToken);

    /// <summary>Study Root C-FIND. <paramref name="keys"/> maps tag keywords to matching values ("" = return key); so do the answers.</summary>
    Task<IReadOnlyList<IReadOnlyDictionary<string, string>>> FindAsync(DicomPeer peer, string level, IReadOnlyDictionary<string, string> keys, CancellationToken cancellationToken);

    /// <summary>
    /// Study Root C-MOVE: asks the peer to send what <paramref name="keys"/> name to another application entity, which may be our own listener. Any final
    /// status is returned, with what it counts; a peer that takes too long is sent a C-CANCEL.
    /// </summary>
    /// <param name="destinationAeTitle">The peer must know its address.</param>
    /// <param name="keys">The unique keys of the level and of those above it, nothing else; several values of the level's own key are joined by a backslash (PS3.4 C.4.2.2.1).</param>
    Task<MoveResult> MoveAsync(
        DicomPeer peer, string destinationAeTitle, string level, IReadOnlyDictionary<string, string> keys, IProgress<MoveCounts>? progress, CancellationToken cancellationToken);

    /// <summary>N-EVENT-REPORT of the Storage Commitment Push Model, as its SCP: brings a report to whoever asked for it. The status that it was answered.</summary>
    Task<DimseStatus> ReportCommitmentAsync(DicomPeer peer, CommitmentReport report, CancellationToken cancellationToken);

    /// <summary>N-ACTION of the Storage Commitment Push Model. A report that arrives on the same association while it is open is returned; else it comes to the listener.</summary>
    Task<CommitmentRequestResult> RequestCommitmentAsync(DicomPeer peer, string transactionUid, IReadOnlyList<SopReference> objects, CancellationToken cancellationToken);
}

/// <summary>A remote application entity, and the AE title that we call it with.</summary>
public sealed record DicomPeer(string AeTitle, string Host, int Port, string CallingAeTitle)
{
    /// <summary>How it is called by TLS; null calls it without.</summary>
    public TlsPeerFiles? Tls { get; init; }
}

/// <summary>An A-ASSOCIATE-RQ as the policy sees it.</summary>
public sealed record AssociationRequest(Guid AssociationId, string CallingAeTitle, string CalledAeTitle, IPEndPoint RemoteEndPoint, IReadOnlyList<ProposedContext> Contexts)
{
    /// <summary>What the caller proved to be by TLS; null on a connection without.</summary>
    public PeerCertificate? Certificate { get; init; }
}

/// <summary>One proposed presentation context.</summary>
public sealed record ProposedContext(byte Id, string AbstractSyntax, IReadOnlyList<string> TransferSyntaxes);

/// <summary>The policy's answer: a rejection in the standard's words, or the SOP classes that may be used.</summary>
public sealed record AssociationDecision(AssociationRejection? Rejection, Func<ProposedContext, ContextDecision> Context)
{
    public static AssociationDecision Reject(AssociationRejection rejection) => new(rejection, _ => ContextDecision.AbstractSyntaxNotSupported);
}

/// <summary>Result and reason of a presentation context (PS3.8 Table 9-18), with the transfer syntax when accepted.</summary>
public sealed record ContextDecision(byte Result, string? TransferSyntax)
{
    public static readonly ContextDecision AbstractSyntaxNotSupported = new(3, null);
    public static readonly ContextDecision TransferSyntaxesNotSupported = new(4, null);
    public static ContextDecision Accept(string transferSyntax) => new(0, transferSyntax);
}

/// <summary>Result, source and reason of an A-ASSOCIATE-RJ (PS3.8 Table 9-21).</summary>
public sealed record AssociationRejection(byte Result, byte Source, byte Reason, string Why)
{
    public static readonly AssociationRejection CallingAeTitleNotRecognized = new(1, 1, 3, "calling AE title not recognized");
    public static readonly AssociationRejection CalledAeTitleNotRecognized = new(1, 1, 7, "called AE title not recognized");
    public static readonly AssociationRejection TemporaryCongestion = new(2, 3, 1, "temporary congestion");
    public static readonly AssociationRejection LocalLimitExceeded = new(2, 3, 2, "local limit exceeded");
}

/// <summary>A C-STORE-RQ before its data set.</summary>
public sealed record StoreRequest(Guid AssociationId, string CallingAeTitle, string CalledAeTitle, string SopClassUid, string SopInstanceUid, string TransferSyntaxUid);

/// <summary>A received instance: a Part 10 file whose data set bytes are exactly those of the wire. Not yet flushed to disk.</summary>
/// <param name="Path">The file that <see cref="IDicomServerHandler.CreateStoreFile"/> named.</param>
/// <param name="DatasetOffset">Where the data set begins in the file.</param>
/// <param name="DatasetSha256">Lower-case hex SHA-256 of the data set bytes.</param>
public sealed record ReceivedInstance(StoreRequest Request, string Path, long DatasetOffset, long DatasetLength, string DatasetSha256)
{
    /// <summary>The file's first bytes, where the listener still has them: a header that ends here need not be read from the disk. Only during the call.</summary>
    public ReadOnlyMemory<byte> Beginning { get; init; }
}

/// <summary>A storage commitment result: what the PACS holds, and what it does not, with Failure Reasons (PS3.3 C.14).</summary>
public sealed record CommitmentReport(string TransactionUid, IReadOnlyList<SopReference> Committed, IReadOnlyList<(SopReference Object, ushort FailureReason)> Failed);

/// <summary>A request for storage commitment (PS3.4 Table J.3-1).</summary>
/// <param name="TransactionUid">The requestor's own; empty where it gave none.</param>
/// <param name="RoleStated">The requestor negotiated its SCU role explicitly: it is prepared for the report on this association.</param>
public sealed record CommitmentRequest(Guid AssociationId, string CallingAeTitle, string TransactionUid, IReadOnlyList<SopReference> Objects, bool RoleStated);

public sealed record SopReference(string SopClassUid, string SopInstanceUid);

public enum AssociationEndKind
{
    Rejected,
    Released,
    AbortedByPeer,
    AbortedByUs,
    ConnectionLost,
}

/// <param name="InstancesStored">C-STORE requests answered 0000 or with a warning on this association.</param>
public sealed record AssociationEnd(Guid AssociationId, string CallingAeTitle, AssociationEndKind Kind, string Reason, int InstancesStored);

/// <summary>A DIMSE status (PS3.7 Annex C, PS3.4 B.2.3) and an Error Comment (0000,0902) of at most 64 characters.</summary>
public readonly record struct DimseStatus(ushort Code, string? ErrorComment = null)
{
    public static readonly DimseStatus Success = new(0x0000);
    public bool IsSuccess => Code == 0;
    /// <summary>Warnings are 0001, Bxxx, 0107 and 0116 (PS3.7 C.2).</summary>
    public bool IsWarning => Code is 0x0001 or 0x0107 or 0x0116 || (Code & 0xF000) == 0xB000;
    /// <summary>For logs and tables: the comment of a peer may name a patient ("Anna Meier is unknown here").</summary>
    public DimseStatus WithoutComment => new(Code);

    /// <summary>The standard's words for the code; null for one that it does not define.</summary>
    public string? Meaning => StatusMeaning.Of(Code);

    public override string ToString() => (Meaning, ErrorComment) switch
    {
        (null, null) => $"{Code:X4}H",
        (null, { } said) => $"{Code:X4}H ({said})",
        ({ } meaning, null) => $"{Code:X4}H ({meaning})",
        ({ } meaning, { } said) => $"{Code:X4}H ({meaning}: {said})",
    };
}

public sealed record EchoResult(DimseStatus Status, TimeSpan RoundTrip);

/// <param name="Status">Null when no presentation context was accepted for the file, or the association ended before its response.</param>
public sealed record StoreResult(string File, string SopInstanceUid, DimseStatus? Status, string? Error)
{
    /// <summary>The peer accepted the association but no presentation context for this file's SOP class and transfer syntax: another class may do.</summary>
    public bool ContextRefused { get; init; }

    /// <summary>From the last byte of the data set to the response; zero where there was none.</summary>
    public TimeSpan ResponseTime { get; init; }

    public bool Stored => Status is { } status && (status.IsSuccess || status.IsWarning);
}

/// <summary>The sub-operations (C-STORE) of a C-MOVE so far; 0 where the peer does not say (PS3.4 C.4.2.1.6–9).</summary>
public sealed record MoveCounts(int Remaining, int Completed, int Failed, int Warning);

/// <param name="Status">The final one (PS3.4 Table C.4-2): 0000 all done, B000 some failed, FE00 cancelled, anything else refused.</param>
/// <param name="FailedSopInstanceUids">What the peer says that it could not send; empty where it does not say.</param>
public sealed record MoveResult(DimseStatus Status, MoveCounts Counts, IReadOnlyList<string> FailedSopInstanceUids);

/// <param name="Report">The report, when it came on the same association.</param>
public sealed record CommitmentRequestResult(DimseStatus Status, CommitmentReport? Report);

/// <summary>The association could not be made, was rejected or was lost.</summary>
public sealed class DicomNetworkException : Exception
{
    /// <summary>The peer said that asking again is of no use until somebody changes its settings or ours (PS3.8 9.3.4: rejected-permanent).</summary>
    public bool Permanent { get; init; }

    public DicomNetworkException(string message) : base(message) { }
    public DicomNetworkException(string message, Exception innerException) : base(message, innerException) { }
    public DicomNetworkException() { }
}
