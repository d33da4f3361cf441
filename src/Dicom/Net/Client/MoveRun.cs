using EchoClr.Dicom.Net.Dimse;
using EchoClr.Dicom.Ports;

namespace EchoClr.Dicom.Net.Client;

/// <summary>One C-MOVE from its request to its final response (PS3.4 C.4.2, PS3.7 9.1.4): counts as they come, and a C-CANCEL when it takes too long.</summary>
internal sealed class MoveRun(DicomDataset identifier, string destinationAeTitle, DicomClientOptions options, TimeProvider time, IProgress<MoveCounts>? progress)
{
    public const string SopClassUid = SopClasses.StudyRootQueryRetrieveInformationModelMove;

    private const ushort MessageId = 1; // the only request of its association

    public async Task<MoveResult> RequestAsync(ClientAssociation association, AcceptedContext context)
    {
        var syntax = TransferSyntax.Parse(context.TransferSyntax);
        var request = new CommandSet { Field = CommandField.CMoveRq, AffectedSopClassUid = SopClassUid, MessageId = MessageId, Priority = 0, MoveDestination = destinationAeTitle };
        await association.Channel.SendAsync(context.Id, request, DicomDatasetWriter.Encode(identifier, syntax)).ConfigureAwait(false);
        var started = time.GetTimestamp();
        long? cancelled = null;
        while (true)
        {
            var response = await association.ResponseAsync(context, request, options.MoveResponseTimeout).ConfigureAwait(false);
            var failed = response.HasDataset ? await ReadFailedAsync(association, context, syntax).ConfigureAwait(false) : [];
            var counts = new MoveCounts(
                response.RemainingSuboperations ?? 0, response.CompletedSuboperations ?? 0, response.FailedSuboperations ?? 0, response.WarningSuboperations ?? 0);
            progress?.Report(counts);
            if (response.DimseStatus is { Code: not StatusCodes.Pending } status)
                return new MoveResult(status, counts, failed);
            if (cancelled is { } since && time.GetElapsedTime(since) > options.ResponseTimeout)
                throw new DimseViolationException("it goes on with a C-MOVE that was cancelled");
            if (cancelled is null && time.GetElapsedTime(started) > options.MoveTimeout)
            {
                await association.Channel.SendAsync(context.Id, new CommandSet { Field = CommandField.CCancelRq, MessageIdBeingRespondedTo = MessageId }).ConfigureAwait(false);
                cancelled = time.GetTimestamp();
            }
        }
    }

    private async Task<IReadOnlyList<string>> ReadFailedAsync(ClientAssociation association, AcceptedContext context, TransferSyntax syntax)
    {
        var bytes = new DatasetInMemory();
        await association.Channel.ReceiveDatasetAsync(context, bytes, DatasetInMemory.MaxLength, options.ResponseTimeout).ConfigureAwait(false);
        return DicomDatasetReader.Read(bytes.Bytes, syntax).GetStrings(DicomTags.FailedSOPInstanceUIDList).Where(uid => uid.Length > 0).ToList();
    }
}
