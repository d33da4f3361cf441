using System.Text;
using EchoClr.Dicom;

namespace EchoClr.Portal.DicomWeb;

/// <summary>The level of the study root information model (PS3.4 C.6.2.1) that a search is about.</summary>
internal enum QueryLevel
{
    Study,
    Series,
    Instance,
}

/// <summary>Which attributes belong to which level, which a search always returns, and how they come into an answer.</summary>
internal static class Attributes
{
    /// <summary>Returned without being asked for (PS3.18 Tables 10.6.3-3 to 10.6.3-5), as far as the objects have them.</summary>
    public static IReadOnlyList<DicomTag> Required(QueryLevel level) => level switch
    {
        QueryLevel.Study =>
        [
            DicomTags.StudyDate, DicomTags.StudyTime, DicomTags.AccessionNumber, DicomTags.ReferringPhysicianName, DicomTags.TimezoneOffsetFromUTC, DicomTags.PatientName, DicomTags.PatientID,
            DicomTags.PatientBirthDate, DicomTags.PatientSex, DicomTags.StudyID, DicomTags.StudyDescription,
        ],
        QueryLevel.Series =>
        [
            DicomTags.Modality, DicomTags.TimezoneOffsetFromUTC, DicomTags.SeriesDescription, DicomTags.SeriesNumber, DicomTags.SeriesDate, DicomTags.SeriesTime,
            DicomTags.PerformedProcedureStepStartDate, DicomTags.PerformedProcedureStepStartTime, DicomTags.RequestAttributesSequence,
        ],
        _ => [DicomTags.TimezoneOffsetFromUTC, DicomTags.InstanceNumber, DicomTags.Rows, DicomTags.Columns, DicomTags.BitsAllocated, DicomTags.NumberOfFrames],
    };

    // Modules Patient, General Study, Patient Study; and what is computed of a study.
    private static readonly HashSet<DicomTag> OfStudy =
    [
        DicomTags.StudyDate, DicomTags.StudyTime, DicomTags.AccessionNumber, DicomTags.IssuerOfAccessionNumberSequence, DicomTags.ModalitiesInStudy, DicomTags.SOPClassesInStudy,
        DicomTags.ReferringPhysicianName, DicomTags.ReferringPhysicianIdentificationSequence, DicomTags.ConsultingPhysicianName, DicomTags.StudyDescription, DicomTags.ProcedureCodeSequence,
        DicomTags.PhysiciansOfRecord, DicomTags.NameOfPhysiciansReadingStudy, DicomTags.AdmittingDiagnosesDescription, DicomTags.AdmittingDiagnosesCodeSequence, DicomTags.ReferencedStudySequence,
        DicomTags.StudyInstanceUID, DicomTags.StudyID, DicomTags.NumberOfStudyRelatedSeries, DicomTags.NumberOfStudyRelatedInstances, DicomTags.RequestingService, DicomTags.ReasonForStudy,
    ];

    // Modules General Series, General Equipment; and what is computed of a series.
    private static readonly HashSet<DicomTag> OfSeries =
    [
        DicomTags.Modality, DicomTags.SeriesInstanceUID, DicomTags.SeriesNumber, DicomTags.Laterality, DicomTags.SeriesDate, DicomTags.SeriesTime, DicomTags.SeriesDescription,
        DicomTags.SeriesDescriptionCodeSequence, DicomTags.PerformingPhysicianName, DicomTags.OperatorsName, DicomTags.ProtocolName, DicomTags.BodyPartExamined, DicomTags.PatientPosition,
        DicomTags.PerformedProcedureStepStartDate, DicomTags.PerformedProcedureStepStartTime, DicomTags.PerformedProcedureStepID, DicomTags.PerformedProcedureStepDescription,
        DicomTags.RequestAttributesSequence, DicomTags.Manufacturer, DicomTags.InstitutionName, DicomTags.InstitutionAddress, DicomTags.InstitutionalDepartmentName, DicomTags.StationName,
        DicomTags.ManufacturerModelName, DicomTags.DeviceSerialNumber, DicomTags.SoftwareVersions, DicomTags.NumberOfSeriesRelatedInstances,
    ];

    private const ushort PatientGroup = 0x0010;

    public static QueryLevel LevelOf(DicomTag tag) =>
        OfStudy.Contains(tag) || tag.Group == PatientGroup ? QueryLevel.Study : OfSeries.Contains(tag) ? QueryLevel.Series : QueryLevel.Instance;

    /// <summary>Puts attributes of a header into an answer, in UTF-8; what the answer has already stays.</summary>
    public static void Take(DicomDataset answer, DicomDataset? header, Func<DicomTag, bool> wanted)
    {
        foreach (var element in header ?? [])
        {
            if (wanted(element.Tag) && !element.Tag.IsGroupLength && element.Tag != DicomTags.SpecificCharacterSet && !element.Vr.IsBulk && !answer.Contains(element.Tag))
                Put(answer, header!, element);
        }
    }

    /// <summary>Text of a database column, or of our own; whatever a peer wrote there, it does not fail.</summary>
    public static void Put(DicomDataset answer, DicomTag tag, params IEnumerable<string> values) =>
        answer.SetBytes(tag, DicomDictionary.Vr(tag), Encoding.UTF8.GetBytes(string.Join('\\', values)));

    /// <summary>An empty answer, whose text is UTF-8.</summary>
    public static DicomDataset NewAnswer() => new DicomDataset().Set(DicomTags.SpecificCharacterSet, "ISO_IR 192");

    private static void Put(DicomDataset answer, DicomDataset header, DicomElement element)
    {
        if (element.Items is not null)
            answer.SetSequence(element.Tag, [.. element.Items.Select(InUtf8)]);
        else if (element.Vr.UsesCharacterSet)
            answer.SetBytes(element.Tag, element.Vr, Encoding.UTF8.GetBytes(string.Join('\\', header.GetStrings(element.Tag))));
        else
            answer.CopyFrom(header, element.Tag);
    }

    private static DicomDataset InUtf8(DicomDataset item)
    {
        var copy = new DicomDataset();
        foreach (var element in item.Where(element => element.Tag != DicomTags.SpecificCharacterSet && !element.Tag.IsGroupLength))
            Put(copy, item, element);
        return copy;
    }
}
