using EchoClr.Dicom;
using EchoClr.Dicom.Ports;
using EchoClr.Ingest.Listener;
using EchoClr.Shared.Data;
using Microsoft.Extensions.Logging;

namespace EchoClr.Ingest.Commitment;

/// <summary>Answers senders that ask for storage commitment (PS3.4 J.3.2): written down first, then accepted; the report follows on their association or on one of ours.</summary>
public sealed class SenderCommitment(
    SenderCommitmentStore store, Holdings holdings, ListenerOptions listener, CommitmentOptions options, TimeProvider time, ILogger<SenderCommitment> logger)
{
    public static readonly DimseStatus InvalidArgument = new(0x0115, "Transaction UID or Referenced SOP Sequence is missing or invalid");
    public static readonly DimseStatus TooMuch = new(0x0213, "too many objects, or too many requests not yet reported");
    public static readonly DimseStatus DuplicateTransaction = new(0x0110, "this Transaction UID was used for other objects");

    /// <summary>Success says that the request is durable and will be reported, nothing about the objects.</summary>
    public async Task<DimseStatus> AcceptAsync(CommitmentRequest request, string traceId, CancellationToken cancellationToken)
    {
        if (!DicomUid.IsValid(request.TransactionUid) || request.Objects.Count == 0 || request.Objects.Any(item => !DicomUid.IsValid(item.SopClassUid) || !DicomUid.IsValid(item.SopInstanceUid)))
            return InvalidArgument;
        if (request.Objects.Count > options.MaxObjects || await store.CountWaitingAsync(request.CallingAeTitle, cancellationToken) >= options.MaxWaiting)
            return TooMuch;
        var now = time.GetUtcNow();
        var dueAt = ReportsOnItsAssociation(request) ? now + options.AnswerLimit : now;
        var row = await store.RecordAsync(request.CallingAeTitle, request.TransactionUid, Objects(request), traceId, now, dueAt, cancellationToken);
        // died here -> written down, no answer given; the report comes all the same, or the sender asks again
        return row is null ? DuplicateTransaction : DimseStatus.Success;
    }

    /// <summary>The report for the association that the request came on; null where it will be brought on one of ours.</summary>
    /// <remarks>
    /// A requestor that states its role expects the report there (PS3.7 D.3.3.4). One that does not may well break when it comes while it is releasing, so it gets it there only
    /// when no address of its own is known.
    /// </remarks>
    public async Task<CommitmentReport?> ReportHereAsync(CommitmentRequest request, CancellationToken cancellationToken)
    {
        if (!ReportsOnItsAssociation(request))
            return null;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(options.InlineLimit);
        try
        {
            return Report(request.TransactionUid, await holdings.JudgeAsync(request.CallingAeTitle, Objects(request), readBack: true, limit.Token));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null; // the request is due soon, and then nobody waits
        }
    }

    /// <summary>The sender's answer to a report on its own association.</summary>
    public async Task AnsweredAsync(string callingAeTitle, CommitmentReport report, DimseStatus status, CancellationToken cancellationToken)
    {
        if (!status.IsSuccess && !status.IsWarning)
            return; // it becomes due, and is brought on an association of ours
        await store.RecordReportedAsync(callingAeTitle, report.TransactionUid, report.Committed.Count, report.Failed.Count, time.GetUtcNow(), cancellationToken);
        CommitmentLog.Reported(logger, report.TransactionUid, callingAeTitle, report.Committed.Count, report.Failed.Count);
    }

    internal static CommitmentReport Report(string transactionUid, IReadOnlyList<ReportedObject> judged) => new(
        transactionUid,
        [.. judged.Where(item => item.FailureReason is null).Select(item => new SopReference(item.SopClassUid, item.SopInstanceUid))],
        [.. judged.Where(item => item.FailureReason is not null).Select(item => (new SopReference(item.SopClassUid, item.SopInstanceUid), (ushort)item.FailureReason!))]);

    private bool ReportsOnItsAssociation(CommitmentRequest request) => request.RoleStated || listener.ReportAddressOf(request.CallingAeTitle) is null;

    private static ReportedObject[] Objects(CommitmentRequest request) =>
        [.. request.Objects.DistinctBy(item => item.SopInstanceUid).Select(item => new ReportedObject { SopClassUid = item.SopClassUid, SopInstanceUid = item.SopInstanceUid })];
}
