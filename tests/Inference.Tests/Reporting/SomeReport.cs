using EchoClr.Dicom;
using EchoClr.Inference.Reporting;

namespace EchoClr.Inference.Tests.Reporting;

/// <summary>Facts and headers to build reports from: every shape that the tree can take.</summary>
internal static class SomeReport
{
    public static readonly ModelIdentity ViewModel = new("EchoCLR-View", "0.1.0", new string('a', 64), Synthetic: true);
    public static readonly ModelIdentity Model = new("EchoCLR-AS-LVH", "0.1.0", new string('b', 64), Synthetic: true);
    public static readonly DateTimeOffset StartedAt = new(2026, 3, 7, 14, 5, 9, 250, TimeSpan.FromHours(1));
    public static readonly ObjectReference Predecessor = new(SopClasses.ComprehensiveSRStorage, "2.25.77", "2.25.78");

    /// <summary>Name of a tree shape, and how it is made. One PixelMed run each.</summary>
    public static readonly IReadOnlyDictionary<string, Func<DicomDataset, ReportFacts>> Shapes = new Dictionary<string, Func<DicomDataset, ReportFacts>>
    {
        ["both-positive"] = source => Facts(source, 87.3, 64.2),
        ["both-negative"] = source => Facts(source, 3.1, 0),
        ["as-positive-lvh-negative"] = source => Facts(source, 100, 12),
        ["lvh-only-partial"] = source => Facts(source, null, 71.5) with { Omissions = ["Severe aortic stenosis: the model abstained, its windows disagree."] },
        ["as-only-partial"] = source => Facts(source, 20.5, null) with { Omissions = ["Left ventricular hypertrophy: the model abstained, its windows disagree."] },
        ["whole-sector"] = source => WithoutSaliency(Facts(source, 87.3, 12)),
        ["superseding"] = source => Facts(source, 87.3, 12) with { Predecessor = Predecessor, InstanceNumber = 2, SeriesStartedAt = StartedAt.AddDays(-1) },
        ["view-given-by-user"] = source => ViewGiven(Facts(source, 50, 49.9)),
    };

    public static TheoryData<string> ShapeNames => [.. Shapes.Keys];

    public static ReportFacts Facts(DicomDataset source, double? aorticStenosis, double? hypertrophy)
    {
        var cine = Reference(source);
        var other = cine with { SopInstanceUid = "2.25.4711", SeriesInstanceUid = "2.25.4712" };
        List<FindingFact> findings = [];
        if (aorticStenosis is { } stenosis)
            findings.Add(Finding(Question.SevereAorticStenosis, stenosis, cine));
        if (hypertrophy is { } thickness)
            findings.Add(Finding(Question.LeftVentricularHypertrophy, thickness, cine));
        return new ReportFacts
        {
            StartedAt = StartedAt,
            InstanceNumber = 1,
            Pipeline = new Pipeline("0.2.0", "node-1"),
            ViewModel = ViewModel,
            Cines = [new CineFact(cine, "PLAX", 98.4), new CineFact(other, "A4C", 77.1), new CineFact(other with { SopInstanceUid = "2.25.4713" }, "Other", 55)],
            Findings = findings,
        };
    }

    public static ObjectReference Reference(DicomDataset source) => new(
        source.GetString(DicomTags.SOPClassUID)!, source.GetString(DicomTags.SOPInstanceUID)!, source.GetString(DicomTags.SeriesInstanceUID)!);

    /// <summary>A header as an ultrasound scanner writes it.</summary>
    public static DicomDataset Header() => new DicomDataset()
        .Set(DicomTags.SpecificCharacterSet, "ISO_IR 100")
        .Set(DicomTags.SOPClassUID, SopClasses.UltrasoundMultiFrameImageStorage)
        .Set(DicomTags.SOPInstanceUID, "2.25.1001")
        .Set(DicomTags.SeriesInstanceUID, "2.25.1002")
        .Set(DicomTags.StudyInstanceUID, "2.25.1003")
        .Set(DicomTags.PatientName, "Müller^Jürgen")
        .Set(DicomTags.PatientID, "MRN 0815")
        .Set(DicomTags.IssuerOfPatientID, "WARD7")
        .Set(DicomTags.PatientBirthDate, "19400102")
        .Set(DicomTags.PatientSex, "M")
        .Set(DicomTags.PatientAge, "086Y")
        .Set(DicomTags.StudyDate, "20260306")
        .Set(DicomTags.StudyTime, "231500")
        .Set(DicomTags.StudyID, "E 17")
        .Set(DicomTags.StudyDescription, "Echokardiographie transthorakal")
        .Set(DicomTags.AccessionNumber, "A-2026-17")
        .Set(DicomTags.ReferringPhysicianName, "Weiß^Anna")
        .Set(DicomTags.Modality, "US")
        .Set(DicomTags.Manufacturer, "Acme Ultrasound")
        .Set(DicomTags.NumberOfFrames, 40)
        .Set(DicomTags.Rows, 600)
        .Set(DicomTags.Columns, 800)
        .Set(DicomTags.FrameTime, 20.5)
        .SetSequence(DicomTags.RequestAttributesSequence, new DicomDataset()
            .Set(DicomTags.RequestedProcedureID, "RP-17")
            .Set(DicomTags.RequestedProcedureDescription, "Echo")
            .Set(DicomTags.ScheduledProcedureStepID, "SPS-17"));

    private static FindingFact Finding(Question question, double percent, ObjectReference cine) => new(
        question, percent, 50, Model, "windows=4;frames=16;aggregation=mean",
        new KeyFrame(cine, 12, new Ellipse(410, 250, 60, 35), WholeSector: false),
        new ObjectReference(SopClasses.MultiFrameTrueColorSecondaryCaptureImageStorage, "2.25.900" + question.Key.Length, "2.25.9000"));

    private static ReportFacts WithoutSaliency(ReportFacts facts) => facts with
    {
        Findings = [.. facts.Findings.Select(finding => finding with
        {
            Saliency = null,
            KeyFrame = finding.KeyFrame with { WholeSector = true, Ellipse = HotRegion.Inscribed(new PixelArea(0, 0, 800, 600), 800, 600) },
        })],
    };

    private static ReportFacts ViewGiven(ReportFacts facts) => facts with
    {
        ViewModel = null,
        Cines = [.. facts.Cines.Select(cine => cine with { ViewPercent = null })],
    };
}
