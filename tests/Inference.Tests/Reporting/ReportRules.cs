using EchoClr.Dicom;

namespace EchoClr.Inference.Tests.Reporting;

/// <summary>What no validator checks, and what viewers need (structured-report rules: "not caught by any tool", and the mistakes that make a report invisible).</summary>
internal static class ReportRules
{
    public static void AssertAll(DicomDataset report)
    {
        AssertDocument(report);
        var children = Children(report);
        Assert.NotEmpty(children);
        Assert.All(children, AssertNamed);
        AssertLibrary(Assert.Single(children, child => Name(child) == "111028"));
        AssertGroups(children);
        AssertEvidence(report);
        AssertValues(report);
    }

    private static void AssertDocument(DicomDataset report)
    {
        Assert.Equal("SR", report.GetString(DicomTags.Modality));
        Assert.Equal("UNVERIFIED", report.GetString(DicomTags.VerificationFlag));
        Assert.Equal("PRELIMINARY", report.GetString(DicomTags.PreliminaryFlag));
        Assert.False(report.Contains(DicomTags.VerifyingObserverSequence));
        Assert.Equal("1500", Assert.Single(report.GetSequence(DicomTags.ContentTemplateSequence)).GetString(DicomTags.TemplateIdentifier));
        Assert.Equal("126000", Name(report));
        foreach (var image in new[] { DicomTags.Rows, DicomTags.Columns, DicomTags.NumberOfFrames, DicomTags.PixelData, DicomTags.SequenceOfUltrasoundRegions })
            Assert.False(report.Contains(image), $"{image} of the source is in the report");
    }

    private static void AssertLibrary(DicomDataset library)
    {
        var group = Assert.Single(Children(library));
        Assert.Equal("126200", Name(group));
        Assert.Equal("US", Code(Assert.Single(Children(group), child => Name(child) == "121139")));
        Assert.Contains(Children(group), child => child.GetString(DicomTags.ValueType) == "IMAGE");
    }

    private static void AssertGroups(IReadOnlyList<DicomDataset> children)
    {
        var measurements = Assert.Single(children, child => Name(child) == "126010");
        Assert.Equal("Imaging Measurements", Meaning(measurements));
        var groups = Children(measurements);
        Assert.NotEmpty(groups);
        Assert.All(groups, AssertGroup);
        var tracking = groups.Select(group => Children(group).First(child => child.GetString(DicomTags.ValueType) == "UIDREF").GetString(DicomTags.UID)).ToList();
        Assert.Equal(tracking.Distinct(), tracking); // viewers merge groups that share one
    }

    private static void AssertGroup(DicomDataset group)
    {
        var children = Children(group);
        Assert.Equal("Measurement Group", Meaning(group));
        Assert.All(children, AssertNamed);
        Assert.Equal("112040", Name(children.First(child => child.GetString(DicomTags.ValueType) == "UIDREF")));
        Assert.DoesNotContain("Cornerstone3DTools", Text(children, "112039"), StringComparison.Ordinal);
        Assert.True(children.Count(child => Name(child) == "121071") <= 1, "a group has at most one Finding");
        foreach (var algorithm in new[] { "111001", "111003", "111002" })
        {
            Assert.NotEmpty(Text(children, algorithm));
            Assert.Equal("HAS CONCEPT MOD", Assert.Single(children, child => Name(child) == algorithm).GetString(DicomTags.RelationshipType));
        }
        Assert.Contains("AI, unverified", Text(children, "121106"), StringComparison.Ordinal);
        AssertRegion(Assert.Single(children, child => child.GetString(DicomTags.ValueType) == "SCOORD"));
        AssertProbability(Assert.Single(children, child => Name(child) == "122157"), children);
    }

