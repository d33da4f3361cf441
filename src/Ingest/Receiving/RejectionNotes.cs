using EchoClr.Dicom;
using EchoClr.Shared.Data;

namespace EchoClr.Ingest.Receiving;

/// <summary>Reads rejection notes: Key Object Selection documents (PS3.3 A.35.4) whose title says that the objects they list shall no longer be used (IHE RAD TF-2, RAD-66).</summary>
internal static class RejectionNotes
{
    /// <summary>Seven times the largest study known to us; a note that names more is kept, and moves nothing.</summary>
    private const int MaxObjects = 100_000;

    /// <summary>Null where the data set is no rejection note.</summary>
    public static RejectionNote? Read(DicomDataset dataset)
    {
        if (dataset.GetString(DicomTags.SOPClassUID) != SopClasses.KeyObjectSelectionDocumentStorage)
            return null;
        try
        {
            var title = dataset.GetSequence(DicomTags.ConceptNameCodeSequence) is [var first, ..] ? first : null;
            if (title?.GetString(DicomTags.CodingSchemeDesignator) != "DCM" || title.GetString(DicomTags.CodeValue) is not { } code || !Rejection.Titles.ContainsKey(code))
                return null;
            // Every object of the content tree is listed here, with its study (PS3.3 C.17.6.2).
            List<RejectedObject> objects =
            [
                .. from study in dataset.GetSequence(DicomTags.CurrentRequestedProcedureEvidenceSequence)
                   let studyInstanceUid = study.GetString(DicomTags.StudyInstanceUID)
                   from series in study.GetSequence(DicomTags.ReferencedSeriesSequence)
                   from item in series.GetSequence(DicomTags.ReferencedSOPSequence)
                   let sopInstanceUid = item.GetString(DicomTags.ReferencedSOPInstanceUID)
                   where studyInstanceUid is { Length: <= 64 } && sopInstanceUid is { Length: <= 64 }
                   select new RejectedObject(studyInstanceUid, sopInstanceUid),
            ];
            return objects.Count <= MaxObjects ? new RejectionNote(code, objects) : null;
        }
        // What it is meant to say cannot be known: the object is kept like any other.
        catch (DicomFormatException)
        {
            return null;
        }
    }
}
