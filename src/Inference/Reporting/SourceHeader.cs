using EchoClr.Dicom;

namespace EchoClr.Inference.Reporting;

/// <summary>Begins a new object of the same patient and study as a source instance: an allow-list of attributes is copied byte for byte, never re-typed.</summary>
/// <remarks>Copying a whole source and deleting its pixels would leave image attributes in a report; a date of today would file it under another study.</remarks>
internal static class SourceHeader
{
    /// <summary>Type 2 of the Patient and General Study modules: present even where the source lacks them.</summary>
    private static readonly DicomTag[] Required =
    [
        DicomTags.PatientName, DicomTags.PatientID, DicomTags.PatientBirthDate, DicomTags.PatientSex,
        DicomTags.StudyDate, DicomTags.StudyTime, DicomTags.ReferringPhysicianName, DicomTags.StudyID, DicomTags.AccessionNumber,
    ];

    private static readonly DicomTag[] WherePresent =
    [
        DicomTags.SpecificCharacterSet, DicomTags.StudyInstanceUID,
        DicomTags.IssuerOfPatientID, DicomTags.IssuerOfPatientIDQualifiersSequence, DicomTags.OtherPatientIDsSequence,
        DicomTags.StudyDescription, DicomTags.IssuerOfAccessionNumberSequence,
        DicomTags.PatientAge, DicomTags.PatientWeight, DicomTags.PatientSize,
        DicomTags.TimezoneOffsetFromUTC, DicomTags.InstitutionName, DicomTags.StationName,
    ];

    public static DicomDataset Begin(DicomDataset source)
    {
        if (string.IsNullOrEmpty(source.GetString(DicomTags.StudyInstanceUID)))
            throw new DicomFormatException("the source instance has no Study Instance UID");
        var dataset = new DicomDataset();
        foreach (var tag in Required)
            dataset.SetEmpty(tag);
        return WithLegalCharacterSet(dataset.CopyFrom(source, [.. Required, .. WherePresent]));
    }

    /// <summary>Scanners write "ISO-IR 100" for "ISO_IR 100"; the text keeps its bytes, the term is put right so that strict readers take the object.</summary>
    private static DicomDataset WithLegalCharacterSet(DicomDataset dataset)
    {
        var terms = dataset.GetStrings(DicomTags.SpecificCharacterSet);
        return terms.Any(term => term.StartsWith("ISO-IR ", StringComparison.Ordinal))
            ? dataset.Set(DicomTags.SpecificCharacterSet, [.. terms.Select(term => term.Replace("ISO-IR ", "ISO_IR ", StringComparison.Ordinal))])
            : dataset;
    }

    /// <summary>General Equipment is the pipeline, not the model; the models are Contributing Equipment.</summary>
    public static DicomDataset WithEquipment(this DicomDataset dataset, ReportFacts facts) => dataset
        .Set(DicomTags.Manufacturer, Pipeline.Manufacturer)
        .Set(DicomTags.ManufacturerModelName, Pipeline.ModelName)
        .Set(DicomTags.DeviceSerialNumber, facts.Pipeline.SerialNumber)
        .Set(DicomTags.SoftwareVersions, facts.Pipeline.Version);

    /// <summary>One item a model, behind those that the source already carries (IHE AIR).</summary>
    public static DicomDataset WithContributingEquipment(this DicomDataset dataset, ReportFacts facts, DicomDataset source)
    {
        var items = facts.Models.Select(model => new DicomDataset()
            .SetSequence(DicomTags.PurposeOfReferenceCodeSequence, Concepts.ProcessingEquipment.ToItem())
            .Set(DicomTags.Manufacturer, Pipeline.Manufacturer)
            .Set(DicomTags.ManufacturerModelName, model.Name)
            .Set(DicomTags.SoftwareVersions, model.Version)
            .Set(DicomTags.DeviceUID, model.DeviceUid)
            .Set(DicomTags.ContributionDateTime, DicomTime.DateAndTime(facts.StartedAt))
            .Set(DicomTags.ContributionDescription, "Analysis of echocardiography cines" + (model.Synthetic ? "; weights trained on synthetic phantoms" : "")));
        return dataset.SetSequence(DicomTags.ContributingEquipmentSequence, [.. source.GetSequence(DicomTags.ContributingEquipmentSequence).Select(item => item.Clone()), .. items]);
    }

    /// <summary>Instance and content times are those of the analysis, never of the writing: a retry must give the same bytes.</summary>
    public static DicomDataset WithTimes(this DicomDataset dataset, ReportFacts facts)
    {
        var (date, time) = (DicomTime.Date(facts.StartedAt), DicomTime.Time(facts.StartedAt));
        var series = facts.SeriesStartedAt ?? facts.StartedAt;
        return dataset
            .Set(DicomTags.TimezoneOffsetFromUTC, DicomTime.Offset(facts.StartedAt))
            .Set(DicomTags.SeriesDate, DicomTime.Date(series)).Set(DicomTags.SeriesTime, DicomTime.Time(series))
            .Set(DicomTags.ContentDate, date).Set(DicomTags.ContentTime, time)
            .Set(DicomTags.InstanceCreationDate, date).Set(DicomTags.InstanceCreationTime, time);
    }
}
