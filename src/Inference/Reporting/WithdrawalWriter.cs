using EchoClr.Dicom;
using EchoClr.Shared.Contracts;
using EchoClr.Shared.Data;
using EchoClr.Shared.Messaging;
using EchoClr.Shared.Storage;
using Microsoft.Extensions.Logging;

namespace EchoClr.Inference.Reporting;

/// <summary>Writes what withdraws a report, for each destination that was sent one: in the SOP class that it took, with a rejection note where one was asked for. Delivered like any result.</summary>
public sealed class WithdrawalWriter(
    WithdrawalStore withdrawals, AnalysisStore analyses, DeliveryStore deliveries, BlobStore blobs, ResultFiles files, Publisher publisher, Pipeline pipeline, TimeProvider time, ILogger<WithdrawalWriter> logger)
{
    /// <summary>After a withdrawal that could not be written: a disk that is away comes back in minutes, and an error in the log every two seconds helps nobody.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    private readonly Dictionary<long, DateTimeOffset> _notBefore = [];

    /// <summary>Writes every withdrawal that an administrator asked for since.</summary>
    public async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        foreach (var withdrawal in await withdrawals.ListUnwrittenAsync(cancellationToken))
        {
            if (_notBefore.TryGetValue(withdrawal.AnalysisId, out var due) && time.GetUtcNow() < due)
                continue;
            try
            {
                await WriteAsync(withdrawal, cancellationToken);
            }
            // The withdrawn report cannot be read, or the new one not written: nothing of it is sent meanwhile.
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or DicomFormatException)
            {
                _notBefore[withdrawal.AnalysisId] = time.GetUtcNow() + Pause;
                InferenceLog.NotWithdrawn(logger, withdrawal.AnalysisId, exception.Message);
            }
        }
    }

    private async Task WriteAsync(WithdrawalRow withdrawal, CancellationToken cancellationToken)
    {
        var analysis = await analyses.FindAsync(withdrawal.AnalysisId, cancellationToken) ?? throw new InvalidOperationException($"analysis {withdrawal.AnalysisId} is gone");
        var superseding = new List<WithdrawnDelivery>();
        foreach (var delivery in await deliveries.ListOfAnalysisAsync(analysis.Id, cancellationToken))
        {
            if (delivery.State == DeliveryState.Sending)
                return; // what is under way comes to rest first
            var sent = await deliveries.ListObjectsAsync(delivery.Id, cancellationToken);
            if (delivery.Attempts > 0 || sent.Any(item => item.Status is not null))
                superseding.Add(new WithdrawnDelivery(delivery, Write(withdrawal, sent)));
        }
        // died here -> files without rows, which are swept; the withdrawal is written once more
        var recorded = await withdrawals.RecordWrittenAsync(analysis, superseding, time.GetUtcNow(), cancellationToken);
        await files.DropUnnamedAsync([.. superseding.SelectMany(delivery => delivery.Objects)], cancellationToken);
        if (!recorded)
            return; // a delivery moved meanwhile: the next sweep looks again
        InferenceLog.Withdrawn(logger, analysis.Id, superseding.Count);
        // died here -> rows without a message; the delivery sweeper finds them
        await publisher.PublishAsync(new ReportWritten { AnalysisId = analysis.Id, TraceId = analysis.TraceId }, cancellationToken);
    }

    private List<NewResultObject> Write(WithdrawalRow withdrawal, IReadOnlyList<DeliveryObjectRow> sent)
    {
        var report = DicomFile.Read(blobs.PathOf(sent.Single(item => item.Kind != ResultKind.SaliencyCine).FileKey)).Dataset;
        List<NewResultObject> objects =
            [files.Write(ResultKind.Withdrawal, WithdrawalBuilder.Build(report, pipeline, withdrawal.WithdrawnBy, withdrawal.Reason, withdrawal.WithdrawnAt))];
        if (withdrawal.RejectionCode is { } code)
        {
            ObjectReference[] rejected = [.. sent.Select(item => new ObjectReference(item.SopClassUid, item.SopInstanceUid, item.SeriesInstanceUid))];
            objects.Add(files.Write(ResultKind.RejectionNote, RejectionNoteBuilder.Build(
                report, rejected, code, pipeline, withdrawal.WithdrawnBy, withdrawal.Reason, withdrawal.WithdrawnAt)));
        }
        return objects;
    }
}
