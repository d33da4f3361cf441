using System.Globalization;
using EchoClr.Inference.Models;
using EchoClr.Shared.Data;

namespace EchoClr.Inference.Drift;

/// <summary>
/// Compares each sender's studies of the last days with what came before: with those that the model in service learned from, where it learned from this sender's, otherwise with the
/// sender's first weeks. What a model answered is compared with the first weeks of that model.
/// </summary>
public sealed class DriftComparison(DriftStore drift, ModelStore models, TrainingRunStore runs, DriftOptions options)
{
    private static readonly string[] Abstentions = ["answered", "abstained"];
    private static readonly string[] Analysed = ["analysed", "not analysed"];

    /// <summary>Every measure of every sender that sent in the window before <paramref name="until"/>.</summary>
    public async Task<IReadOnlyList<DriftResult>> RunAsync(DateTimeOffset until, CancellationToken cancellationToken)
    {
        var viewGate = await models.FindInServiceAsync(LoadedModels.ViewGateKind, cancellationToken);
        var findings = await models.FindInServiceAsync(LoadedModels.FindingsKind, cancellationToken);
        var samples = new List<Sample>();
        var tooFew = new List<DriftResult>();
        if (viewGate is not null)
            await AddPicturesAsync(viewGate.Id, findings, until, samples, tooFew, cancellationToken);
        if (findings is not null)
            await AddAnswersAsync(findings.Id, until, samples, tooFew, cancellationToken);

        // So many that the strongest of all tests can pass Holm's first step.
        var permutations = (int)Math.Clamp(2 * samples.Count / options.FalseAlarms, 1_999, 99_999);
        // From the time alone: the same comparison gives the same numbers.
        var seed = (int)(until.ToUnixTimeSeconds() % int.MaxValue);
        var tests = samples.Select((sample, i) => PermutationTest.Run(sample.Studies, sample.References, permutations, seed + i)).ToList();
        var significant = PermutationTest.Holm([.. tests.Select(test => test.PValue)], options.FalseAlarms);
        return
        [
            .. tooFew, .. samples.Select((sample, i) => new DriftResult(
                sample.Sender, sample.Measure, sample.References, sample.Studies.Studies - sample.References, tests[i].Distance, tests[i].PValue,
                significant[i] && tests[i].Distance >= (sample.Studies is VectorSamples ? options.MinEmbeddingEffect : options.MinEffect), sample.Detail)),
        ];
    }

    private async Task AddPicturesAsync(long viewModelId, ModelRow? findings, DateTimeOffset until, List<Sample> samples, List<DriftResult> tooFew, CancellationToken cancellationToken)
    {
        var learnedFrom = findings?.TrainingRunId is { } runId && (await runs.FindAsync(runId, cancellationToken))?.StartedAt is { } began
            ? (await drift.ListLearnedFromAsync(began, cancellationToken)).ToHashSet()
            : [];
        foreach (var sender in (await drift.ListMeasuredAsync(viewModelId, until, cancellationToken)).GroupBy(study => study.Sender, StringComparer.Ordinal))
        {
            if (Sides([.. sender], learnedFrom, until, "pictures", tooFew) is not { } sides)
                continue;
            var cines = (await drift.ListMeasuresAsync(viewModelId, sides.All.Select(study => study.StudyId), cancellationToken)).ToLookup(cine => cine.StudyId);
            var pictures = new PictureSamples(sender.Key, sides.Reference.Count, sides.Against, [.. sides.All.Select(study => cines[study.StudyId].ToList())]);
            samples.AddRange(pictures.List());
        }
    }

