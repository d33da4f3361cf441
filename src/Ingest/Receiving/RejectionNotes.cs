using System.Collections.Frozen;
using EchoClr.Dicom;
using EchoClr.Dicom.Ports;
using EchoClr.Shared.Data;

namespace EchoClr.Ingest.Receiving;

/// <summary>Reads rejection notes: Key Object Selection documents (PS3.3 A.35.4) whose title says that the objects they list shall no longer be used (IHE RAD TF-2, RAD-66).</summary>
internal static class RejectionNotes
{
    /// <summary>Above the largest study known to us (14,488 objects), with some 160 bytes for each. A larger note is kept, and moves nothing: one from each association at a time must fit the memory.</summary>
    private const long MaxDatasetLength = 4L << 20;

    private static readonly DicomReadOptions Content = DicomReadOptions.Header with
    {
        Only = new[] { DicomTags.ConceptNameCodeSequence, DicomTags.CurrentRequestedProcedureEvidenceSequence }.ToFrozenSet(),
        MaxElements = 100_000,
    };

    /// <summary>Null where the object is no rejection note.</summary>
    /// <exception cref="DicomFormatException">It is a Key Object Selection that cannot be understood.</exception>
    public static RejectionNote? Read(ReceivedInstance received)
    {
        if (received.Request.SopClassUid != SopClasses.KeyObjectSelectionDocumentStorage)
            return null;
        if (received.DatasetLength > MaxDatasetLength)
            throw new DicomFormatException($"a Key Object Selection of {received.DatasetLength} bytes");
        var dataset = DicomFile.Read(received.Path, Content).Dataset;
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
        return new RejectionNote(code, objects);
    }
}
