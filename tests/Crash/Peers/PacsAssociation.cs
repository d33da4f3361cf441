using EchoClr.Dicom;
using EchoClr.Dicom.Net.Client;
using EchoClr.Dicom.Net.Dimse;
using EchoClr.Dicom.Net.Pdus;
using EchoClr.Dicom.Net.Server;
using EchoClr.Dicom.Net.UpperLayer;
using EchoClr.Dicom.Ports;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging.Abstractions;

namespace EchoClr.Crash.Peers;

/// <summary>One association with the scripted PACS, which accepts every context. A peer that dies in the middle ends it, nothing else.</summary>
internal sealed class PacsAssociation(ScriptedPacs pacs, ConnectionContext connection, CancellationToken ending)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public async Task RunAsync()
    {
        await using var upperLayer = new UpperLayerConnection(connection, requestor: false, new UpperLayerLimits(PduLimits.DefaultMaxPDataLength, Patience, Patience), TimeProvider.System, ending);
        if ((await upperLayer.ReceiveAsync(Patience)).Pdu is not AssociateRqPdu rq)
            return;
        var everything = new AssociationDecision(null, context => ContextDecision.Accept(context.TransferSyntaxes[0]));
        var negotiation = Negotiation.Of(rq, everything, PduLimits.DefaultMaxPDataLength, NullLogger.Instance);
        upperLayer.AnnounceMaxLength(rq.User.MaxLength);
        await upperLayer.AcceptAsync(negotiation.Answer);
        var channel = new DimseChannel(upperLayer, negotiation.Accepted);
        try
        {
            var received = await channel.ReceiveCommandAsync(Patience);
            for (; received is { Context: { } context, Command: { } command }; received = await channel.ReceiveCommandAsync(Patience))
                await ServeAsync(channel, context, command);
            if (received.End.Kind == IndicationKind.ReleaseRequested)
                await upperLayer.RespondReleaseAsync();
        }
        catch (Exception exception) when (exception is AssociationEndedException or DimseViolationException)
        {
            // The product died, or we are ending.
        }
    }

    /// <summary>An N-EVENT-REPORT of the Storage Commitment Push Model (PS3.4 J.3.3).</summary>
    public static CommandSet EventReport(DicomDataset report) => new()
    {
        Field = CommandField.NEventReportRq,
        MessageId = 1,
        AffectedSopClassUid = StorageCommitment.SopClassUid,
        AffectedSopInstanceUid = StorageCommitment.SopInstanceUid,
        EventTypeId = (ushort)(report.GetSequence(DicomTags.FailedSOPSequence).Count == 0 ? 1 : 2),
        HasDataset = true,
    };

    private async Task ServeAsync(DimseChannel channel, AcceptedContext context, CommandSet command)
    {
        var dataset = new DatasetInMemory();
        if (command.HasDataset)
            await channel.ReceiveDatasetAsync(context, dataset, DatasetInMemory.MaxLength, Patience);
        var syntax = TransferSyntax.Parse(context.TransferSyntax);
        DicomDataset? report = null;
        switch (command.Field)
        {
            case CommandField.CStoreRq:
                pacs.Keep(command.AffectedSopClassUid!, command.AffectedSopInstanceUid!, context.TransferSyntax, dataset.Bytes.ToArray());
                break;
            case CommandField.NActionRq:
                report = pacs.Report(DicomDatasetReader.Read(dataset.Bytes, syntax));
                break;
            case CommandField.CFindRq when DicomDatasetReader.Read(dataset.Bytes, syntax) is var query && pacs.Objects.ContainsKey(query.GetString(DicomTags.SOPInstanceUID) ?? ""):
                await channel.SendAsync(context.Id, command.Respond(new DimseStatus(StatusCodes.Pending)), DicomDatasetWriter.Encode(query, syntax));
                break;
        }
        await channel.SendAsync(context.Id, command.Respond(DimseStatus.Success));
        if (report is null)
            return;
        switch (pacs.NextManner())
        {
            case CommitmentManner.OnThisAssociation:
                await channel.SendAsync(context.Id, EventReport(report), DicomDatasetWriter.Encode(report, syntax));
                await channel.ReceiveCommandAsync(Patience);
                break;
            case CommitmentManner.OnOneOfItsOwn:
                pacs.ReportLater(report);
                break;
        }
    }
}
