using EchoClr.Dicom;
using EchoClr.Dicom.Ports;
using EchoClr.Inference.Reporting;
using EchoClr.Shared.Data;
using EchoClr.Shared.Storage;
using EchoClr.Shared.Tracing;
using Microsoft.Extensions.Logging;

namespace EchoClr.Inference.Delivery;

/// <summary>
/// Sends the objects of a delivery: pictures before the report, so that a report never points to a missing object. Reads every status, and gives a PACS that does not
/// take a SOP class the next plainer one.
/// </summary>
public sealed class ObjectSender(DeliveryStore deliveries, BlobStore blobs, ReportWriter writer, ResultFiles files, IDicomClient client, TimeProvider time, ILogger<ObjectSender> logger)
{
    private const ushort SopClassNotSupported = 0x0122; // PS3.7 C.5.6
    private const ushort NotAuthorized = 0x0124; // PS3.7 C.5.18
    private const ushort DuplicateSopInstance = 0x0111; // PS3.7 C.5.7: it is there already; commitment will tell

    /// <summary>Sends what is not yet stored; the first failure, or null.</summary>
    public async Task<SendFailure?> SendAsync(DeliveryRow delivery, IReadOnlyList<DeliveryObjectRow> objects, DicomPeer peer, CancellationToken cancellationToken)
    {
        using var step = Steps.Start(Steps.Send, delivery.TraceId);
        try
        {
            var (failure, current) = await SendPicturesAsync(delivery, objects, peer, cancellationToken);
            if (failure is not null)
                return failure;
            foreach (var report in current.Where(item => item.SentAt is null && item.Kind != ResultKind.SaliencyCine))
            {
                if (await SendReportAsync(delivery, report, current, peer, cancellationToken) is { } reportFailure)
                    return reportFailure;
            }
            return null;
        }
        catch (DicomNetworkException exception)
        {
            return new SendFailure(exception.Message, exception.Permanent, NoAssociation: true);
        }
        // A file of ours cannot be read or rewritten: it may pass, and a person sees the reason if not.
        catch (IOException exception)
        {
            return new SendFailure(exception.Message);
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

    /// <summary>Falls back from cine to key frame to no picture. The objects as they are then, and why it did not get on.</summary>
    private async Task<(SendFailure? Failure, IReadOnlyList<DeliveryObjectRow> Objects)> SendPicturesAsync(
        DeliveryRow delivery, IReadOnlyList<DeliveryObjectRow> objects, DicomPeer peer, CancellationToken cancellationToken)
    {
        while (true)
        {
            var pictures = objects.Where(item => item.SentAt is null && item.Kind == ResultKind.SaliencyCine).ToList();
            if (pictures.Count == 0)
                return (null, objects);
            var (failure, classRefused) = await StoreAsync(delivery, pictures, peer, cancellationToken);
            // A report that the PACS took already points to these pictures: then only they will do.
            var report = objects.FirstOrDefault(item => item.Kind == ResultKind.StructuredReport);
            if (failure is null || !classRefused || report is null || WasTaken(report) || SaliencyForms.After(SaliencyForms.Of(pictures[0].SopClassUid)) is not { } next)
                return (failure, objects);
            InferenceLog.SaliencyFellBack(logger, delivery.Destination, NameOf(pictures[0].SopClassUid), next.ToString());
            var rendered = await writer.RenderAsync(delivery.AnalysisId, next, report.SopClassUid, cancellationToken);
            await deliveries.ReplaceObjectsAsync(delivery, rendered, time.GetUtcNow(), cancellationToken);
            await files.DropUnnamedAsync(rendered, cancellationToken); // another destination may have fallen back to the same before
            objects = await deliveries.ListObjectsAsync(delivery.Id, cancellationToken);
        }
    }

    /// <summary>Falls back from Comprehensive 3D SR to Comprehensive SR to Enhanced SR where the peer does not take the class; the next report begins with what it took.</summary>
    private async Task<SendFailure?> SendReportAsync(DeliveryRow delivery, DeliveryObjectRow report, IReadOnlyList<DeliveryObjectRow> objects, DicomPeer peer, CancellationToken cancellationToken)
    {
        ObjectReference[] pictures = [.. objects.Where(item => item.Kind == ResultKind.SaliencyCine).Select(item => new ObjectReference(item.SopClassUid, item.SopInstanceUid, item.SeriesInstanceUid))];
        while (true)
        {
            var (failure, classRefused) = await StoreAsync(delivery, [report], peer, cancellationToken);
            if (failure is null || !classRefused || NextClass(report) is not { } next)
                return failure;
            InferenceLog.ReportClassFellBack(logger, delivery.Destination, NameOf(report.SopClassUid), NameOf(next));
            var replacement = await writer.RenderReportAsync(delivery.AnalysisId, pictures, next, cancellationToken);
            await deliveries.ReplaceObjectAsync(delivery, report.ResultObjectId, replacement, time.GetUtcNow(), cancellationToken);
            await files.DropUnnamedAsync([replacement], cancellationToken);
            report = (await deliveries.ListObjectsAsync(delivery.Id, cancellationToken)).Single(item => item.SopInstanceUid == replacement.SopInstanceUid);
        }
    }

    private static string? NextClass(DeliveryObjectRow report)
    {
        var classes = StructuredReportBuilder.SopClassPreference;
        var place = report.Kind == ResultKind.StructuredReport ? classes.ToList().IndexOf(report.SopClassUid) : -1;
        return place >= 0 && place + 1 < classes.Count ? classes[place + 1] : null;
    }

    private async Task<(SendFailure? Failure, bool ClassRefused)> StoreAsync(DeliveryRow delivery, IReadOnlyList<DeliveryObjectRow> objects, DicomPeer peer, CancellationToken cancellationToken)
    {
        var results = await client.StoreAsync(peer, [.. objects.Select(item => blobs.PathOf(item.FileKey))], progress: null, cancellationToken);
        SendFailure? failure = null;
        var classRefused = false;
        foreach (var (item, result) in objects.Zip(results))
        {
            var stored = result.Stored || result.Status?.Code == DuplicateSopInstance;
            if (result.Status is { } status)
                await deliveries.RecordObjectStatusAsync(delivery.Id, item.ResultObjectId, status.Code, stored, time.GetUtcNow(), cancellationToken);
            if (stored && result.Status is { IsSuccess: false } warning)
                InferenceLog.TakenWithWarning(logger, delivery.Destination, NameOf(item.SopClassUid), delivery.Id, warning.WithoutComment.ToString());
            if (stored || failure is not null)
                continue;
            classRefused = result.ContextRefused || result.Status?.Code == SopClassNotSupported;
            failure = new SendFailure(
                result.Status is { } answer ? $"{delivery.Destination} answered {answer.WithoutComment} to an object of {NameOf(item.SopClassUid)}" : result.Error ?? "no answer",
                Permanent: classRefused || result.Status is { } refusal && IsPermanent(refusal.Code));
        }
        return (failure, classRefused);
    }

    /// <summary>The object, not the moment, is at fault: the same bytes will be refused again.</summary>
    private static bool IsPermanent(ushort status) => status is NotAuthorized or >= 0xA900 and <= 0xA9FF or >= 0xC000 and <= 0xCFFF;

    private static bool WasTaken(DeliveryObjectRow item) => item.Status is { } code && new DimseStatus((ushort)code) is { IsSuccess: true } or { IsWarning: true };

    private static string NameOf(string sopClassUid) => DicomUid.NameOf(sopClassUid) ?? sopClassUid;
}
