using EchoClr.Dicom;
using EchoClr.Dicom.Codecs;
using EchoClr.Inference.Models;
using EchoClr.Inference.Reporting;
using EchoClr.Shared.Data;

namespace EchoClr.Inference.Analysis;

/// <summary>Reads files without a PACS and without a database, with the same analyzer, and writes report and saliency cines beside them.</summary>
public sealed class FileAnalysis(InferenceOptions options, TimeProvider time) : IDisposable
{
    private readonly CodecOptions _codec = new();

    private readonly LoadedModels _models = LoadedModels.Load(
        Path.Combine(options.Models.Directory, LoadedModels.ViewGateKind), Path.Combine(options.Models.Directory, LoadedModels.FindingsKind), options.Models.AllowSynthetic);

    /// <summary>One result a study, in the order of the files; files that cannot be read come together as one without a study.</summary>
    /// <param name="forcedView">Such as PLAX: every cine is taken to show it.</param>
    /// <param name="output">The folder for report and saliency cines; null writes them beside the cine that is explained.</param>
    public async Task<IReadOnlyList<FileAnalysisResult>> AnalyzeAsync(
        IReadOnlyList<string> files, string? forcedView, string? output, IProgress<CineOutcome>? progress, CancellationToken cancellationToken)
    {
        var analyzer = new StudyAnalyzer(options.Analysis, _codec, time);
        var results = new List<FileAnalysisResult>();
        foreach (var study in files.GroupBy(StudyOf))
        {
            var analysis = await analyzer.AnalyzeAsync([.. study.Select(file => new SourceFile(null, file))], _models, forcedView, Report, cancellationToken);
            var written = analysis.State == AnalysisState.Analyzed ? await WriteAsync(analysis, output, cancellationToken) : [];
            results.Add(new FileAnalysisResult(study.Key, analysis, written));
        }
        return results;

        Task Report(CineOutcome outcome)
        {
            progress?.Report(outcome);
            return Task.CompletedTask;
        }
    }

    public void Dispose() => _models.Dispose();

    /// <summary>Named by our own UIDs.</summary>
    private async Task<IReadOnlyList<string>> WriteAsync(StudyAnalysis analysis, string? output, CancellationToken cancellationToken)
    {
        var paths = analysis.Outcomes.Where(outcome => outcome.Used).DistinctBy(outcome => outcome.Source).ToDictionary(outcome => outcome.Source!, outcome => outcome.File.Path);
        var builder = new ResultBuilder(analysis.Details, new Pipeline(InferenceServices.ProgramVersion, options.NodeName), options.SaliencyModality, TimeZoneInfo.Local);
        var cines = await builder.BuildSaliencyAsync(SaliencyForm.Cine, source => paths[source], _codec, time, cancellationToken);
        var key = paths[analysis.Details.Findings[0].KeyFrame.Source];
        var report = builder.BuildReport(
            DicomFile.Read(key, DicomReadOptions.Header).Dataset, [.. cines.Select(cine => CineHeader.Reference(cine.Dataset)!)], StructuredReportBuilder.SopClassPreference[0]);
        return [.. cines.Select(cine => Write(cine, "saliency")), Write(report, "report")];

        string Write(DicomFile file, string kind)
        {
            var path = Path.Combine(output ?? Path.GetDirectoryName(Path.GetFullPath(key))!, $"echoclr-{kind}-{file.Dataset.GetString(DicomTags.SOPInstanceUID)}.dcm");
            file.Write(path);
            return path;
        }
    }

    private static string? StudyOf(string file)
    {
        try
        {
            return DicomFile.Read(file, DicomReadOptions.Header).Dataset.GetString(DicomTags.StudyInstanceUID);
        }
        catch (DicomFormatException)
        {
            return null; // the analyzer says why
        }
    }
}

/// <param name="StudyInstanceUid">Null for the files that name none.</param>
/// <param name="Written">Saliency cines, then the report.</param>
public sealed record FileAnalysisResult(string? StudyInstanceUid, StudyAnalysis Analysis, IReadOnlyList<string> Written);
