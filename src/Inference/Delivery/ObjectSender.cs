using EchoClr.Dicom.Ports;
using EchoClr.Inference.Reporting;
using EchoClr.Shared.Data;
using EchoClr.Shared.Storage;
using EchoClr.Shared.Tracing;
using Microsoft.Extensions.Logging;

namespace EchoClr.Inference.Delivery;

/// <summary>Sends the objects of a delivery: saliency cines before the report, so that a report never points to a missing object. Reads every status.</summary>
public sealed class ObjectSender(DeliveryStore deliveries, BlobStore blobs, ReportWriter writer, IDicomClient client, TimeProvider time, ILogger<ObjectSender> logger)
{
    private const ushort SopClassNotSupported = 0x0122; // PS3.7 C.5.6
    private const ushort DuplicateSopInstance = 0x0111; // PS3.7 C.5.7: it is there already; commitment will tell

    /// <summary>Sends what is not yet stored; the reason of the first failure, or null.</summary>
    public async Task<string?> SendAsync(DeliveryRow delivery, IReadOnlyList<DeliveryObjectRow> objects, DicomPeer peer, CancellationToken cancellationToken)
    {
        using var step = Steps.Start(Steps.Send, delivery.TraceId);
        try
        {
            var unsent = objects.Where(item => item.SentAt is null).ToList();
            var cines = unsent.FindAll(item => item.Kind == ResultKind.SaliencyCine);
            if (cines.Count > 0 && await StoreAsync(delivery, cines, peer, cancellationToken) is { Failure: { } cineFailure })
                return cineFailure;
            foreach (var report in unsent.Where(item => item.Kind != ResultKind.SaliencyCine))
            {
                if (await SendReportAsync(delivery, report, peer, cancellationToken) is { } reportFailure)
                    return reportFailure;
            }
            return null;
        }
        // The peer is away, or a file of ours cannot be read or rewritten: both may pass, and a person sees the reason if not.
        catch (Exception exception) when (exception is DicomNetworkException or IOException)
        {
            return exception.Message;
        }
    }

    /// <summary>The objects that the PACS's index does not find (C-FIND at image level with all unique keys).</summary>
    /// <exception cref="DicomNetworkException">The PACS could not be asked.</exception>
    public async Task<List<DeliveryObjectRow>> FindMissingAsync(DeliveryRow delivery, IReadOnlyList<DeliveryObjectRow> objects, DicomPeer peer, CancellationToken cancellationToken)
    {
        var missing = new List<DeliveryObjectRow>();
        foreach (var item in objects)
        {
            var keys = new Dictionary<string, string>
            {
                ["StudyInstanceUID"] = delivery.StudyInstanceUid, ["SeriesInstanceUID"] = item.SeriesInstanceUid, ["SOPInstanceUID"] = item.SopInstanceUid,
            };
            var matches = await client.FindAsync(peer, "IMAGE", keys, cancellationToken);
            if (!matches.Any(match => match.GetValueOrDefault("SOPInstanceUID") == item.SopInstanceUid))
                missing.Add(item);
        }
        return missing;
    }

    /// <summary>Falls back from Comprehensive 3D SR to Comprehensive SR to Enhanced SR where the peer does not take the class; the next report begins with what it took.</summary>
    private async Task<string?> SendReportAsync(DeliveryRow delivery, DeliveryObjectRow report, DicomPeer peer, CancellationToken cancellationToken)
    {
        while (true)
        {
            var (failure, classRefused) = await StoreAsync(delivery, [report], peer, cancellationToken);
            if (failure is null || !classRefused || NextClass(report) is not { } next)
                return failure;
            InferenceLog.ReportClassFellBack(logger, delivery.Destination, report.SopClassUid, next);
            var replacement = await writer.WriteReportAsync(delivery.AnalysisId, next, cancellationToken);
            await deliveries.ReplaceObjectAsync(delivery, report.ResultObjectId, replacement, time.GetUtcNow(), cancellationToken);
            report = (await deliveries.ListObjectsAsync(delivery.Id, cancellationToken)).Single(item => item.SopInstanceUid == replacement.SopInstanceUid);
        }
    }

    private static string? NextClass(DeliveryObjectRow report)
    {
        var classes = StructuredReportBuilder.SopClassPreference;
        var place = report.Kind == ResultKind.StructuredReport ? classes.ToList().IndexOf(report.SopClassUid) : -1;
        return place >= 0 && place + 1 < classes.Count ? classes[place + 1] : null;
    }

    private async Task<(string? Failure, bool ClassRefused)> StoreAsync(DeliveryRow delivery, IReadOnlyList<DeliveryObjectRow> objects, DicomPeer peer, CancellationToken cancellationToken)
    {
        var results = await client.StoreAsync(peer, [.. objects.Select(item => blobs.PathOf(item.FileKey))], progress: null, cancellationToken);
        string? failure = null;
        var classRefused = false;
        foreach (var (item, result) in objects.Zip(results))
        {
            var stored = result.Stored || result.Status?.Code == DuplicateSopInstance;
            if (result.Status is { } status)
                await deliveries.RecordObjectStatusAsync(delivery.Id, item.ResultObjectId, status.Code, stored, time.GetUtcNow(), cancellationToken);
            if (stored || failure is not null)
                continue;
            failure = $"{item.Kind} was not stored: {result.Status?.WithoutComment.ToString() ?? result.Error ?? "no answer"}";
            classRefused = result.ContextRefused || result.Status?.Code == SopClassNotSupported;
        }
        return (failure, classRefused);
    }
}
