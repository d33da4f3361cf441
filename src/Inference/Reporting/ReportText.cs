using static EchoClr.Inference.Reporting.ContentItem;

namespace EchoClr.Inference.Reporting;

/// <summary>The sentences of a report. Plain ASCII, so that the source's character set serves the whole object.</summary>
internal static class ReportText
{
    public const string Unverified = "AI, unverified: not verified by a physician.";
    public const string ResearchOnly = "For research; not for primary diagnosis.";
    public const string Synthetic = "The weights were trained on synthetic phantoms: the numbers have no clinical meaning.";

    public const string Supersedes = "This report supersedes the earlier one of this study.";
    public const string TakesTheFindingsBack = "This report supersedes the earlier one of this study: its findings no longer stand.";

    /// <summary>One line of a measurement group; OHIF shows it as the label.</summary>
    public static string Comment(FindingFact finding)
    {
        var question = finding.Question.Asked.Meaning;
        var relation = finding.Present ? "at or above" : "below";
        var region = finding.KeyFrame.WholeSector ? " Region = whole sector: the saliency map gave no region." : "";
        var synthetic = finding.Model.Synthetic ? " " + Synthetic : "";
        return $"{question} {Word(finding)}: probability {FormatPercent(finding.Percent)} % is {relation} the threshold of "
            + $"{FormatPercent(finding.ThresholdPercent)} %. AI, unverified.{region}{synthetic}";
    }

    /// <summary>The narrative summary: result, numbers, thresholds, what is missing, models, and that nobody has verified it.</summary>
    public static string Summary(ReportFacts facts)
    {
        List<string> sentences = [Unverified, ResearchOnly];
        if (facts.Models.Any(model => model.Synthetic))
            sentences.Add(Synthetic);
        if (facts.Predecessor is not null)
            sentences.Add(Supersedes);
        sentences.AddRange(facts.Findings.Select(finding =>
            $"{finding.Question.Asked.Meaning}: {Word(finding)} (probability {FormatPercent(finding.Percent)} %, threshold {FormatPercent(finding.ThresholdPercent)} %)."));
        sentences.AddRange(facts.Omissions);
        sentences.AddRange(facts.Notes);
        var longAxis = facts.Cines.Count(cine => cine.View == "PLAX");
        sentences.Add($"Read {facts.Cines.Count} {(facts.Cines.Count == 1 ? "cine" : "cines")}, of which {longAxis} parasternal long axis.");
        sentences.AddRange(facts.Models.Select(model => $"Model {model.Name} {model.AlgorithmVersion}."));
        return string.Join(" ", sentences);
    }

    private static string Word(FindingFact finding) => finding.Present ? "present" : "absent";
}
