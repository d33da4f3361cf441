using EchoClr.Dicom;
using static EchoClr.Inference.Reporting.ContentItem;

namespace EchoClr.Inference.Reporting;

/// <summary>The content tree of TID 1500. Row numbers are those of PS3.16.</summary>
internal static class ReportTree
{
    /// <summary>Children of the root container.</summary>
    public static DicomDataset[] Build(ReportFacts facts, string studyInstanceUid)
    {
        List<DicomDataset> children =
        [
            Code(HasConceptModifier, Concepts.LanguageOfContent, Concepts.English, // TID 1204
                Code(HasConceptModifier, Concepts.CountryOfLanguage, Concepts.UnitedStates)),
            .. Observer(facts),
            Code(HasConceptModifier, Concepts.ProcedureReported, Concepts.ImagingProcedure),
            Container(Contains, Concepts.ImageLibrary, Library(facts)),
        ];
        if (facts.Findings.Count > 0)
            children.Add(Container(Contains, Concepts.ImagingMeasurements, [.. facts.Findings.Select(finding => Group(finding, studyInstanceUid))]));
        children.Add(Container(Contains, Concepts.QualitativeEvaluations,
        [
            .. facts.Findings.Select(Answer),
            Text(Contains, Concepts.NarrativeSummary, ReportText.Summary(facts)),
        ]));
        return [.. children];
    }

    /// <summary>TID 1002 and 1004. Without Observer Type a person would be implied; a Device Observer UID is mandatory.</summary>
    public static IEnumerable<DicomDataset> Observer(ReportFacts facts) =>
    [
        Code(HasObservationContext, Concepts.ObserverType, Concepts.Device),
        UidReference(HasObservationContext, Concepts.DeviceObserverUid, facts.ObserverUid),
        Text(HasObservationContext, Concepts.DeviceObserverName, Pipeline.DeviceName),
        Text(HasObservationContext, Concepts.DeviceObserverManufacturer, Pipeline.Manufacturer),
        Text(HasObservationContext, Concepts.DeviceObserverModelName, Pipeline.ModelName),
        Text(HasObservationContext, Concepts.DeviceObserverSerialNumber, facts.Pipeline.SerialNumber),
    ];

    /// <summary>TID 1600: the view label stands with its image, where it needs no region of its own.</summary>
    private static DicomDataset Library(ReportFacts facts) => Container(Contains, Concepts.ImageLibraryGroup,
    [
        Code(HasAcquisitionContext, Concepts.Modality, Concepts.Ultrasound),
        .. facts.Cines.Select(LibraryEntry),
    ]);

    private static DicomDataset LibraryEntry(CineFact cine)
    {
        var view = Code(HasAcquisitionContext, Concepts.ImageView, Concepts.View(cine.View));
        return cine.ViewPercent is { } percent
            ? Image(Contains, null, cine.Source, null, view, Percent(HasAcquisitionContext, Concepts.Probability, percent))
            : Image(Contains, null, cine.Source, null, view);
    }

    /// <summary>TID 1410: exactly one region with exactly one frame, because viewers cannot show a group without coordinates.</summary>
    private static DicomDataset Group(FindingFact finding, string studyInstanceUid)
    {
        var question = finding.Question;
        List<DicomDataset> children =
        [
            Text(HasObservationContext, Concepts.TrackingIdentifier, question.TrackingIdentifier),
            UidReference(HasObservationContext, Concepts.TrackingUniqueIdentifier, ReportUids.Tracking(studyInstanceUid, question)),
        ];
        if (finding.Present)
            children.Add(Code(Contains, Concepts.Finding, question.Finding));
        children.Add(Region(Contains, Concepts.ImageRegion, finding.KeyFrame));
        if (finding.Saliency is { } saliency)
            children.Add(Image(Contains, Concepts.VisualExplanation, saliency, null));
        children.AddRange(
        [
            Code(HasConceptModifier, Concepts.FindingSite, question.Site),
            Text(HasConceptModifier, Concepts.AlgorithmName, finding.Model.Name),
            Text(HasConceptModifier, Concepts.AlgorithmVersion, finding.Model.AlgorithmVersion),
            Text(HasConceptModifier, Concepts.AlgorithmParameters, $"threshold={FormatPercent(finding.ThresholdPercent)}%;{finding.Parameters}"),
            Percent(Contains, Concepts.Probability, finding.Percent,
                Text(HasConceptModifier, Concepts.EquivalentMeaning, "Probability of " + question.Name)),
            Answer(finding),
        ]);
        if (finding.Present && question.Severity is { } severity)
            children.Add(Code(Contains, Concepts.Severity, severity));
        children.Add(Text(Contains, Concepts.Comment, ReportText.Comment(finding)));
        return Container(Contains, Concepts.MeasurementGroup, [.. children]);
    }

    private static DicomDataset Answer(FindingFact finding) =>
        Code(Contains, finding.Question.Asked, finding.Present ? Concepts.Present : Concepts.Absent);
}
