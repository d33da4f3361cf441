using EchoClr.Dicom.Ports;

namespace EchoClr.Dicom.Net.Dimse;

/// <summary>The Storage Commitment Push Model (PS3.4 Annex J): its well-known instance, its action and its events, as records.</summary>
internal static class StorageCommitment
{
    public const string SopClassUid = SopClasses.StorageCommitmentPushModel;

    /// <summary>The well-known SOP instance (PS3.4 J.3.5).</summary>
    public const string SopInstanceUid = "1.2.840.10008.1.20.1.1";

    /// <summary>Action type 1: request storage commitment (PS3.4 J.3.2).</summary>
    public const ushort RequestAction = 1;

    /// <summary>Event type 1, all committed, or 2, failures exist.</summary>
    public static ushort EventType(CommitmentReport report) => report.Failed.Count == 0 ? (ushort)1 : (ushort)2;

    /// <summary>Event types 1, all committed, and 2, failures exist (PS3.4 J.3.3). The lists say which; the types need no test of their own.</summary>
    public static bool IsReport(CommandSet command) => command is { EventTypeId: 1 or 2, HasDataset: true };

    /// <summary>Action Information of a request (PS3.4 Table J.3-1).</summary>
    public static DicomDataset Request(string transactionUid, IReadOnlyList<SopReference> objects) => new DicomDataset()
        .Set(DicomTags.TransactionUID, transactionUid)
        .SetSequence(DicomTags.ReferencedSOPSequence, [.. objects.Select(Item)]);

    /// <summary>Event Information of a report (PS3.4 Table J.3-2): a list that has no entry is absent.</summary>
    public static DicomDataset Information(CommitmentReport report)
    {
        var information = new DicomDataset().Set(DicomTags.TransactionUID, report.TransactionUid);
        if (report.Committed.Count > 0)
            information.SetSequence(DicomTags.ReferencedSOPSequence, [.. report.Committed.Select(Item)]);
        if (report.Failed.Count > 0)
            information.SetSequence(DicomTags.FailedSOPSequence, [.. report.Failed.Select(failed => Item(failed.Object).Set(DicomTags.FailureReason, (int)failed.FailureReason))]);
        return information;
    }

    /// <summary>The request for an N-EVENT-REPORT with the report.</summary>
    public static CommandSet ReportRequest(CommitmentReport report) => new()
    {
        Field = CommandField.NEventReportRq,
        AffectedSopClassUid = SopClassUid,
        AffectedSopInstanceUid = SopInstanceUid,
        EventTypeId = EventType(report),
    };

    /// <summary>Reads the data set of an N-ACTION; null where it cannot be read. What it lacks is empty.</summary>
    public static async ValueTask<(string TransactionUid, IReadOnlyList<SopReference> Objects)?> ReceiveRequestAsync(DimseChannel channel, AcceptedContext context, TimeSpan timeout)
    {
        var bytes = new DatasetInMemory();
        await channel.ReceiveDatasetAsync(context, bytes, DatasetInMemory.MaxLength, timeout).ConfigureAwait(false);
        try
        {
            var information = DicomDatasetReader.Read(bytes.Bytes, TransferSyntax.Parse(context.TransferSyntax));
            return (information.GetString(DicomTags.TransactionUID) ?? "", [.. information.GetSequence(DicomTags.ReferencedSOPSequence).Select(Reference)]);
        }
        catch (DicomFormatException)
        {
            return null;
        }
    }

    /// <summary>Reads the data set of an N-EVENT-REPORT; what cannot be understood gives a status to answer instead of a report.</summary>
    public static async ValueTask<(CommitmentReport? Report, DimseStatus Refusal)> ReceiveReportAsync(DimseChannel channel, AcceptedContext context, TimeSpan timeout)
    {
        var bytes = new DatasetInMemory();
        await channel.ReceiveDatasetAsync(context, bytes, DatasetInMemory.MaxLength, timeout).ConfigureAwait(false);
        try
        {
            var information = DicomDatasetReader.Read(bytes.Bytes, TransferSyntax.Parse(context.TransferSyntax));
            return information.GetString(DicomTags.TransactionUID) is { } transactionUid
                ? (Report(transactionUid, information), default)
                : (null, new DimseStatus(StatusCodes.ProcessingFailure, "the report has no Transaction UID"));
        }
        catch (DicomFormatException)
        {
            return (null, new DimseStatus(StatusCodes.ProcessingFailure, "the report cannot be read"));
        }
    }

    // PS3.4 Table J.3-2
    private static CommitmentReport Report(string transactionUid, DicomDataset information) => new(
        transactionUid,
        [.. information.GetSequence(DicomTags.ReferencedSOPSequence).Select(Reference)],
        [.. information.GetSequence(DicomTags.FailedSOPSequence).Select(item => (Reference(item), (ushort)(item.GetInt32(DicomTags.FailureReason) ?? StatusCodes.ProcessingFailure)))]);

    private static DicomDataset Item(SopReference sop) => new DicomDataset()
        .Set(DicomTags.ReferencedSOPClassUID, sop.SopClassUid)
        .Set(DicomTags.ReferencedSOPInstanceUID, sop.SopInstanceUid);

    private static SopReference Reference(DicomDataset item) => new(
        item.GetString(DicomTags.ReferencedSOPClassUID) ?? "",
        item.GetString(DicomTags.ReferencedSOPInstanceUID) ?? "");
}
