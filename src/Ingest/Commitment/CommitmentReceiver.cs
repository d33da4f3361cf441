using EchoClr.Dicom.Ports;
using EchoClr.Shared.Contracts;
using EchoClr.Shared.Data;
using EchoClr.Shared.Messaging;
using EchoClr.Shared.Tracing;

namespace EchoClr.Ingest.Commitment;

/// <summary>Takes storage commitment reports for requests of ours (PS3.4 J.3.3): written down first, then answered; Inference/Delivery draws the conclusions.</summary>
public sealed class CommitmentReceiver(CommitmentStore commitments, Publisher publisher, TimeProvider time)
{
    /// <summary>Processing failure: nobody here asked. Nothing is kept, so that a peer cannot fill the table.</summary>
    public static readonly DimseStatus UnknownTransaction = new(0x0110, "no request of this Transaction UID was made here");

    public async Task<DimseStatus> ReceiveAsync(CommitmentReport report, CancellationToken cancellationToken)
    {
        var objects = report.Committed.Select(item => new ReportedObject { SopClassUid = item.SopClassUid, SopInstanceUid = item.SopInstanceUid })
            // An object in both lists is one that the PACS does not vouch for.
            .Where(item => report.Failed.All(failed => failed.Object.SopInstanceUid != item.SopInstanceUid))
            .Concat(report.Failed.Select(failed => new ReportedObject { SopClassUid = failed.Object.SopClassUid, SopInstanceUid = failed.Object.SopInstanceUid, FailureReason = failed.FailureReason }))
            .ToList();
        using var step = Steps.Start(Steps.ReceiveCommitment);
        var row = await commitments.RecordReportAsync(report.TransactionUid, objects, time.GetUtcNow(), cancellationToken);
        if (row is null)
            return UnknownTransaction;
        // died here -> recorded, no answer given; the PACS reports again, and the reconciler publishes
        await publisher.PublishAsync(new CommitmentReported { TransactionUid = row.TransactionUid, TraceId = row.TraceId }, cancellationToken);
        return DimseStatus.Success;
    }
}
