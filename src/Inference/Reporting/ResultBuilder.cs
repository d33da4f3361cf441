using EchoClr.Dicom;
using EchoClr.Dicom.Codecs;
using EchoClr.Inference.Analysis;
using EchoClr.Inference.Pacs;

namespace EchoClr.Inference.Reporting;

/// <summary>Builds the objects of one analysis: first the saliency cines, then reports that refer to them. The same details and headers give the same bytes.</summary>
public sealed class ResultBuilder(AnalysisDetails details, Pipeline pipeline, string saliencyModality, TimeZoneInfo zone)
{
    /// <summary>1 for the first report of a study, then 2, 3, ….</summary>
    public int InstanceNumber { get; init; } = 1;

    public ObjectReference? Predecessor { get; init; }

    public DateTimeOffset? SeriesStartedAt { get; init; }

    /// <summary>Patient and accession number as the PACS has them now; null takes them from the headers.</summary>
    public PatientIdentity? Patient { get; init; }

    /// <summary>One file a finding that has a map, in the order of the findings; decodes the key cine once more.</summary>
    /// <param name="form">Cines or key frames; none gives none.</param>
    /// <param name="pathOf">Where the file of a source instance lies.</param>
    /// <exception cref="CodecException">The cine, which was decoded for the analysis, cannot be decoded any more.</exception>
    public async Task<IReadOnlyList<DicomFile>> BuildSaliencyAsync(SaliencyForm form, Func<ObjectReference, string> pathOf, CodecOptions codec, TimeProvider time, CancellationToken cancellationToken)
    {
        var files = new List<DicomFile>();
        if (form == SaliencyForm.None)
            return files;
        await using var decoder = CodecWorker.Start(codec, time);
        foreach (var cine in details.Findings.Where(finding => finding.Saliency is not null).GroupBy(finding => finding.KeyFrame.Source))
        {
            var path = pathOf(cine.Key);
            var header = Present(DicomFile.Read(path, DicomReadOptions.Header).Dataset);
            using var decoded = await decoder.DecodeAsync(path, cancellationToken);
            var frames = new SourceFrames(
                decoded.Frames, decoded.Rows, decoded.Columns, decoded.SamplesPerPixel, decoded.Pixels, [.. decoded.SourceFrames.Select(frame => frame + 1)]);
            var times = CineHeader.Timing(header, decoded.SourceFrames[^1]).Of(decoded.SourceFrames);
            var meanFrameTime = times[^1] / Math.Max(1, times.Count - 1);
            foreach (var finding in cine)
            {
                if (finding.Saliency!.ToHeatMap() is not { } map)
                    continue;
                files.Add(form == SaliencyForm.Cine
                    ? SaliencyCineBuilder.Build(Facts(header, []), finding.ToFact(null), header, frames, map, meanFrameTime, saliencyModality)
                    : SaliencyKeyFrameBuilder.Build(Facts(header, []), finding.ToFact(null), header, frames, map, saliencyModality));
            }
        }
        return files;
    }

    /// <param name="header">Of the key cine.</param>
    /// <param name="saliency">In the order of <see cref="BuildSaliencyAsync"/>.</param>
    public DicomFile BuildReport(DicomDataset header, IReadOnlyList<ObjectReference> saliency, string sopClassUid) =>
        StructuredReportBuilder.Build(Facts(header, saliency), Present(header), sopClassUid);

    /// <summary>The text report of a study that was not analysed.</summary>
    public DicomFile BuildTextReport(DicomDataset header, string reason) => NotAnalyzedReportBuilder.Build(Facts(header, []), Present(header), reason);

    private DicomDataset Present(DicomDataset header) => Patient is null || Patient.TryApplyTo(header)
        ? header
        : throw new DicomFormatException("the patient that the PACS has now cannot be written into the header of another object of the study");

    private ReportFacts Facts(DicomDataset header, IReadOnlyList<ObjectReference> saliency)
    {
        var next = 0;
        return new ReportFacts
        {
            StartedAt = DicomTime.InZoneOf(header, details.StartedAt, zone),
            SeriesStartedAt = SeriesStartedAt is { } first ? DicomTime.InZoneOf(header, first, zone) : null,
            InstanceNumber = InstanceNumber,
            Pipeline = pipeline,
            ViewModel = details.ViewModel,
            Cines = details.Cines,
            Findings = [.. details.Findings.Select(finding => finding.ToFact(finding.Saliency is not null && next < saliency.Count ? saliency[next++] : null))],
            Omissions = details.Omissions,
            Notes = details.Notes,
            Predecessor = Predecessor,
        };
    }
}
