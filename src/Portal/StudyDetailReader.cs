using System.Text.Json;
using EchoClr.Dicom;
using EchoClr.Dicom.Ports;
using EchoClr.Shared.Data;
using EchoClr.Shared.Storage;

namespace EchoClr.Portal;

/// <summary>Collects what is known of one study: versions and their evidence, views, deliveries, reports.</summary>
public sealed class StudyDetailReader(Worklist worklist, StudyStore studies, AnalysisStore analyses, DeliveryStore deliveries, SignalStore signals, ReportPatientStore patients, BlobStore blobs)
{
    /// <summary>Null when there is no such study.</summary>
    public async Task<StudyDetail?> FindAsync(string studyInstanceUid, CancellationToken cancellationToken)
    {
        if (await worklist.FindAsync(studyInstanceUid, cancellationToken) is not { } row)
            return null;
        var versions = await studies.ListVersionsAsync(studyInstanceUid, cancellationToken);
        var events = versions.SelectMany(EventsOf).ToList();
        foreach (var delivery in row.Deliveries)
        {
            events.AddRange(EventsOf(delivery, await deliveries.ListObjectsAsync(delivery.Id, cancellationToken)));
            events.AddRange(WithdrawnEventsOf(delivery, await deliveries.ListWithdrawnObjectsAsync(delivery.Id, cancellationToken)));
        }
        events.AddRange((await signals.ListOfStudyAsync(studyInstanceUid, cancellationToken)).SelectMany(EventsOf));
        events.AddRange((await studies.ListRejectionNotesAsync(studyInstanceUid, cancellationToken)).Select(EventOf));
        var reports = new List<ReportDetail>();
        foreach (var version in versions.OrderByDescending(version => version.Version))
            foreach (var one in (await analyses.ListOfVersionAsync(version.Id, cancellationToken)).Reverse())
            {
                events.AddRange(EventsOf(one));
                var written = await deliveries.ListResultObjectsAsync(one.Id, cancellationToken);
                reports.AddRange(written.Where(result => result.Kind is not (ResultKind.SaliencyCine or ResultKind.RejectionNote)).Select(result => Read(result, version.Version, one.Id, one.Id == row.Analysis?.Id)));
            }
        if (row.Analysis is not { } analysis)
            return new StudyDetail(row, Sorted(events), [], reports);

        if (await patients.FindAsync(analysis.Id, cancellationToken) is { } patient)
            events.Add(EventOf(patient));
        if (row.Withdrawal is { } withdrawal)
            events.Add(new(withdrawal.WithdrawnAt, $"Report withdrawn by {withdrawal.WithdrawnBy}", withdrawal.Reason));
        var views = await analyses.ListViewsAsync(analysis.Id, cancellationToken);
        return new StudyDetail(row, Sorted(events), views, reports);
    }

    private static List<StudyEvent> Sorted(IEnumerable<StudyEvent> events) => [.. events.OrderBy(e => e.At)];

    private static IEnumerable<StudyEvent> EventsOf(StudyVersionRow version)
    {
        yield return new(version.OpenedAt, $"Version {version.Version}: first object received", null);
        yield return new(version.LastReceivedAt, $"Version {version.Version}: last object received", version.InstanceCount is { } count ? $"{count} objects" : null);
        if (version.CompletedAt is { } completed)
            yield return new(completed, $"Version {version.Version}: complete", version.Evidence is { } evidence ? CompletionEvidence(evidence) : null);
        if (version.ReanalysisRequestedAt is { } requested)
            yield return new(requested, $"Version {version.Version}: {version.ReanalysisRequestedBy} asked that the model in service reads it", null);
    }

    /// <summary>The recorded evidence as a person reads it; evidence of another form is shown as it is.</summary>
    private static string CompletionEvidence(string evidence)
    {
        using var json = JsonDocument.Parse(evidence);
        return json.RootElement.TryGetProperty("rule", out var rule) && json.RootElement.TryGetProperty("quietFor", out var quiet) && json.RootElement.TryGetProperty("associations", out var associations)
            ? $"{rule.GetString()}; silent for {TimeSpan.Parse(quiet.GetString()!).TotalSeconds:0.0} s; associations: {associations.GetArrayLength()}{PacsEvidence(json.RootElement)}"
            : evidence;
    }

    /// <summary>What the PACS answered, where one was asked.</summary>
    private static string PacsEvidence(JsonElement evidence) =>
        evidence.TryGetProperty("pacs", out var pacs) && pacs.ValueKind == JsonValueKind.Object
            ? $"; {pacs.GetProperty("aeTitle").GetString()} says: {pacs.GetProperty("answer").GetString()}"
                + (pacs.GetProperty("fetched").GetString() is { } fetched ? $"; C-MOVE: {fetched}" : "")
            : "";