    private static void AssertRegion(DicomDataset region)
    {
        Assert.Equal("ELLIPSE", region.GetString(DicomTags.GraphicType));
        var p = region.GetDoubles(DicomTags.GraphicData);
        Assert.Equal(8, p.Count);
        var horizontalFirst = p[1] == p[3] && p[4] == p[6];
        Assert.True(horizontalFirst || p[0] == p[2] && p[5] == p[7], "the ellipse is not axis-aligned");
        var (major, minor) = (Math.Abs(p[2] - p[0]) + Math.Abs(p[3] - p[1]), Math.Abs(p[6] - p[4]) + Math.Abs(p[7] - p[5]));
        Assert.True(major >= minor, "the minor axis came first");
        var image = Assert.Single(Children(region));
        Assert.Equal(("IMAGE", "SELECTED FROM"), (image.GetString(DicomTags.ValueType), image.GetString(DicomTags.RelationshipType)));
        var frames = Assert.Single(image.GetSequence(DicomTags.ReferencedSOPSequence)).GetStrings(DicomTags.ReferencedFrameNumber);
        Assert.True(int.Parse(Assert.Single(frames)) >= 1);
    }

    private static void AssertProbability(DicomDataset probability, IReadOnlyList<DicomDataset> group)
    {
        var measured = Assert.Single(probability.GetSequence(DicomTags.MeasuredValueSequence));
        var value = measured.GetString(DicomTags.NumericValue)!;
        Assert.True(value.Length <= 16);
        Assert.InRange(double.Parse(value), 0, 100);
        Assert.Equal("%", Assert.Single(measured.GetSequence(DicomTags.MeasurementUnitsCodeSequence)).GetString(DicomTags.CodeValue));
        var answer = Assert.Single(group, child => Name(child) is "SEV-AS" or "55827005");
        var finding = group.SingleOrDefault(child => Name(child) == "121071");
        Assert.Equal(Code(answer) == "52101004", finding is not null); // a Finding means a positive one, and nothing else does
    }

    /// <summary>The evidence lists what the tree refers to, neither less nor more.</summary>
    private static void AssertEvidence(DicomDataset report)
    {
        var evidence = report.GetSequence(DicomTags.CurrentRequestedProcedureEvidenceSequence)
            .SelectMany(study => study.GetSequence(DicomTags.ReferencedSeriesSequence))
            .SelectMany(series => series.GetSequence(DicomTags.ReferencedSOPSequence))
            .Select(Sop).ToList();
        var referenced = Descendants(report)
            .SelectMany(item => item.GetSequence(DicomTags.ReferencedSOPSequence))
            .Select(Sop).ToHashSet();
        Assert.Equal(evidence.Distinct().Count(), evidence.Count);
        Assert.Equal(referenced.Order(), evidence.Order());

        static (string, string) Sop(DicomDataset item) => (item.GetString(DicomTags.ReferencedSOPClassUID)!, item.GetString(DicomTags.ReferencedSOPInstanceUID)!);
    }

    private static void AssertValues(DicomDataset dataset)
    {
        foreach (var element in dataset)
        {
            if (element.Vr == DicomVr.UI)
                Assert.All(dataset.GetStrings(element.Tag), uid => Assert.True(DicomUid.IsValid(uid), $"{element}: \"{uid}\" is no UID"));
            foreach (var item in element.Items ?? [])
                AssertValues(item);
        }
    }

    private static void AssertNamed(DicomDataset item) => Assert.NotNull(Name(item));

    public static IReadOnlyList<DicomDataset> Children(DicomDataset item) => item.GetSequence(DicomTags.ContentSequence);

    public static IEnumerable<DicomDataset> Descendants(DicomDataset item) => Children(item).SelectMany(child => Descendants(child).Prepend(child));

    public static string? Name(DicomDataset item) => item.GetSequence(DicomTags.ConceptNameCodeSequence).SingleOrDefault()?.GetString(DicomTags.CodeValue);

    private static string? Meaning(DicomDataset item) => item.GetSequence(DicomTags.ConceptNameCodeSequence).SingleOrDefault()?.GetString(DicomTags.CodeMeaning);

    public static string? Code(DicomDataset item) => item.GetSequence(DicomTags.ConceptCodeSequence).SingleOrDefault()?.GetString(DicomTags.CodeValue);

    private static string Text(IReadOnlyList<DicomDataset> items, string name) =>
        Assert.Single(items, child => Name(child) == name).GetString(DicomTags.TextValue)!;
}
