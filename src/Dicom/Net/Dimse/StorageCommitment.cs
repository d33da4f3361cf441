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

    /// <summary>Event types 1, all committed, and 2, failures exist (PS3.4 J.3.3). The lists say which; the types need no test of their own.</summary>
    public static bool IsReport(CommandSet command) => command is { EventTypeId: 1 or 2, HasDataset: true };

    /// <summary>Action Information of a request (PS3.4 Table J.3-1).</summary>
    public static DicomDataset Request(string transactionUid, IReadOnlyList<SopReference> objects) => new DicomDataset()
        .Set(DicomTags.TransactionUID, transactionUid)
        .SetSequence(DicomTags.ReferencedSOPSequence, [.. objects.Select(sop => new DicomDataset()
            .Set(DicomTags.ReferencedSOPClassUID, sop.SopClassUid)
            .Set(DicomTags.ReferencedSOPInstanceUID, sop.SopInstanceUid))]);

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

    private static SopReference Reference(DicomDataset item) => new(
        item.GetString(DicomTags.ReferencedSOPClassUID) ?? "",
        item.GetString(DicomTags.ReferencedSOPInstanceUID) ?? "");
}
