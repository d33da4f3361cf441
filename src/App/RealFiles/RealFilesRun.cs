using System.Security.Cryptography;
using EchoClr.Dicom.Codecs;
using EchoClr.Inference;
using EchoClr.Inference.Analysis;
using EchoClr.Inference.Models;
using EchoClr.Inference.Reporting;
using EchoClr.Shared.Data;

namespace EchoClr.App.RealFiles;

/// <summary>Everything that was learned of the real files in one go.</summary>
/// <param name="Associations">How many associations brought the files: one, if none of them broke it.</param>
internal sealed record RealFilesRun(IReadOnlyList<RealFileResult> Files, IReadOnlyList<RealStudyResult> Studies, long Associations, ModelIdentity ViewGate, ModelIdentity Findings)
{
    /// <summary>Sends every file to the listener, then decodes and judges it with the service's own code: in its study, as the store holds it, and alone as a PLAX.</summary>
    public static async Task<RealFilesRun> MakeAsync(
        Terminal terminal, IReadOnlyList<RealFile> files, RealFilesListener listener, InferenceOptions options, CancellationToken cancellationToken)
    {
        var arrivals = await listener.SendAsync(terminal, files, cancellationToken);
        var associations = await listener.Get<Database>().ReadAsync(session => session.ScalarAsync<long>("SELECT COUNT(*) FROM association"), cancellationToken);

        var codec = new CodecOptions();
        using var models = Load(options);
        var analyzer = new StudyAnalyzer(options.Analysis, codec, TimeProvider.System);
        var studies = await ReadStudiesAsync(arrivals, analyzer, models, cancellationToken);
        var inService = studies.SelectMany(study => study.Analysis.Outcomes).ToDictionary(outcome => outcome.File.Path);

        using var bar = new Progress(terminal, "reading each file alone", TimeProvider.System);
        var results = new List<RealFileResult>();
        await using var decoder = CodecWorker.Start(codec);
        foreach (var arrival in arrivals)
        {
            // What is kept is read from the store, as the service does; what is not, where it lies.
            var path = arrival.Kept?.Path ?? arrival.File.Path;
            var asPlax = await analyzer.AnalyzeAsync([new SourceFile(null, path)], models, LoadedModels.LongAxis, null, cancellationToken);
            var (decoded, hash) = await DecodeAsync(decoder, path, asPlax.Outcomes[0], cancellationToken);
            results.Add(new RealFileResult(arrival, decoded, hash, arrival.Kept?.InstanceId is null ? null : inService[path], asPlax));
            bar.Report(results.Count, arrivals.Count, "files");
        }
        return new RealFilesRun(results, studies, associations, models.ViewIdentity, models.FindingsIdentity);
    }

    private static async Task<IReadOnlyList<RealStudyResult>> ReadStudiesAsync(
        IReadOnlyList<Arrival> arrivals, StudyAnalyzer analyzer, LoadedModels models, CancellationToken cancellationToken)
    {
        var studies = new List<RealStudyResult>();
        var kept = arrivals.Where(arrival => arrival.Kept?.InstanceId is not null).DistinctBy(arrival => arrival.Kept!.InstanceId);
        foreach (var study in kept.GroupBy(arrival => arrival.Kept!.StudyInstanceUid))
        {
            var analysis = await analyzer.AnalyzeAsync(
                [.. study.Select(arrival => new SourceFile(arrival.Kept!.InstanceId, arrival.Kept.Path))], models, forcedView: null, null, cancellationToken);
            studies.Add(new RealStudyResult([.. study.Select(arrival => arrival.File)], analysis));
        }
        return studies;
    }

    private static async Task<(string Decoded, string? Hash)> DecodeAsync(CodecWorker decoder, string path, CineOutcome outcome, CancellationToken cancellationToken)
    {
        try
        {
            using var frames = await decoder.DecodeAsync(path, cancellationToken);
            var timing = outcome.Timing is null ? "" : $", {outcome.Timing}, {outcome.Duration!.Value.TotalMilliseconds:0} ms";
            var remarks = string.Concat(frames.Warnings.Select(warning => $"; {warning}"));
            var words = $"{frames.Frames} × {frames.Rows}×{frames.Columns} {(frames.SamplesPerPixel == 1 ? "grey" : "RGB")}{timing}{remarks}";
            return (words, Convert.ToHexStringLower(SHA256.HashData(frames.Pixels.Span)));
        }
        catch (CodecException exception)
        {
            return ($"no: {exception.Message}", null);
        }
    }

    private static LoadedModels Load(InferenceOptions options)
    {
        var folder = options.Models.Directory;
        try
        {
            return LoadedModels.Load(Path.Combine(folder, LoadedModels.ViewGateKind), Path.Combine(folder, LoadedModels.FindingsKind), options.Models.AllowSynthetic);
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            throw new CommandException($"the models in {folder} cannot serve: {e.Message}; check Inference:Models:Directory", e);
        }
    }
}
