using EchoClr.Dicom;
using EchoClr.Shared.Data;

namespace EchoClr.Portal.DicomWeb;

/// <summary>A search in two steps: what the database can tell, and what must be compared with each answer.</summary>
internal sealed record SearchPlan(StudyQuery Studies, IReadOnlyList<MatchKey> Rest)
{
    private static readonly Dictionary<DicomTag, StudyText> Columns = new()
    {
        [DicomTags.PatientName] = StudyText.PatientName, [DicomTags.PatientID] = StudyText.PatientId, [DicomTags.IssuerOfPatientID] = StudyText.IssuerOfPatientId,
        [DicomTags.PatientSex] = StudyText.PatientSex, [DicomTags.AccessionNumber] = StudyText.AccessionNumber, [DicomTags.StudyDescription] = StudyText.StudyDescription,
    };

    public static SearchPlan Of(SearchRequest request, Target? scope)
    {
        var (studies, rest, texts) = (new StudyQuery(), new List<MatchKey>(), new List<(StudyText, string)>());
        foreach (var key in request.Keys.Where(key => !key.IsUniversal))
        {
            if (key.Path.Count == 1 && Columns.TryGetValue(key.Tag, out var column))
                texts.Add((column, key.Value));
            else if (key.Tag == DicomTags.StudyInstanceUID)
                studies = studies with { StudyInstanceUids = key.Uids };
            else if (key.Tag == DicomTags.StudyDate)
                studies = studies with { StudyDate = key.Range() };
            else if (key.Tag == DicomTags.StudyTime)
                studies = studies with { StudyTime = key.Range() };
            else
                rest.Add(key);
            // Of series and instances the database names the studies; which of these they are the answers tell.
            if (key.Tag == DicomTags.SeriesInstanceUID)
                studies = studies with { SeriesInstanceUids = key.Uids };
            else if (key.Tag == DicomTags.SOPInstanceUID)
                studies = studies with { SopInstanceUids = key.Uids };
            else if (key.Tag == DicomTags.ModalitiesInStudy && key.Value.AsSpan().IndexOfAny('*', '?') < 0)
                studies = studies with { Modalities = [key.Value] };
        }
        if (scope is not null)
            studies = studies with { StudyInstanceUids = studies.StudyInstanceUids.Count == 0 || studies.StudyInstanceUids.Contains(scope.Study) ? [scope.Study] : ["0"] }; // "0" names nothing
        return new SearchPlan(studies with { Texts = texts }, rest);
    }
}