    private async Task AddAnswersAsync(long modelId, DateTimeOffset until, List<Sample> samples, List<DriftResult> tooFew, CancellationToken cancellationToken)
    {
        foreach (var sender in (await drift.ListReadAsync(modelId, until, cancellationToken)).GroupBy(study => study.Sender, StringComparer.Ordinal))
        {
            if (Sides([.. sender], [], until, "answers", tooFew) is not { } sides)
                continue;
            var rows = await drift.ListFindingsAsync(sides.All.Select(study => study.AnalysisId!.Value), cancellationToken);
            samples.Add(Sample.OfMix(
                sender.Key, "not analysed", sides.Reference.Count, sides.Against, Analysed, [.. sides.All.Select(study => OneHot(study.State == AnalysisState.NotAnalyzed))]));
            foreach (var question in rows.GroupBy(row => row.Name, StringComparer.Ordinal))
            {
                var byAnalysis = question.ToLookup(row => row.AnalysisId);
                bool Asked(DriftStudy study) => byAnalysis[study.AnalysisId!.Value].Any();
                var (reference, current) = (sides.Reference.Where(Asked).ToList(), sides.Current.Where(Asked).ToList());
                if (reference.Count < options.MinStudies || current.Count < options.MinStudies)
                    continue;
                DriftStudy[] asked = [.. reference, .. current];
                samples.Add(Sample.OfMix(sender.Key, "abstention " + question.Key, reference.Count, sides.Against, Abstentions, [.. asked.Select(study => OneHot(Answer(study) is null))]));
                (reference, current) = (reference.Where(study => Answer(study) is not null).ToList(), current.Where(study => Answer(study) is not null).ToList());
                if (reference.Count >= options.MinStudies && current.Count >= options.MinStudies)
                    samples.Add(Sample.OfNumbers(sender.Key, "score " + question.Key, reference.Count, sides.Against, "0.000", [.. reference.Concat(current).Select(study => Answer(study)!.Value)]));

                double? Answer(DriftStudy study) => byAnalysis[study.AnalysisId!.Value].First() is { Outcome: not FindingOutcome.Abstained, Probability: { } probability } ? probability : null;
            }
        }
    }

    private static double[] OneHot(bool second) => second ? [0, 1] : [1, 0];

    /// <summary>The two sides of a sender's comparison; null where it has nothing now, or too little on either side, which is then said.</summary>
    /// <param name="studies">Of one sender, oldest first.</param>
    private Sides? Sides(List<DriftStudy> studies, HashSet<long> learnedFrom, DateTimeOffset until, string what, List<DriftResult> tooFew)
    {
        var since = until - options.Window;
        var current = studies.Where(study => study.ReadAt >= since).ToList();
        if (current.Count == 0)
            return null;
        var past = studies.Where(study => study.ReadAt < since).ToList();
        var reference = past.Where(study => learnedFrom.Contains(study.StudyId)).ToList();
        var against = "the studies that the model learned from";
        if (reference.Count < options.MinStudies)
        {
            // Its first weeks, and until there are enough.
            reference = past.Count == 0 ? [] : [.. past.TakeWhile((study, i) => study.ReadAt < past[0].ReadAt + options.Reference || i < options.MinStudies)];
            against = learnedFrom.Count == 0 ? "its first weeks" : "its first weeks: the model did not learn from this sender";
        }
        if (reference.Count >= options.MinStudies && current.Count >= options.MinStudies)
            return new Sides(Spread(reference), Spread(current), against);
        tooFew.Add(new DriftResult(
            studies[0].Sender, what, reference.Count, current.Count, null, null, false, string.Create(CultureInfo.InvariantCulture,
                $"too few studies to compare: {reference.Count} before and {current.Count} now; {options.MinStudies} of each are asked for")));
        return null;
    }

    private List<DriftStudy> Spread(List<DriftStudy> studies) => studies.Count <= options.MaxStudies
        ? studies
        : [.. Enumerable.Range(0, options.MaxStudies).Select(i => studies[(int)((long)i * studies.Count / options.MaxStudies)])];
}

/// <param name="Against">What the current studies are compared with, for a person to read.</param>
internal sealed record Sides(List<DriftStudy> Reference, List<DriftStudy> Current, string Against)
{
    public IEnumerable<DriftStudy> All => Reference.Concat(Current);
}
