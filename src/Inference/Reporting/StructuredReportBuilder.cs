using EchoClr.Dicom;

namespace EchoClr.Inference.Reporting;

/// <summary>Builds the structured report: facts and a source header in, a DICOM file out. No clock, no database, no network.</summary>
public static class StructuredReportBuilder
{
    /// <summary>High, so that the series sorts behind the images of any scanner.</summary>
    private const int SeriesNumber = 9001;

    private const string SeriesDescription = "EchoCLR AI findings";

    /// <summary>The classes that can hold the tree, the preferred first (IHE AIR asks for Comprehensive 3D SR; echo carts send Comprehensive SR).</summary>
    public static readonly IReadOnlyList<string> SopClassPreference =
        [SopClasses.Comprehensive3DSRStorage, SopClasses.ComprehensiveSRStorage, SopClasses.EnhancedSRStorage];

    /// <param name="source">The header of any instance that the models read.</param>
    /// <param name="sopClassUid">One of <see cref="SopClassPreference"/>; the tree is the same in all three.</param>
    public static DicomFile Build(ReportFacts facts, DicomDataset source, string sopClassUid)
    {
        if (!SopClassPreference.Contains(sopClassUid))
            throw new ArgumentException($"SOP class {sopClassUid} cannot hold a measurement report", nameof(sopClassUid));
        if (facts.Cines.Count == 0)
            throw new ArgumentException("a report needs at least one cine that was read", nameof(facts));

        var dataset = SourceHeader.Begin(source);
        var studyInstanceUid = dataset.GetString(DicomTags.StudyInstanceUID)!;
        SetDocument(dataset, facts, source, sopClassUid, studyInstanceUid)
            .SetSequence(DicomTags.CurrentRequestedProcedureEvidenceSequence, References(studyInstanceUid, Evidence(facts)))
            .Set(DicomTags.ValueType, "CONTAINER")
            .SetSequence(DicomTags.ConceptNameCodeSequence, Concepts.ImagingMeasurementReport.ToItem())
            .Set(DicomTags.ContinuityOfContent, "SEPARATE")
            .SetSequence(DicomTags.ContentTemplateSequence, new DicomDataset()
                .Set(DicomTags.MappingResource, "DCMR")
                .Set(DicomTags.TemplateIdentifier, "1500"))
            .SetSequence(DicomTags.ContentSequence, ReportTree.Build(facts, studyInstanceUid));
        dataset.Set(DicomTags.SOPInstanceUID, ReportUids.Instance("sr", DatasetDigest.Compute(dataset)));
        return new DicomFile(dataset, TransferSyntax.ExplicitVRLittleEndian);
    }

    /// <summary>Everything of the SR Document Series, General Equipment, SR Document General and SOP Common modules but the evidence and the instance UID.</summary>
    internal static DicomDataset SetDocument(DicomDataset dataset, ReportFacts facts, DicomDataset source, string sopClassUid, string studyInstanceUid)
    {
        dataset
            .WithEquipment(facts)
            .WithTimes(facts)
            .WithContributingEquipment(facts, source)
            .Set(DicomTags.SOPClassUID, sopClassUid)
            .Set(DicomTags.Modality, "SR")
            .Set(DicomTags.SeriesInstanceUID, ReportUids.ReportSeries(studyInstanceUid))
            .Set(DicomTags.SeriesNumber, SeriesNumber)
            .Set(DicomTags.SeriesDescription, SeriesDescription)
            .SetSequence(DicomTags.ReferencedPerformedProcedureStepSequence)
            .Set(DicomTags.InstanceNumber, facts.InstanceNumber)
            .Set(DicomTags.CompletionFlag, facts.Omissions.Count == 0 ? "COMPLETE" : "PARTIAL")
            .Set(DicomTags.VerificationFlag, "UNVERIFIED")
            .Set(DicomTags.PreliminaryFlag, "PRELIMINARY")
            .SetSequence(DicomTags.AuthorObserverSequence, Author(facts))
            .SetSequence(DicomTags.PerformedProcedureCodeSequence, Procedure(source))
            .SetSequence(DicomTags.CodingSchemeIdentificationSequence, CodingSchemes());
        if (facts.Omissions.Count > 0) // LO, at most 64 characters: the whole reason is in the narrative summary
            dataset.Set(DicomTags.CompletionFlagDescription, Truncate(facts.Omissions[0], 64));
        if (Requests(source, studyInstanceUid) is { Length: > 0 } requests)
            dataset.SetSequence(DicomTags.ReferencedRequestSequence, requests);
        if (facts.Predecessor is { } predecessor)
            dataset.SetSequence(DicomTags.PredecessorDocumentsSequence, References(studyInstanceUid, [predecessor]));
        return dataset;
    }

