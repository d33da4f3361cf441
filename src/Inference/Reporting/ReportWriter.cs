using EchoClr.Shared.Tracing;
using EchoClr.Dicom;
using EchoClr.Dicom.Codecs;
using EchoClr.Inference.Analysis;
using EchoClr.Inference.Signals;
using EchoClr.Shared.Contracts;
using EchoClr.Shared.Data;
using EchoClr.Shared.Messaging;
using EchoClr.Shared.Storage;
using Microsoft.Extensions.Logging;

namespace EchoClr.Inference.Reporting;

/// <summary>Writes the objects of an analysis durably, and one delivery for each destination. Done twice, it writes the same bytes.</summary>
public sealed class ReportWriter(
    AnalysisStore analyses, StudyStore studies, DeliveryStore deliveries, DestinationHoldStore holds, SignalStore earlierSignals, SignalTargets signals, PresentPatient patients, BlobStore blobs, ResultFiles files, Publisher publisher,
    InferenceOptions options, Pipeline pipeline, CodecOptions codec, TimeProvider time, ILogger<ReportWriter> logger)
{
    /// <summary>The report step of an analysis. Does nothing where it was done before.</summary>
    public async Task WriteAsync(long analysisId, CancellationToken cancellationToken)
    {
        if (await analyses.FindAsync(analysisId, cancellationToken) is not { ReportedAt: null } analysis)
            return;
        // Overtaken by a later version with other cines while it was analysed: the later report is the one to send.
        var (objects, wanted) = await studies.StandsAsync(analysis.StudyVersionId, cancellationToken) ? await WriteFilesAsync(analysis, cancellationToken) : ([], []);
        // died here -> files without rows, which are swept; the report is written once more
        using (Steps.Start(Steps.RecordReport, analysis.TraceId))
        {
            var recorded = await deliveries.RecordReportAsync(analysis, objects, wanted, time.GetUtcNow(), cancellationToken, signals.All);
            await files.DropUnnamedAsync(objects, cancellationToken);
            if (!recorded)
                return;
        }
        InferenceLog.ReportWritten(logger, analysisId, objects.Count, wanted.Count);
        // died here -> rows without a message; the delivery sweeper finds them
        await publisher.PublishAsync(new ReportWritten { AnalysisId = analysisId, TraceId = analysis.TraceId }, cancellationToken);
        foreach (var parked in (await deliveries.ListOfAnalysisAsync(analysisId, cancellationToken)).Where(delivery => delivery.State == DeliveryState.Parked))
        {
            InferenceLog.DeliveryParked(logger, parked.Id, parked.Destination, parked.Reason ?? "");
            await publisher.PublishAsync(new DeliveryParked { DeliveryId = parked.Id, TraceId = parked.TraceId }, cancellationToken);
        }
    }

    /// <summary>The objects of an analysis as one destination takes them, in the order of sending: pictures in a form, then a report in a SOP class that points to them.</summary>
    public async Task<IReadOnlyList<NewResultObject>> RenderAsync(long analysisId, SaliencyForm form, string reportSopClassUid, CancellationToken cancellationToken)
    {
        var analysis = await analyses.FindAsync(analysisId, cancellationToken) ?? throw new InvalidOperationException($"analysis {analysisId} is gone");
        var details = AnalysisDetails.FromJson(analysis.Details!);
        var paths = await PathsAsync(analysis, cancellationToken);
        var builder = await BuilderAsync(analysis, details, reportSopClassUid, cancellationToken);
        var pictures = await RenderPicturesAsync(builder, form, paths, cancellationToken);
        return [.. pictures, Render(builder, details, paths, [.. pictures.Select(Reference)], reportSopClassUid)];
    }

    /// <summary>The report alone in another SOP class, pointing to pictures that are written.</summary>
    public async Task<NewResultObject> RenderReportAsync(long analysisId, IReadOnlyList<ObjectReference> pictures, string sopClassUid, CancellationToken cancellationToken)
    {
        var analysis = await analyses.FindAsync(analysisId, cancellationToken) ?? throw new InvalidOperationException($"analysis {analysisId} is gone");
        var details = AnalysisDetails.FromJson(analysis.Details!);
        return Render(await BuilderAsync(analysis, details, sopClassUid, cancellationToken), details, await PathsAsync(analysis, cancellationToken), pictures, sopClassUid);
    }

    private async Task<(List<NewResultObject>, List<NewDelivery>)> WriteFilesAsync(AnalysisRow analysis, CancellationToken cancellationToken)
    {
        using var step = Steps.Start(Steps.WriteReport, analysis.TraceId);
        return analysis.State == AnalysisState.Analyzed ? await WriteFindingsAsync(analysis, cancellationToken) : await WriteReasonAsync(analysis, cancellationToken);
    }

    private async Task<(List<NewResultObject>, List<NewDelivery>)> WriteFindingsAsync(AnalysisRow analysis, CancellationToken cancellationToken)
    {
        var details = AnalysisDetails.FromJson(analysis.Details!);
        var paths = await PathsAsync(analysis, cancellationToken);
        var patient = await patients.SettleAsync(analysis, () => details.Findings.Select(finding => Header(paths(finding.KeyFrame.Source))), cancellationToken);
        var pictures = new Dictionary<SaliencyForm, IReadOnlyList<NewResultObject>>();
        var reports = new Dictionary<(SaliencyForm, string), NewResultObject>();
        var wanted = new List<NewDelivery>();
        var held = await HeldAsync(cancellationToken);
        foreach (var destination in options.Destinations.Where(destination => destination.State != DestinationState.Off))
        {
            var rendered = await RenderOnceAsync(destination.Saliency, await ReportClassAsync(destination, cancellationToken));
            var isHeld = destination.State == DestinationState.Hold || held.Contains(destination.Name);
            wanted.Add(new NewDelivery(destination.Name, isHeld, [.. rendered.Select(item => item.SopInstanceUid)]) { ParkedBecause = Objection(patient) });
        }
        if (reports.Count == 0) // nobody wants it now; a person can still read it
            await RenderOnceAsync(SaliencyForm.Cine, StructuredReportBuilder.SopClassPreference[0]);
        return ([.. pictures.Values.SelectMany(items => items), .. reports.Values], wanted);

        // Destinations that take the same share the files.
        async Task<List<NewResultObject>> RenderOnceAsync(SaliencyForm form, string sopClassUid)
        {
            var builder = await BuilderAsync(analysis, details, sopClassUid, cancellationToken);
            if (!pictures.TryGetValue(form, out var shown))
                pictures.Add(form, shown = await RenderPicturesAsync(builder, form, paths, cancellationToken));
            if (!reports.TryGetValue((form, sopClassUid), out var report))
                reports.Add((form, sopClassUid), report = Render(builder, details, paths, [.. shown.Select(Reference)], sopClassUid));
            return [.. shown, report];
        }
    }

    private async Task<IReadOnlyList<NewResultObject>> RenderPicturesAsync(ResultBuilder builder, SaliencyForm form, Func<ObjectReference, string> paths, CancellationToken cancellationToken) =>
        [.. (await builder.BuildSaliencyAsync(form, paths, codec, time, cancellationToken)).Select(file => files.Write(ResultKind.SaliencyCine, file))];

    private NewResultObject Render(ResultBuilder builder, AnalysisDetails details, Func<ObjectReference, string> paths, IReadOnlyList<ObjectReference> pictures, string sopClassUid) =>
        files.Write(ResultKind.StructuredReport, builder.BuildReport(Header(paths(details.Findings[0].KeyFrame.Source)), pictures, sopClassUid));

    private static ObjectReference Reference(NewResultObject item) => new(item.SopClassUid, item.SopInstanceUid, item.SeriesInstanceUid);

    private async Task<(List<NewResultObject>, List<NewDelivery>)> WriteReasonAsync(AnalysisRow analysis, CancellationToken cancellationToken)
    {
        // A destination that never asked for a text must still hear that the findings it was sent no longer stand.
        var told = await deliveries.ListEarlierDestinationsAsync(analysis, cancellationToken);
        var asking = options.Destinations.Where(destination => destination.State != DestinationState.Off && (destination.TextReportWhenNotAnalyzed || told.Contains(destination.Name))).ToList();
        // A signal speaks of a report, also where no destination takes one.
        var wished = asking.Count > 0 || signals.All.Any(wish => wish.NotAnalyzed) || (await earlierSignals.ListOfStudyAsync(analysis.StudyInstanceUid, cancellationToken)).Count > 0;
        var header = wished ? await AnyHeaderAsync(analysis, cancellationToken) : null;
        if (header is null)
            return ([], []);
        var held = await HeldAsync(cancellationToken);
        var patient = await patients.SettleAsync(analysis, () => [header.Clone()], cancellationToken);
        if (asking.Count == 0 && Objection(patient) is not null)
            return ([], []); // a signal would name the wrong patient, and there is no delivery to park for a person
        var builder = await BuilderAsync(analysis, AnalysisDetails.FromJson(analysis.Details!), SopClasses.BasicTextSRStorage, cancellationToken);
        var report = files.Write(ResultKind.TextReport, builder.BuildTextReport(header, analysis.Reason!));
        return ([report], [.. asking.Select(destination =>
            new NewDelivery(destination.Name, destination.State == DestinationState.Hold || held.Contains(destination.Name), [report.SopInstanceUid]) { ParkedBecause = Objection(patient) })]);
    }

    private static string? Objection(ReportPatientRow? patient) => patient is { Verdict: PatientVerdict.Other } ? patient.Reason : null;

    private async Task<HashSet<string>> HeldAsync(CancellationToken cancellationToken) => [.. (await holds.ListAsync(cancellationToken)).Select(hold => hold.Destination)];

    /// <summary>Numbers the report and names its predecessor: of the same class where there is one, since that is what the destination holds.</summary>
    private async Task<ResultBuilder> BuilderAsync(AnalysisRow analysis, AnalysisDetails details, string sopClassUid, CancellationToken cancellationToken)
    {
        var earlier = await deliveries.ListEarlierReportsAsync(analysis, cancellationToken);
        var newest = earlier.FirstOrDefault(report => report.UnderWay)?.AnalysisId;
        var candidates = earlier.Where(report => report.UnderWay && report.AnalysisId == newest).ToList();
        var predecessor = candidates.Find(report => report.SopClassUid == sopClassUid) ?? (candidates.Count > 0 ? candidates[0] : null);
        var first = earlier.Count > 0 ? await analyses.FindAsync(earlier[^1].AnalysisId, cancellationToken) : null;
        return new ResultBuilder(details, pipeline, options.SaliencyModality, TimeZoneInfo.Local)
        {
            InstanceNumber = earlier.Select(report => (report.AnalysisId, report.Kind == ResultKind.Withdrawal)).Distinct().Count() + 1,
            Predecessor = predecessor is null ? null : new ObjectReference(predecessor.SopClassUid, predecessor.SopInstanceUid, predecessor.SeriesInstanceUid),
            SeriesStartedAt = first?.StartedAt,
            Patient = await patients.FindAsync(analysis.Id, cancellationToken),
        };
    }

    /// <summary>What the destination took last; before that, what the settings say; before that, the best.</summary>
    private async Task<string> ReportClassAsync(DestinationOptions destination, CancellationToken cancellationToken) =>
        await deliveries.FindAcceptedReportClassAsync(destination.Name, cancellationToken) ?? destination.ReportSopClass ?? StructuredReportBuilder.SopClassPreference[0];

    private async Task<Func<ObjectReference, string>> PathsAsync(AnalysisRow analysis, CancellationToken cancellationToken)
    {
        var keys = (await studies.ListInstancesAsync(analysis.StudyVersionId, cancellationToken)).ToDictionary(instance => instance.SopInstanceUid, instance => instance.FileKey);
        return reference => keys.GetValueOrDefault(reference.SopInstanceUid) is { } key
            ? blobs.PathOf(key)
            : throw new FileNotFoundException($"the file of the cine that analysis {analysis.Id} explains is gone");
    }

    /// <summary>The header of any readable object of the study, or of its earlier report where the PACS has rejected all: it carries patient and study.</summary>
    private async Task<DicomDataset?> AnyHeaderAsync(AnalysisRow analysis, CancellationToken cancellationToken)
    {
        var objects = (await studies.ListInstancesAsync(analysis.StudyVersionId, cancellationToken)).Select(instance => instance.FileKey).OfType<string>();
        var reports = (await deliveries.ListEarlierReportsAsync(analysis, cancellationToken)).Where(report => report.UnderWay).Select(report => report.FileKey);
        foreach (var key in objects.Concat(reports))
        {
            try
            {
                if (Header(blobs.PathOf(key)) is var header && header.GetString(DicomTags.StudyInstanceUID) is not null)
                    return header;
            }
            catch (DicomFormatException)
            {
                // Another object of the study may be whole.
            }
        }
        return null;
    }

    private static DicomDataset Header(string path) => DicomFile.Read(path, DicomReadOptions.Header).Dataset;
}
