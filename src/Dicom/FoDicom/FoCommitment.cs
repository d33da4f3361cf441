using EchoClr.Dicom.Net.Dimse;
using EchoClr.Dicom.Ports;
using Fo = FellowOakDicom;
using FoNet = FellowOakDicom.Network;

namespace EchoClr.Dicom.FoDicom;

/// <summary>The Storage Commitment Push Model (PS3.4 Annex J) as fo-dicom's requests.</summary>
internal static class FoCommitment
{
    public static readonly Fo.DicomUID SopClass = Fo.DicomUID.Parse(StorageCommitment.SopClassUid);

    private static readonly Fo.DicomUID Instance = Fo.DicomUID.Parse(StorageCommitment.SopInstanceUid);

    public static FoNet.DicomNActionRequest Request(string transactionUid, IEnumerable<SopReference> objects) => new(SopClass, Instance, StorageCommitment.RequestAction)
    {
        Dataset = new Fo.DicomDataset().Add(Fo.DicomTag.TransactionUID, transactionUid).Add(Sequence(Fo.DicomTag.ReferencedSOPSequence, objects.Select(Item))),
    };

    public static FoNet.DicomNEventReportRequest ReportRequest(CommitmentReport report)
    {
        var information = new Fo.DicomDataset().Add(Fo.DicomTag.TransactionUID, report.TransactionUid);
        if (report.Committed.Count > 0)
            information.Add(Sequence(Fo.DicomTag.ReferencedSOPSequence, report.Committed.Select(Item)));
        if (report.Failed.Count > 0)
            information.Add(Sequence(Fo.DicomTag.FailedSOPSequence, report.Failed.Select(failed => Item(failed.Object).Add(Fo.DicomTag.FailureReason, failed.FailureReason))));
        return new FoNet.DicomNEventReportRequest(SopClass, Instance, StorageCommitment.EventType(report)) { Dataset = information };
    }

    /// <summary>Null where it is no report.</summary>
    public static CommitmentReport? Read(FoNet.DicomNEventReportRequest request) => request.SOPClassUID?.UID == StorageCommitment.SopClassUid && request.EventTypeID is 1 or 2 && request.Dataset is { } information
        ? new CommitmentReport(
            information.GetSingleValueOrDefault(Fo.DicomTag.TransactionUID, ""),
            [.. Items(information, Fo.DicomTag.ReferencedSOPSequence).Select(Reference)],
            [.. Items(information, Fo.DicomTag.FailedSOPSequence).Select(item => (Reference(item), item.GetSingleValueOrDefault<ushort>(Fo.DicomTag.FailureReason, 0)))])
        : null;

    /// <summary>The transaction and objects of a request; null where it is none.</summary>
    public static (string TransactionUid, IReadOnlyList<SopReference> Objects)? Read(FoNet.DicomNActionRequest request) =>
        request.SOPClassUID?.UID == StorageCommitment.SopClassUid && request.ActionTypeID == StorageCommitment.RequestAction && request.Dataset is { } information
            ? (information.GetSingleValueOrDefault(Fo.DicomTag.TransactionUID, ""), [.. Items(information, Fo.DicomTag.ReferencedSOPSequence).Select(Reference)])
            : null;

    private static Fo.DicomDataset Item(SopReference item) => new Fo.DicomDataset()
        .Add(Fo.DicomTag.ReferencedSOPClassUID, item.SopClassUid).Add(Fo.DicomTag.ReferencedSOPInstanceUID, item.SopInstanceUid);

    private static SopReference Reference(Fo.DicomDataset item) => new(
        item.GetSingleValueOrDefault(Fo.DicomTag.ReferencedSOPClassUID, ""), item.GetSingleValueOrDefault(Fo.DicomTag.ReferencedSOPInstanceUID, ""));

    private static Fo.DicomSequence Sequence(Fo.DicomTag tag, IEnumerable<Fo.DicomDataset> items) => new(tag, [.. items]);

    private static IEnumerable<Fo.DicomDataset> Items(Fo.DicomDataset dataset, Fo.DicomTag tag) => dataset.TryGetSequence(tag, out var sequence) ? sequence.Items : [];
}
