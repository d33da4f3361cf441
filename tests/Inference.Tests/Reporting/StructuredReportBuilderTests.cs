using EchoClr.Dicom;
using EchoClr.Inference.Reporting;

namespace EchoClr.Inference.Tests.Reporting;

public sealed class StructuredReportBuilderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("echoclr-sr-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(SomeReport.ShapeNames), MemberType = typeof(SomeReport))]
    public void Build_EveryShape_KeepsTheRulesThatNoValidatorChecks(string shape)
    {
        var source = SomeReport.Header();
        foreach (var sopClass in StructuredReportBuilder.SopClassPreference)
        {
            var report = StructuredReportBuilder.Build(SomeReport.Shapes[shape](source), source, sopClass).Dataset;

            ReportRules.AssertAll(report);
            Assert.Equal(sopClass, report.GetString(DicomTags.SOPClassUID));
            AssertCopied(source, report);
        }
    }

    [Fact]
    public void Build_PositiveAorticStenosis_CodesFindingSeverityAndPresent()
    {
        var group = Groups(Build(87.3, 12))[0];

        Assert.Equal("60573004", Code(group, "121071"));
        Assert.Equal("24484000", Code(group, "246112005"));
        Assert.Equal("52101004", Code(group, "SEV-AS"));
        Assert.Equal("34202007", Code(group, "363698007"));
        var measured = ReportRules.Children(group).Single(child => ReportRules.Name(child) == "122157").GetSequence(DicomTags.MeasuredValueSequence)[0];
        Assert.Equal("87.3", measured.GetString(DicomTags.NumericValue));
    }

    [Fact]
    public void Build_NegativeAorticStenosis_NeverSaysAorticStenosisAbsent()
    {
        var report = Build(12, 87.3);

        var codes = ReportRules.Descendants(report).Select(item => (Name: ReportRules.Name(item), Value: ReportRules.Code(item))).ToList();
        Assert.DoesNotContain(codes, code => code.Value == "60573004" || code.Name == "60573004");
        Assert.Contains(("SEV-AS", "272519000"), codes);
        Assert.DoesNotContain(codes, code => code.Name == "246112005");
    }

    [Fact]
    public void Build_QuestionNotAnswered_IsPartialAndHoldsNoPlaceholder()
    {
        var source = SomeReport.Header();
        var report = StructuredReportBuilder.Build(SomeReport.Shapes["lvh-only-partial"](source), source, SopClasses.Comprehensive3DSRStorage).Dataset;

        Assert.Equal("PARTIAL", report.GetString(DicomTags.CompletionFlag));
        Assert.StartsWith("Severe aortic stenosis", report.GetString(DicomTags.CompletionFlagDescription), StringComparison.Ordinal);
        Assert.Single(Groups(report));
        Assert.DoesNotContain(ReportRules.Descendants(report), item => ReportRules.Name(item) == "SEV-AS");
        Assert.Contains("the model abstained", Summary(report), StringComparison.Ordinal);
    }

    [Fact]
    public void Build_Complete_SaysWhoMadeItAndThatNobodyVerifiedIt()
    {
        var report = Build(87.3, 12);

        Assert.Equal("COMPLETE", report.GetString(DicomTags.CompletionFlag));
        Assert.Equal("20260307", report.GetString(DicomTags.ContentDate));
        Assert.Equal("140509.250000", report.GetString(DicomTags.ContentTime));
        Assert.Equal("+0100", report.GetString(DicomTags.TimezoneOffsetFromUTC));
        var summary = Summary(report);
        Assert.Contains("AI, unverified: not verified by a physician.", summary, StringComparison.Ordinal);
        Assert.Contains("Severe aortic stenosis: present (probability 87.3 %, threshold 50.0 %).", summary, StringComparison.Ordinal);
        Assert.Contains("trained on synthetic phantoms", summary, StringComparison.Ordinal);
        Assert.Contains(SomeReport.Model.WeightsSha256, summary, StringComparison.Ordinal);
        var equipment = report.GetSequence(DicomTags.ContributingEquipmentSequence);
        Assert.Equal(2, equipment.Count);
        Assert.Equal([SomeReport.ViewModel.DeviceUid, SomeReport.Model.DeviceUid], equipment.Select(item => item.GetString(DicomTags.DeviceUID)));
    }

    [Fact]
    public void Build_RealWeights_DoesNotSaySynthetic()
    {
        var source = SomeReport.Header();
        var facts = SomeReport.Facts(source, 87.3, 12);
        facts = facts with
        {
            ViewModel = facts.ViewModel! with { Synthetic = false },
            Findings = [.. facts.Findings.Select(finding => finding with { Model = finding.Model with { Synthetic = false } })],
        };

        var report = StructuredReportBuilder.Build(facts, source, SopClasses.ComprehensiveSRStorage).Dataset;

        Assert.DoesNotContain(ReportRules.Descendants(report), item => item.GetString(DicomTags.TextValue)?.Contains("synthetic", StringComparison.OrdinalIgnoreCase) == true);
    }

    [Fact]
    public void Build_Superseding_NamesItsPredecessorAndKeepsSeriesAndTracking()
    {
        var source = SomeReport.Header();
        var first = Build(87.3, 12);
        var second = StructuredReportBuilder.Build(SomeReport.Shapes["superseding"](source), source, SopClasses.Comprehensive3DSRStorage).Dataset;

        var predecessor = second.GetSequence(DicomTags.PredecessorDocumentsSequence)[0].GetSequence(DicomTags.ReferencedSeriesSequence)[0];
        Assert.Equal(SomeReport.Predecessor.SopInstanceUid, predecessor.GetSequence(DicomTags.ReferencedSOPSequence)[0].GetString(DicomTags.ReferencedSOPInstanceUID));
        Assert.Equal(first.GetString(DicomTags.SeriesInstanceUID), second.GetString(DicomTags.SeriesInstanceUID));
        Assert.NotEqual(first.GetString(DicomTags.SOPInstanceUID), second.GetString(DicomTags.SOPInstanceUID));
        Assert.Equal(2, second.GetInt32(DicomTags.InstanceNumber));
        Assert.Equal(Tracking(first), Tracking(second));

        static IEnumerable<string?> Tracking(DicomDataset report) => ReportRules.Descendants(report).Where(item => ReportRules.Name(item) == "112040").Select(item => item.GetString(DicomTags.UID));
    }

    [Fact]
    public void Build_Twice_GivesTheSameBytes()
    {
        var paths = new[] { "a.dcm", "b.dcm" }.Select(name => Path.Combine(_folder, name)).ToArray();
        foreach (var path in paths)
        {
            var source = SomeReport.Header();
            StructuredReportBuilder.Build(SomeReport.Facts(source, 87.3, 12), source, SopClasses.Comprehensive3DSRStorage).Write(path);
        }

        Assert.Equal(File.ReadAllBytes(paths[0]), File.ReadAllBytes(paths[1]));
    }

    [Fact]
    public void Build_AnyChange_GivesAnotherInstanceUid()
    {
        var source = SomeReport.Header();
        var facts = SomeReport.Facts(source, 87.3, 12);
        var uids = new List<string?>
        {
            Uid(facts, source),
            Uid(SomeReport.Facts(source, 87.4, 12), source),
            Uid(facts with { StartedAt = facts.StartedAt.AddMilliseconds(1) }, source),
            Uid(facts with { Pipeline = facts.Pipeline with { Version = "0.2.1" } }, source),
            Uid(facts with { Cines = [.. facts.Cines.Skip(1)] }, source),
            Uid(facts with { Findings = [.. facts.Findings.Select(finding => finding with { ThresholdPercent = 40 })] }, source),
            Uid(facts with { Findings = [.. facts.Findings.Select(finding => finding with { Saliency = finding.Saliency! with { SopInstanceUid = "2.25.5" } })] }, source),
            Uid(facts, source.Clone().Set(DicomTags.AccessionNumber, "A-2026-18")),
            StructuredReportBuilder.Build(facts, source, SopClasses.EnhancedSRStorage).Dataset.GetString(DicomTags.SOPInstanceUID),
        };

        Assert.Equal(uids.Count, uids.Distinct().Count());

        static string? Uid(ReportFacts facts, DicomDataset source) =>
            StructuredReportBuilder.Build(facts, source, SopClasses.Comprehensive3DSRStorage).Dataset.GetString(DicomTags.SOPInstanceUID);
    }

    [Theory]
    [InlineData("ISO_IR 100", new byte[] { 0x4D, 0xFC, 0x6C, 0x6C, 0x65, 0x72, 0x5E, 0x4A })] // Müller^J
    [InlineData("ISO_IR 144", new byte[] { 0xBB, 0xEE, 0xDA, 0x63, 0x65, 0xDC, 0xD1, 0xE0, 0xE3, 0x20 })] // Люxemбург
    [InlineData("ISO_IR 192", new byte[] { 0xE5, 0xB1, 0xB1, 0xE7, 0x94, 0xB0, 0x5E, 0x20 })] // 山田^
    [InlineData("GB18030", new byte[] { 0x57, 0x61, 0x6E, 0x67, 0x3D, 0xCD, 0xF5, 0x20 })] // Wang=王
    [InlineData("\\ISO 2022 IR 87", new byte[] { 0x59, 0x61, 0x3D, 0x1B, 0x24, 0x42, 0x3B, 0x33, 0x1B, 0x28, 0x42, 0x20 })] // Ya=山
    public void Build_NameOfAnyCharacterSet_KeepsItsBytes(string characterSet, byte[] name)
    {
        var source = SomeReport.Header()
            .SetBytes(DicomTags.SpecificCharacterSet, DicomVr.CS, System.Text.Encoding.ASCII.GetBytes(characterSet))
            .SetBytes(DicomTags.PatientName, DicomVr.PN, name)
            .Set(DicomTags.ReferringPhysicianName, "Who");
        var path = Path.Combine(_folder, "sr.dcm");

        StructuredReportBuilder.Build(SomeReport.Facts(source, 87.3, 12), source, SopClasses.Comprehensive3DSRStorage).Write(path);

        var written = DicomFile.Read(path).Dataset;
        Assert.Equal(name, written.GetBytes(DicomTags.PatientName).ToArray());
        Assert.Equal(source.GetString(DicomTags.PatientName), written.GetString(DicomTags.PatientName));
        Assert.Contains("AI, unverified", Summary(written), StringComparison.Ordinal);
    }

    [Fact]
    public void Build_SourceWithoutStudyUid_IsRefused()
    {
        var source = SomeReport.Header();
        var facts = SomeReport.Facts(source, 87.3, 12);
        source.SetEmpty(DicomTags.StudyInstanceUID);

        Assert.Throws<DicomFormatException>(() => StructuredReportBuilder.Build(facts, source, SopClasses.Comprehensive3DSRStorage));
    }

    /// <summary>Patient and study of the source, byte for byte: else the report lands in another study.</summary>
    internal static void AssertCopied(DicomDataset source, DicomDataset made)
    {
        foreach (var tag in new[]
        {
            DicomTags.PatientName, DicomTags.PatientID, DicomTags.PatientBirthDate, DicomTags.PatientSex, DicomTags.StudyInstanceUID,
            DicomTags.StudyDate, DicomTags.StudyTime, DicomTags.StudyID, DicomTags.AccessionNumber, DicomTags.ReferringPhysicianName,
            DicomTags.StudyDescription, DicomTags.IssuerOfPatientID,
        })
        {
            Assert.Equal(source.GetBytes(tag).ToArray(), made.GetBytes(tag).ToArray());
            Assert.Equal(source.GetString(tag), made.GetString(tag));
        }
    }

    private static DicomDataset Build(double? aorticStenosis, double? hypertrophy)
    {
        var source = SomeReport.Header();
        return StructuredReportBuilder.Build(SomeReport.Facts(source, aorticStenosis, hypertrophy), source, SopClasses.Comprehensive3DSRStorage).Dataset;
    }

    private static IReadOnlyList<DicomDataset> Groups(DicomDataset report) =>
        ReportRules.Children(ReportRules.Children(report).Single(child => ReportRules.Name(child) == "126010"));

    private static string? Code(DicomDataset group, string name) =>
        ReportRules.Code(Assert.Single(ReportRules.Children(group), child => ReportRules.Name(child) == name));

    private static string Summary(DicomDataset report) =>
        Assert.Single(ReportRules.Descendants(report), item => ReportRules.Name(item) == "111412").GetString(DicomTags.TextValue)!;
}
