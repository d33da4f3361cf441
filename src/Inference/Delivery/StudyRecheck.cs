using EchoClr.Dicom;
using EchoClr.Inference.Pacs;
using EchoClr.Shared.Data;
using EchoClr.Shared.Storage;

namespace EchoClr.Inference.Delivery;

/// <summary>
/// Asks whether the PACS still holds a study before something is sent about it, where the settings say so, and always where it held it under another patient when the report was
/// written: a person who lets such a delivery try again, or every parked one at once, must not put findings under the wrong name.
/// </summary>
public sealed class StudyRecheck(StudyAtPacs pacs, ReportPatientStore patients, BlobStore blobs)
{
    internal const string Vanished = "the PACS no longer holds the study";
    internal const string AnotherPatient = "the PACS holds the study under another patient than the report names";

    /// <summary>What stands against sending; null where nothing does.</summary>
    public async Task<Objection?> FindAsync(DeliveryRow delivery, IReadOnlyList<DeliveryObjectRow> objects, CancellationToken cancellationToken)
    {
        var contested = await patients.FindAsync(delivery.AnalysisId, cancellationToken) is { Verdict: PatientVerdict.Other };
        if (await pacs.AskAsync(delivery.StudyInstanceUid, asked => asked.RecheckStudy || contested, cancellationToken) is not { } answer)
            return null;
        if (answer.Trouble is { } trouble)
            return new Objection($"whether the PACS still holds the study could not be asked: {trouble}", Lasting: false);
        if (answer.Patient is not { } present)
            return new Objection(Vanished, Lasting: true);
        var named = PatientIdentity.Of(DicomFile.Read(blobs.PathOf(objects[^1].FileKey), DicomReadOptions.Header).Dataset);
        return present.CanBe(named) ? null : new Objection(AnotherPatient, Lasting: true);
    }

    /// <param name="Lasting">A person must look; else it may pass by itself.</param>
    public sealed record Objection(string Reason, bool Lasting);
}