    private static StudyEvent EventOf(RejectionNoteRow note) => new(
        note.ReceivedAt, $"The PACS rejected {note.Objects} {(note.Objects == 1 ? "object" : "objects")}", Rejection.Titles.GetValueOrDefault(note.Code, note.Code));

    private static StudyEvent EventOf(ReportPatientRow patient) => new(patient.AskedAt, $"{patient.AeTitle} was asked for patient and accession number", patient.Verdict switch
    {
        PatientVerdict.Same => "the report carries its answer",
        PatientVerdict.Other => patient.Reason,
        _ => $"no usable answer, the report carries what was received: {patient.Reason}",
    });

    private static IEnumerable<StudyEvent> EventsOf(AnalysisRow analysis)
    {
        yield return new(analysis.StartedAt, "Analysis began", null);
        yield return new(analysis.FinishedAt, analysis.State == AnalysisState.Analyzed ? "Analysed" : "Not analysed", analysis.Reason);
        if (analysis.ReportedAt is { } reported)
            yield return new(reported, "Report step done", null);
    }

    private static IEnumerable<StudyEvent> EventsOf(DeliveryRow delivery, IReadOnlyList<DeliveryObjectRow> objects)
    {
        if (delivery.SentAt is { } sent)
            yield return new(sent, $"Sent to {delivery.Destination}", string.Join("; ", [$"attempt {delivery.Attempts}", .. objects.Select(Warning).OfType<string>().Distinct()]));
        if (delivery.CommitmentRequestedAt is { } requested)
            yield return new(requested, $"Storage commitment requested from {delivery.Destination}", delivery.CommitmentTransactionUid);
        if (delivery.ConfirmedAt is { } confirmed)
            yield return new(confirmed, $"{delivery.Destination} confirmed that it holds the result", delivery.ConfirmedBy);
        if (delivery.State is DeliveryState.Parked or DeliveryState.Dropped)
            yield return new(delivery.UpdatedAt, $"Delivery to {delivery.Destination} {delivery.State.ToString().ToLowerInvariant()}", delivery.Reason);
    }

    private static IEnumerable<StudyEvent> EventsOf(SignalRow signal)
    {
        var what = signal.Kind switch { SignalKind.Findings => "findings", SignalKind.NotAnalyzed => "not analysed", _ => "report withdrawn" };
        if (signal.SentAt is { } sent)
            yield return new(sent, $"{signal.Target} was told: {what}", $"acknowledged; attempt {signal.Attempts}");
        else if (signal.State is SignalState.Parked or SignalState.Dropped)
            yield return new(signal.UpdatedAt, $"Signal to {signal.Target} {signal.State.ToString().ToLowerInvariant()}: {what}", signal.Reason);
        else
            yield return new(signal.CreatedAt, $"{signal.Target} is to be told: {what}", signal.Reason);
    }

    /// <summary>The delivery began anew with the withdrawal; of the report before it the objects tell.</summary>
    private static IEnumerable<StudyEvent> WithdrawnEventsOf(DeliveryRow delivery, IReadOnlyList<DeliveryObjectRow> objects)
    {
        if (objects.Max(item => item.SentAt) is { } sent)
            yield return new(sent, $"Sent to {delivery.Destination}", "the report that was withdrawn later");
        if (objects.Max(item => item.ConfirmedAt) is { } confirmed)
            yield return new(confirmed, $"{delivery.Destination} confirmed that it holds the result", "the report that was withdrawn later");
    }

    /// <summary>What a PACS remarked on an object that it took: elements coerced, discarded, or not as the SOP class wants them.</summary>
    private static string? Warning(DeliveryObjectRow item) =>
        item.Status is { } code && new DimseStatus((ushort)code) is { IsWarning: true } warning ? $"{DicomUid.NameOf(item.SopClassUid) ?? item.SopClassUid} with the warning {warning}" : null;

    private ReportDetail Read(ResultObjectRow result, int version, long analysisId, bool stands)
    {
        try
        {
            using var text = new StringWriter();
            var report = DicomFile.Read(blobs.PathOf(result.FileKey)).Dataset;
            StructuredReportText.Write(text, report);
            return new ReportDetail(result.SopInstanceUid, version, analysisId, stands, text.ToString(), [.. ReportLines.Of(report)]);
        }
        catch (Exception e) when (e is IOException or DicomFormatException)
        {
            return new ReportDetail(result.SopInstanceUid, version, analysisId, stands, $"The file cannot be read: {e.Message}", []);
        }
    }
}
