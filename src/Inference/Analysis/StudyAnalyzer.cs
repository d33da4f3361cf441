using EchoClr.Dicom;
using EchoClr.Dicom.Codecs;
using EchoClr.Inference.Models;
using EchoClr.Shared.Metrics;
using EchoClr.VideoModels.Checkpoints;
using EchoClr.VideoModels.Clips;
using EchoClr.VideoModels.Prediction;

namespace EchoClr.Inference.Analysis;

/// <summary>Reads a study: decodes its cines one after another, finds the parasternal long-axis views, asks the findings model, and concludes. No database, no network.</summary>
public sealed class StudyAnalyzer(AnalysisOptions options, CodecOptions codec, TimeProvider time)
{
    /// <param name="forcedView">The view that every cine is taken to show, on the word of the user; null lets the view gate judge.</param>
    /// <param name="afterEach">Called after every file, in order; awaited, so that a caller can renew its claim or stop.</param>
    public Task<StudyAnalysis> AnalyzeAsync(
        IReadOnlyList<SourceFile> files, LoadedModels models, string? forcedView, Func<CineOutcome, Task>? afterEach, CancellationToken cancellationToken) =>
        AnalyzeAsync(files, models, forcedView, afterEach, usable: null, cancellationToken);

    /// <param name="usable">Called with every cine that shows a moving grey-scale sector, whatever its view; must not throw.</param>
    internal async Task<StudyAnalysis> AnalyzeAsync(
        IReadOnlyList<SourceFile> files, LoadedModels models, string? forcedView, Func<CineOutcome, Task>? afterEach, Action<UsableCine>? usable, CancellationToken cancellationToken)
    {
        var startedAt = WholeMilliseconds(time.GetUtcNow());
        var outcomes = new List<CineOutcome>(files.Count);
        var longAxis = new List<LongAxisCine>();
        // One decoder process a study: what a hostile file does to it ends with that file.
        await using var decoder = CodecWorker.Start(codec, time);
        foreach (var file in files)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (outcome, cine) = await ReadAsync(decoder, file, models, forcedView, usable, cancellationToken);
            outcomes.Add(outcome);
            if (cine is not null)
                longAxis.Add(cine);
            if (afterEach is not null)
                await afterEach(outcome);
        }
        return StudyConclusion.Draw(outcomes, longAxis, models, forcedView, options, startedAt, WholeMilliseconds(time.GetUtcNow()));
    }

    private async Task<(CineOutcome Outcome, LongAxisCine? Cine)> ReadAsync(
        CodecWorker decoder, SourceFile file, LoadedModels models, string? forcedView, Action<UsableCine>? usable, CancellationToken cancellationToken)
    {
        var outcome = new CineOutcome(file);
        DicomDataset header;
        try
        {
            header = DicomFile.Read(file.Path, DicomReadOptions.Header).Dataset;
        }
        catch (DicomFormatException exception)
        {
            return (outcome with { Reason = "unreadable: " + exception.Message }, null);
        }

        outcome = outcome with { Source = CineHeader.Reference(header), StudyInstanceUid = header.GetString(DicomTags.StudyInstanceUID) };
        if (CineHeader.Refusal(header) is { } refusal)
            return (outcome with { Reason = refusal }, null);
        if (outcome.Source is null || outcome.StudyInstanceUid is null)
            return (outcome with { Reason = "the header lacks a study, series or instance UID" }, null);
        var began = time.GetTimestamp();
        try
        {
            using var frames = await decoder.DecodeAsync(file.Path, cancellationToken);
            Instruments.Decoded(time.GetElapsedTime(began), failed: false);
            return Judge(outcome, header, frames, models, forcedView, usable);
        }
        catch (CodecException exception)
        {
            Instruments.Decoded(time.GetElapsedTime(began), failed: true);
            return (outcome with { Reason = "not decoded: " + exception.Message }, null);
        }
    }

    private (CineOutcome, LongAxisCine?) Judge(
        CineOutcome outcome, DicomDataset header, DecodedFrames frames, LoadedModels models, string? forcedView, Action<UsableCine>? usable)
    {
        var timing = CineHeader.Timing(header, frames.SourceFrames[^1]);
        var times = timing.Of(frames.SourceFrames);
        outcome = outcome with { Frames = frames.Frames, Rows = frames.Rows, Columns = frames.Columns, Duration = times[^1], Timing = timing.Source };
        var reading = CineReading.Of(
            new FramePixels(frames.Frames, frames.Rows, frames.Columns, frames.SamplesPerPixel, frames.Pixels), times, CineHeader.PixelAspectRatio(header), CineHeader.Region(header));
        if (!reading.CanBeAnalyzed)
            return (outcome with { Reason = reading.Reason }, null);

        (outcome, var scores) = NameView(outcome, header, reading, models, forcedView);
        usable?.Invoke(new UsableCine(outcome, reading, scores));
        if (outcome.View != LoadedModels.LongAxis)
            return (outcome with { Reason = $"view {outcome.View}, not {LoadedModels.LongAxis}" }, null);
        if (outcome.ViewProbability < options.MinViewProbability)
            return (outcome with { Reason = $"view {outcome.View} at {outcome.ViewProbability:P1}, below the {options.MinViewProbability:P0} that is asked for" }, null);

        var clip = Clip(reading, models.Findings.Manifest);
        var windows = ClipWindows.Evaluation(clip.Pixels, clip.Size, models.Findings.Manifest.Input.Frames);
        var cine = new LongAxisCine(
            outcome.Source!, outcome.File.InstanceId, outcome.ViewProbability, clip, Timed(LoadedModels.FindingsKind, () => models.Findings.PredictWindows(windows)),
            frames.SourceFrames, reading.Sector!.Bounds, frames.Columns, frames.Rows);
        return (outcome with { Used = true }, cine);
    }

    private (CineOutcome Outcome, double[]? Scores) NameView(CineOutcome outcome, DicomDataset header, CineReading reading, LoadedModels models, string? forcedView)
    {
        if (forcedView is not null)
            return (outcome with { View = forcedView }, null);
        var manifest = models.ViewGate.Manifest;
        var clip = Clip(reading, manifest);
        var windows = ClipWindows.Evaluation(clip.Pixels, clip.Size, manifest.Input.Frames);
        var (probabilities, features) = Timed(LoadedModels.ViewGateKind, () => models.ViewGate.PredictWithFeatures(windows));
        var best = Array.IndexOf(probabilities, probabilities.Max());
        // Rounded before anything is decided or stored, so that what is stored is what decided.
        outcome = outcome with { View = manifest.Classes[best], ViewProbability = Math.Round(probabilities[best], 3) };
        return (outcome with { Measure = CineMeasure.Of(manifest.Classes[best], CineHeader.Scanner(header), reading, clip, features) }, probabilities);
    }

    private T Timed<T>(string kind, Func<T> predict)
    {
        var began = time.GetTimestamp();
        var prediction = predict();
        Instruments.Inferred(kind, time.GetElapsedTime(began));
        return prediction;
    }

    private static ClipInput Clip(CineReading reading, ModelManifest manifest) =>
        ClipSampler.Sample(reading.Cine, reading.Sector!, manifest.Input.Size, TimeSpan.FromMilliseconds(manifest.Input.IntervalMs));

    // What the database keeps; facts that are read back must equal those that were computed.
    private static DateTimeOffset WholeMilliseconds(DateTimeOffset moment) => new(moment.Ticks - moment.Ticks % TimeSpan.TicksPerMillisecond, moment.Offset);
}
