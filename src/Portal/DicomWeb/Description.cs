using System.Globalization;
using EchoClr.Dicom;
using EchoClr.Shared.Data;

namespace EchoClr.Portal.DicomWeb;

/// <summary>What a search says of a study, of its series, or of its instances.</summary>
internal sealed class Description(QueryLevel level, Target? scope, SearchRequest request, StudyRow study, IReadOnlyList<HeldObject> objects, Holdings holdings, RetrieveUrl urls)
{
    private const string StructuredReports = "1.2.840.10008.5.1.4.1.1.88."; // PS3.6 Table A-1
    private const string Online = "ONLINE", Unavailable = "UNAVAILABLE"; // PS3.3 C.4.23.1.1

    private readonly HashSet<DicomTag> _required = [.. Levels(level, scope).SelectMany(Attributes.Required)];

    public IEnumerable<DicomDataset> Answers() => level switch
    {
        QueryLevel.Study => [OfStudy()],
        QueryLevel.Series => objects.GroupBy(item => item.SeriesInstanceUid).Select(series => OfSeries([.. series])),
        _ => objects.Select(OfInstance),
    };

    // What the address names need not be said again; a search of all studies says whose series it found.
    private static IEnumerable<QueryLevel> Levels(QueryLevel level, Target? scope) =>
        from one in Enum.GetValues<QueryLevel>()
        where one == level || (one < level && (one == QueryLevel.Study ? scope is null : scope?.Series is null))
        select one;

    private DicomDataset OfStudy()
    {
        var answer = Attributes.NewAnswer();
        PutStudy(answer);
        // What was received speaks for the study; our own objects repeat it.
        Attributes.Take(answer, FirstHeader(objects), IsWanted);
        Attributes.Put(answer, DicomTags.InstanceAvailability, Availability(objects));
        Attributes.Put(answer, DicomTags.ModalitiesInStudy, objects.Select(ModalityOf).OfType<string>().Distinct().Order(StringComparer.Ordinal));
        Attributes.Put(answer, DicomTags.RetrieveURL, urls.Of(study.StudyInstanceUid));
        answer.Set(DicomTags.NumberOfStudyRelatedSeries, objects.DistinctBy(item => item.SeriesInstanceUid).Count()).Set(DicomTags.NumberOfStudyRelatedInstances, objects.Count);
        foreach (var tag in _required.Where(tag => !answer.Contains(tag) && tag != DicomTags.TimezoneOffsetFromUTC))
            answer.SetEmpty(tag);
        return answer;
    }

    private DicomDataset OfSeries(IReadOnlyList<HeldObject> series)
    {
        var answer = Attributes.NewAnswer();
        PutStudy(answer);
        Attributes.Take(answer, FirstHeader(series), IsWanted);
        PutSeries(answer, series[0]);
        Attributes.Put(answer, DicomTags.InstanceAvailability, Availability(series));
        Attributes.Put(answer, DicomTags.RetrieveURL, urls.Of(study.StudyInstanceUid, series[0].SeriesInstanceUid));
        return answer.Set(DicomTags.NumberOfSeriesRelatedInstances, series.Count);
    }

    private DicomDataset OfInstance(HeldObject item)
    {
        var answer = Attributes.NewAnswer();
        PutStudy(answer);
        Attributes.Take(answer, holdings.ReadHeader(item), IsWanted);
        PutSeries(answer, item);
        Attributes.Put(answer, DicomTags.SOPClassUID, item.SopClassUid);
        Attributes.Put(answer, DicomTags.SOPInstanceUID, item.SopInstanceUid);
        Attributes.Put(answer, DicomTags.InstanceAvailability, Availability([item]));
        Attributes.Put(answer, DicomTags.RetrieveURL, urls.Of(study.StudyInstanceUid, item));
        PutIfMissing(answer, DicomTags.InstanceNumber, Text(item.InstanceNumber));
        PutIfMissing(answer, DicomTags.NumberOfFrames, Text(item.NumberOfFrames));
        return answer;
    }

    private bool IsWanted(DicomTag tag) => _required.Contains(tag) || request.Included.Contains(tag) && Attributes.LevelOf(tag) <= level || request.IncludesAll && Attributes.LevelOf(tag) <= level;

    /// <summary>What the study's row says, by which studies are found: an answer never contradicts the key that it matched.</summary>
    private void PutStudy(DicomDataset answer)
    {
        Attributes.Put(answer, DicomTags.StudyInstanceUID, study.StudyInstanceUid);
        foreach (var (tag, text) in new (DicomTag, string?)[]
        {
            (DicomTags.StudyDate, study.StudyDate), (DicomTags.StudyTime, study.StudyTime), (DicomTags.AccessionNumber, study.AccessionNumber), (DicomTags.StudyDescription, study.StudyDescription),
            (DicomTags.PatientName, study.PatientName), (DicomTags.PatientID, study.PatientId), (DicomTags.IssuerOfPatientID, study.IssuerOfPatientId),
            (DicomTags.PatientBirthDate, study.PatientBirthDate), (DicomTags.PatientSex, study.PatientSex),
        })
        {
            if (text is not null && IsWanted(tag))
                Attributes.Put(answer, tag, text);
        }
    }

    private void PutSeries(DicomDataset answer, HeldObject item)
    {
        Attributes.Put(answer, DicomTags.SeriesInstanceUID, item.SeriesInstanceUid);
        if (ModalityOf(item) is { } modality)
            Attributes.Put(answer, DicomTags.Modality, modality);
        PutIfMissing(answer, DicomTags.SeriesNumber, Text(item.SeriesNumber));
    }

    private static void PutIfMissing(DicomDataset answer, DicomTag tag, string? text)
    {
        if (text is not null && !answer.Contains(tag))
            Attributes.Put(answer, tag, text);
    }

    private static string? Text(int? number) => number?.ToString(CultureInfo.InvariantCulture);

    /// <summary>The slowest of all speaks for the whole.</summary>
    private static string Availability(IReadOnlyList<HeldObject> some) => some.All(item => item.FileKey is not null) ? Online : Unavailable;

    private DicomDataset? FirstHeader(IReadOnlyList<HeldObject> some) => some.Where(item => item.FileKey is not null).Select(holdings.ReadHeader).FirstOrDefault(header => header is not null);

    private string? ModalityOf(HeldObject item) => item.Modality ?? (
        item.SopClassUid == SopClasses.KeyObjectSelectionDocumentStorage ? "KO"
        : item.SopClassUid.StartsWith(StructuredReports, StringComparison.Ordinal) ? "SR"
        : holdings.ReadHeader(item)?.GetString(DicomTags.Modality));
}