    /// <summary>Every instance that the tree refers to, each once: a reference that is not listed makes viewers refuse the report.</summary>
    private static IEnumerable<ObjectReference> Evidence(ReportFacts facts) => facts.Cines.Select(cine => cine.Source)
        .Concat(facts.Findings.Select(finding => finding.KeyFrame.Source))
        .Concat(facts.Findings.Select(finding => finding.Saliency).OfType<ObjectReference>())
        .Distinct();

    /// <summary>A hierarchical reference: study, then series, then instances (PS3.3 Table C.17-3).</summary>
    internal static DicomDataset References(string studyInstanceUid, IEnumerable<ObjectReference> objects) => new DicomDataset()
        .Set(DicomTags.StudyInstanceUID, studyInstanceUid)
        .SetSequence(DicomTags.ReferencedSeriesSequence, [.. objects.GroupBy(o => o.SeriesInstanceUid).Select(series => new DicomDataset()
            .Set(DicomTags.SeriesInstanceUID, series.Key)
            .SetSequence(DicomTags.ReferencedSOPSequence, [.. series.Select(o => new DicomDataset()
                .Set(DicomTags.ReferencedSOPClassUID, o.SopClassUid)
                .Set(DicomTags.ReferencedSOPInstanceUID, o.SopInstanceUid))]))]);

    private static DicomDataset Author(ReportFacts facts) => new DicomDataset()
        .Set(DicomTags.ObserverType, "DEV")
        .Set(DicomTags.Manufacturer, Pipeline.Manufacturer)
        .Set(DicomTags.ManufacturerModelName, Pipeline.ModelName)
        .Set(DicomTags.StationName, Truncate(facts.Pipeline.SerialNumber, 16))
        .Set(DicomTags.DeviceUID, facts.ObserverUid)
        .SetEmpty(DicomTags.InstitutionName)
        .SetSequence(DicomTags.InstitutionCodeSequence);

    /// <summary>The source's own procedure code; else transthoracic echocardiography, which the tree cannot say because validators close CID 100.</summary>
    private static DicomDataset[] Procedure(DicomDataset source)
    {
        var codes = source.GetSequence(DicomTags.ProcedureCodeSequence);
        return codes.Count > 0 ? [.. codes.Select(code => code.Clone())] : [Concepts.TransthoracicEchocardiography.ToItem()];
    }

    /// <summary>One item a request of the source (Type 1C): numbers are copied, what the source lacks stays empty.</summary>
    private static DicomDataset[] Requests(DicomDataset source, string studyInstanceUid) =>
        [.. source.GetSequence(DicomTags.RequestAttributesSequence).Select(request => new DicomDataset()
            .Set(DicomTags.StudyInstanceUID, studyInstanceUid)
            .SetSequence(DicomTags.ReferencedStudySequence)
            .SetEmpty(DicomTags.AccessionNumber)
            .SetEmpty(DicomTags.PlacerOrderNumberImagingServiceRequest)
            .SetEmpty(DicomTags.FillerOrderNumberImagingServiceRequest)
            .SetEmpty(DicomTags.RequestedProcedureID)
            .SetEmpty(DicomTags.RequestedProcedureDescription)
            .SetSequence(DicomTags.RequestedProcedureCodeSequence)
            .CopyFrom(source, DicomTags.AccessionNumber)
            .CopyFrom(request, DicomTags.AccessionNumber, DicomTags.RequestedProcedureID, DicomTags.RequestedProcedureDescription,
                DicomTags.RequestedProcedureCodeSequence))];

    private static DicomDataset[] CodingSchemes() =>
    [
        new DicomDataset()
            .Set(DicomTags.CodingSchemeDesignator, Concepts.PrivateScheme)
            .Set(DicomTags.CodingSchemeUID, ReportUids.CodingScheme)
            .Set(DicomTags.CodingSchemeName, "EchoCLR questions and views")
            .Set(DicomTags.CodingSchemeResponsibleOrganization, Pipeline.Manufacturer),
        new DicomDataset()
            .Set(DicomTags.CodingSchemeDesignator, "SCT")
            .Set(DicomTags.CodingSchemeUID, "2.16.840.1.113883.6.96")
            .Set(DicomTags.CodingSchemeName, "SNOMED CT"),
    ];

    private static string Truncate(string text, int length) => text.Length <= length ? text : text[..length];
}
