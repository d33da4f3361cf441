using System.Text.Json;
using EchoClr.Dicom;
using EchoClr.Shared.Data;
using EchoClr.Shared.Storage;

namespace EchoClr.Portal;

/// <summary>A cine of the study page's list.</summary>
/// <param name="View">What the view gate called it; null where it was not asked or could not read it.</param>
/// <param name="Expired">Its pixels were given up by policy.</param>
public sealed record CineEntry(string SopInstanceUid, string Title, int Frames, string? View, double? Confidence, bool Used, string? Reason, bool Expired);

/// <summary>A saliency cine, and the frames of which cine it was painted over, counted from 1.</summary>
public sealed record CineOverlay(string SopInstanceUid, string Title, string SourceSopInstanceUid, IReadOnlyList<int> SourceFrames);

/// <summary>What the report says beside a probability.</summary>
/// <param name="Model">Name, version and the beginning of the weights' hash.</param>
/// <param name="KeyFrameNumber">Counted from 1.</param>
public sealed record FindingSource(string Question, string Model, string Parameters, string KeyFrameSop, int KeyFrameNumber);

/// <summary>What of a study can be played, and what lies over it.</summary>
public sealed class StudyCines(StudyStore studies, DeliveryStore deliveries, BlobStore blobs)
{
    private static readonly string[] Images = [SopClasses.UltrasoundMultiFrameImageStorage, SopClasses.UltrasoundImageStorage];

    public async Task<IReadOnlyList<CineEntry>> ListAsync(StudyDetail study, CancellationToken cancellationToken)
    {
        var views = study.Views.ToDictionary(view => view.SopInstanceUid);
        var instances = await studies.ListInstancesAsync(study.Row.Version.Id, cancellationToken);
        return [.. from instance in instances
                   where instance.Origin == InstanceOrigin.Peer && Images.Contains(instance.SopClassUid)
                   let view = views.GetValueOrDefault(instance.SopInstanceUid)
                   orderby view is { Used: true } descending, instance.NumberOfFrames > 1 descending, instance.SeriesNumber, instance.InstanceNumber
                   select new CineEntry(instance.SopInstanceUid, $"{instance.SeriesNumber?.ToString() ?? "–"}/{instance.InstanceNumber?.ToString() ?? "–"}", instance.NumberOfFrames ?? 1,
                       view?.ViewLabel, view?.Probability, view?.Used ?? false, view?.Reason, instance.FileKey is null)];
    }

    public async Task<IReadOnlyList<CineOverlay>> ListOverlaysAsync(AnalysisRow analysis, CancellationToken cancellationToken)
    {
        var overlays = new List<CineOverlay>();
        foreach (var result in (await deliveries.ListResultObjectsAsync(analysis.Id, cancellationToken)).Where(result => result.Kind == ResultKind.SaliencyCine))
        {
            try
            {
                var header = DicomFile.Read(blobs.PathOf(result.FileKey), DicomReadOptions.Header).Dataset;
                if (header.GetSequence(DicomTags.SourceImageSequence) is [var source, ..] && source.GetString(DicomTags.ReferencedSOPInstanceUID) is { } sop)
                    overlays.Add(new CineOverlay(result.SopInstanceUid, header.GetString(DicomTags.ImageComments) ?? "AI saliency", sop, [.. source.GetDoubles(DicomTags.ReferencedFrameNumber).Select(number => (int)number)]));
            }
            catch (Exception e) when (e is IOException or DicomFormatException)
            {
                // Expired by policy, or damaged: the cine plays without it.
            }
        }
        return overlays;
    }

    /// <summary>Of an analysis's details; empty where they are of another form.</summary>
    public static IReadOnlyList<FindingSource> Sources(AnalysisRow? analysis)
    {
        if (analysis?.Details is null)
            return [];
        using var json = JsonDocument.Parse(analysis.Details);
        if (!json.RootElement.TryGetProperty("findings", out var findings) || findings.ValueKind != JsonValueKind.Array)
            return [];
        return [.. from finding in findings.EnumerateArray()
                   let model = finding.GetProperty("model")
                   let frame = finding.GetProperty("keyFrame")
                   select new FindingSource(finding.GetProperty("question").GetString()!, $"{model.GetProperty("name")} {model.GetProperty("version")} (weights {model.GetProperty("weightsSha256").GetString()![..8]})",
                       finding.GetProperty("parameters").GetString() ?? "", frame.GetProperty("source").GetProperty("sopInstanceUid").GetString()!, frame.GetProperty("frameNumber").GetInt32())];
    }
}
