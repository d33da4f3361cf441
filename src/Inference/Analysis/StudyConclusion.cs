using EchoClr.Inference.Models;
using EchoClr.Inference.Reporting;
using EchoClr.Shared.Data;
using EchoClr.VideoModels.Prediction;

namespace EchoClr.Inference.Analysis;

/// <summary>From the cines of a study to its answers: the mean over the windows of a cine, then over the cines; or the reason why there is no answer.</summary>
internal static class StudyConclusion
{
    public static StudyAnalysis Draw(
        IReadOnlyList<CineOutcome> outcomes, IReadOnlyList<LongAxisCine> longAxis, LoadedModels models, string? forcedView, AnalysisOptions options,
        DateTimeOffset startedAt, DateTimeOffset finishedAt)
    {
        var findings = new List<FindingDetails>();
        var omissions = new List<string>();
        var rows = new List<NewFinding>();
        if (longAxis.Count > 0)
        {
            foreach (var question in Question.All)
                Answer(question, longAxis, models, options, findings, omissions, rows);
        }
        var details = new AnalysisDetails
        {
            StartedAt = startedAt,
            ViewModel = forcedView is null ? models.ViewIdentity : null,
            Cines = [.. outcomes.Where(outcome => outcome.View is not null).Select(outcome => new CineFact(outcome.Source!, outcome.View!, Percent(outcome.ViewProbability)))],
            Findings = findings,
            Omissions = omissions,
        };
        var notAnalyzed = findings.Count > 0 ? null : longAxis.Count > 0 ? string.Join(" ", omissions) : WhyNoLongAxis(outcomes);
        return new StudyAnalysis(outcomes, details, notAnalyzed, rows, finishedAt);
    }

    private static void Answer(
        Question question, IReadOnlyList<LongAxisCine> cines, LoadedModels models, AnalysisOptions options,
        List<FindingDetails> findings, List<string> omissions, List<NewFinding> rows)
    {
        var manifest = models.Findings.Manifest;
        var index = manifest.Classes.ToList().IndexOf(question.Key);
        var threshold = index < 0 ? null : manifest.Thresholds.FirstOrDefault(pair => pair.Class == question.Key);
        if (threshold is null)
        {
            omissions.Add($"{question.Asked.Meaning}: the model {manifest.Name} {manifest.Version} does not answer it, or has no threshold for it.");
            return;
        }

        var windows = cines.SelectMany(cine => cine.WindowProbabilities.Select(probabilities => probabilities[index])).ToList();
        var mean = Probability.Mean([.. cines.Select(cine => cine.Probabilities)])[index];
        if (!double.IsFinite(mean))
        {
            omissions.Add($"{question.Asked.Meaning}: the model's output was not a number.");
            rows.Add(new NewFinding(null, question.Key, null, null, FindingOutcome.Abstained));
            return;
        }

        // The answer is drawn from the numbers as they are printed: a reader must never see 50.2 % called below 50.2 %.
        var (percent, thresholdPercent) = (Percent(mean), Percent(threshold.Report));
        rows.AddRange(cines.Where(cine => cine.InstanceId is not null).Select(cine => Row(cine.InstanceId, Percent(cine.Probabilities[index]))));
        if (Spread(windows) > options.MaxSpread)
        {
            omissions.Add($"{question.Asked.Meaning}: the model abstained, because the parts of the cines that it read disagree.");
            rows.Add(new NewFinding(null, question.Key, null, thresholdPercent / 100, FindingOutcome.Abstained));
            return;
        }
        rows.Add(Row(null, percent));
        var (keyFrame, saliency) = Explain(Best(cines), models, index);
        var input = manifest.Input;
        findings.Add(new FindingDetails(
            question.Key, percent, thresholdPercent, models.FindingsIdentity,
            $"cines={cines.Count};windows={windows.Count};frames={input.Frames};interval={input.IntervalMs:0.##}ms;aggregation=mean over windows, then over cines",
            keyFrame, saliency));

        NewFinding Row(long? instance, double value) =>
            new(instance, question.Key, value / 100, thresholdPercent / 100, value >= thresholdPercent ? FindingOutcome.Present : FindingOutcome.Absent);
    }

    /// <summary>The cine whose view is surest; the first of equals.</summary>
    private static LongAxisCine Best(IReadOnlyList<LongAxisCine> cines) => cines.MaxBy(cine => cine.ViewProbability ?? 1)!;

    private static (KeyFrame, SaliencyGrid?) Explain(LongAxisCine cine, LoadedModels models, int @class)
    {
        var window = models.Findings.Manifest.Input.Frames;
        var starts = ClipWindows.EvaluationStarts(cine.Clip.Frames, window);
        var maps = models.Findings.Explain(ClipWindows.Evaluation(cine.Clip.Pixels, cine.Clip.Size, window), @class);
        var grid = SaliencyGrid.Create(cine.Clip, maps, starts);
        if (grid?.ToHeatMap() is { } map)
        {
            var frame = map.PeakFrame(cine.FileFrames.Count);
            return (new KeyFrame(cine.Source, cine.FileFrames[frame] + 1, HotRegion.Find(map, frame, cine.Columns, cine.Rows), WholeSector: false), grid);
        }
        var sector = new PixelArea(cine.Sector.Left, cine.Sector.Top, cine.Sector.Width, cine.Sector.Height);
        return (new KeyFrame(cine.Source, cine.FileFrames[0] + 1, HotRegion.Inscribed(sector, cine.Columns, cine.Rows), WholeSector: true), null);
    }

    /// <summary>Population standard deviation.</summary>
    private static double Spread(List<double> values)
    {
        var mean = values.Average();
        return Math.Sqrt(values.Average(value => (value - mean) * (value - mean)));
    }

    private static string WhyNoLongAxis(IReadOnlyList<CineOutcome> outcomes)
    {
        var views = outcomes.Where(outcome => outcome.View is not null).ToList();
        if (views.Count > 0)
            return $"No cine shows the parasternal long-axis view well enough: {Counted(views.Select(outcome => outcome.Reason!))}.";
        return outcomes.Count == 0
            ? "The study has no objects."
            : $"No cine of the study can be analysed: {Counted(outcomes.Select(outcome => outcome.Reason!))}.";
    }

    /// <summary>"3 x still, 1 x colour Doppler", the commonest first.</summary>
    private static string Counted(IEnumerable<string> reasons) => string.Join(", ", reasons
        .GroupBy(reason => reason)
        .OrderByDescending(group => group.Count()).ThenBy(group => group.Key, StringComparer.Ordinal)
        .Take(5)
        .Select(group => $"{group.Count()} x {group.Key}"));

    private static double Percent(double fraction) => Math.Round(100 * fraction, 1);

    private static double? Percent(double? fraction) => fraction is { } value ? Percent(value) : null;
}
