namespace EchoClr.Inference.Reporting;

/// <summary>A clinical question that a model head answers, with how the report words and codes it.</summary>
/// <param name="Key">The name of the model's output, and of the question in tables and tracking identifiers.</param>
/// <param name="Asked">The coded question that is answered Present or Absent.</param>
/// <param name="Finding">The finding coded when the answer is Present, and only then.</param>
/// <param name="Severity">The severity beside a positive finding, where the question has one.</param>
/// <param name="Site">Where the finding is.</param>
public sealed record Question(string Key, Concept Asked, Concept Finding, Concept? Severity, Concept Site)
{
    public static readonly Question SevereAorticStenosis = new("AS", Concepts.SevereAorticStenosis, Concepts.AorticStenosis, Concepts.Severe, Concepts.AorticValve);

    public static readonly Question LeftVentricularHypertrophy = new("LVH", Concepts.LeftVentricularHypertrophy, Concepts.LeftVentricularHypertrophy, null, Concepts.LeftVentricle);

    /// <summary>In the order in which reports give them.</summary>
    public static readonly IReadOnlyList<Question> All = [SevereAorticStenosis, LeftVentricularHypertrophy];

    public static Question Parse(string key) => All.FirstOrDefault(question => question.Key == key)
        ?? throw new ArgumentException($"no question is named \"{key}\"; known are {string.Join(", ", All.Select(question => question.Key))}", nameof(key));

    /// <summary>Not the prefix that OHIF tries to hydrate as its own annotation ("Cornerstone3DTools@").</summary>
    public string TrackingIdentifier => "EchoCLR:" + Key;

    /// <summary>As a word in a sentence: "severe aortic stenosis".</summary>
    public string Name => char.ToLowerInvariant(Asked.Meaning[0]) + Asked.Meaning[1..];
}
