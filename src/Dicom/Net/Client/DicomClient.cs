using EchoClr.Dicom.Net.Dimse;
using EchoClr.Dicom.Net.Pdus;
using EchoClr.Dicom.Net.UpperLayer;
using EchoClr.Dicom.Ports;

namespace EchoClr.Dicom.Net.Client;

/// <summary>The DICOM client. Holds no connection between calls; safe for any number of calls at a time.</summary>
public sealed class DicomClient : IDicomClient
{
    private static readonly string[] UncompressedSyntaxes = [TransferSyntax.ExplicitVRLittleEndian.Uid, TransferSyntax.ImplicitVRLittleEndian.Uid];

    private readonly DicomClientOptions _options;
    private readonly TimeProvider _time;

    public DicomClient(DicomClientOptions options, TimeProvider time) => (_options, _time) = (options, time);

    public async Task<EchoResult> EchoAsync(DicomPeer peer, CancellationToken cancellationToken)
    {
        var proposal = new ProposedContext(1, SopClasses.Verification, [TransferSyntax.ImplicitVRLittleEndian.Uid]);
        return await AssociateAsync(peer, proposal, [], "C-ECHO", async (association, context) =>
        {
            var start = _time.GetTimestamp();
            var response = await association.RequestAsync(context, new CommandSet { Field = CommandField.CEchoRq, AffectedSopClassUid = SopClasses.Verification }).ConfigureAwait(false);
            return new EchoResult(response.DimseStatus, _time.GetElapsedTime(start));
        }, cancellationToken).ConfigureAwait(false);
    }

    public Task<IReadOnlyList<StoreResult>> StoreAsync(
        DicomPeer peer, IReadOnlyList<string> files, IProgress<StoreResult>? progress, CancellationToken cancellationToken) =>
        new StoreRun(peer, contexts => ClientAssociation.OpenAsync(peer, contexts, [], _options, _time, cancellationToken), progress)
            .SendAsync(files, cancellationToken);

    public async Task<IReadOnlyList<IReadOnlyDictionary<string, string>>> FindAsync(
        DicomPeer peer, string level, IReadOnlyDictionary<string, string> keys, CancellationToken cancellationToken)
    {
        const string sopClass = SopClasses.StudyRootQueryRetrieveInformationModelFind;
        var query = new FindQuery(level, keys);
        return await AssociateAsync(peer, new ProposedContext(1, sopClass, UncompressedSyntaxes), [], "C-FIND", async (association, context) =>
        {
            var syntax = TransferSyntax.Parse(context.TransferSyntax);
            var request = new CommandSet { Field = CommandField.CFindRq, AffectedSopClassUid = sopClass, MessageId = 1, Priority = 0 };
            await association.Channel.SendAsync(context.Id, request, DicomDatasetWriter.Encode(query.Identifier, syntax)).ConfigureAwait(false);
            var matches = new List<IReadOnlyDictionary<string, string>>();
            while (true)
            {
                var response = await association.ResponseAsync(context, request).ConfigureAwait(false);
                var identifier = new DatasetInMemory();
                if (response.HasDataset)
                    await association.Channel.ReceiveDatasetAsync(context, identifier, DatasetInMemory.MaxLength, _options.ResponseTimeout).ConfigureAwait(false);
                var status = response.DimseStatus;
                if (status.IsSuccess)
                    return matches;
                if (status.Code is not (StatusCodes.Pending or StatusCodes.PendingWithoutOptionalKeys))
                    throw new DicomNetworkException($"{ClientAssociation.Name(peer)} answered the C-FIND with {status.WithoutComment}.");
                if (matches.Count == _options.MaxMatches)
                    throw new DimseViolationException($"more than {_options.MaxMatches} matches");
                matches.Add(query.Read(identifier.Bytes, syntax));
            }
        }, cancellationToken).ConfigureAwait(false);
    }

    public Task<MoveResult> MoveAsync(
        DicomPeer peer, string destinationAeTitle, string level, IReadOnlyDictionary<string, string> keys, IProgress<MoveCounts>? progress, CancellationToken cancellationToken)
    {
        var run = new MoveRun(new FindQuery(level, keys).Identifier, destinationAeTitle, _options, _time, progress);
        return AssociateAsync(peer, new ProposedContext(1, MoveRun.SopClassUid, UncompressedSyntaxes), [], "C-MOVE", run.RequestAsync, cancellationToken);
    }

    public async Task<CommitmentRequestResult> RequestCommitmentAsync(
        DicomPeer peer, string transactionUid, IReadOnlyList<SopReference> objects, CancellationToken cancellationToken)
    {
        // We are the SCU, which is the default role; said all the same, because some SCPs send their report on this association only when it is.
        var role = new RoleSelection(StorageCommitment.SopClassUid, ScuRole: true, ScpRole: false);
        var proposal = new ProposedContext(1, StorageCommitment.SopClassUid, UncompressedSyntaxes);
        return await AssociateAsync(peer, proposal, [role], "storage commitment", async (association, context) =>
        {
            var information = DicomDatasetWriter.Encode(StorageCommitment.Request(transactionUid, objects), TransferSyntax.Parse(context.TransferSyntax));
            var response = await association.RequestAsync(context, new CommandSet
            {
                Field = CommandField.NActionRq,
                RequestedSopClassUid = StorageCommitment.SopClassUid,
                RequestedSopInstanceUid = StorageCommitment.SopInstanceUid,
                ActionTypeId = StorageCommitment.RequestAction,
            }, information).ConfigureAwait(false);
            var status = response.DimseStatus;
            var report = status.IsSuccess || status.IsWarning ? await LingerAsync(association, transactionUid).ConfigureAwait(false) : null;
            return new CommitmentRequestResult(status, report);
        }, cancellationToken).ConfigureAwait(false);
    }

    public async Task<DimseStatus> ReportCommitmentAsync(DicomPeer peer, CommitmentReport report, CancellationToken cancellationToken)
    {
        // We open the association, and are the SCP on it all the same (PS3.4 J.3.3, PS3.7 D.3.3.4).
        var role = new RoleSelection(StorageCommitment.SopClassUid, ScuRole: false, ScpRole: true);
        var proposal = new ProposedContext(1, StorageCommitment.SopClassUid, UncompressedSyntaxes);
        return await AssociateAsync(peer, proposal, [role], "storage commitment", async (association, context) =>
        {
            var information = DicomDatasetWriter.Encode(StorageCommitment.Information(report), TransferSyntax.Parse(context.TransferSyntax));
            return (await association.RequestAsync(context, StorageCommitment.ReportRequest(report), information).ConfigureAwait(false)).DimseStatus;
        }, cancellationToken).ConfigureAwait(false);
    }

    // The request is accepted: whatever the association does from here on, the report will come, here or to the listener.
    private async ValueTask<CommitmentReport?> LingerAsync(ClientAssociation association, string transactionUid)
    {
        try
        {
            var received = await association.Channel.ReceiveCommandAsync(_options.CommitmentLinger).ConfigureAwait(false);
            if (received is not { Context: { } context, Command: { Field: CommandField.NEventReportRq } command })
                return null;
            if (!StorageCommitment.IsReport(command))
                return null;
            var (report, refusal) = await StorageCommitment.ReceiveReportAsync(association.Channel, context, _options.ResponseTimeout).ConfigureAwait(false);
            // A report about something else would be lost with us; refused, the peer brings it to the listener.
            var ours = report?.TransactionUid == transactionUid;
            var status = report is null ? refusal : ours ? DimseStatus.Success : new DimseStatus(StatusCodes.ProcessingFailure, "another transaction's report");
            await association.Channel.SendAsync(context.Id, command.Respond(status)).ConfigureAwait(false);
            return ours ? report : null;
        }
        catch (Exception e) when (e is AssociationEndedException or DimseViolationException)
        {
            return null;
        }
    }

    private async Task<T> AssociateAsync<T>(
        DicomPeer peer, ProposedContext proposal, IReadOnlyList<RoleSelection> roles, string doing,
        Func<ClientAssociation, AcceptedContext, Task<T>> work, CancellationToken cancellationToken)
    {
        var association = await ClientAssociation.OpenAsync(peer, [proposal], roles, _options, _time, cancellationToken).ConfigureAwait(false);
        await using (association.ConfigureAwait(false))
        {
            try
            {
                if (!association.Accepted.TryGetValue(proposal.Id, out var context))
                {
                    await association.ReleaseAsync().ConfigureAwait(false);
                    byte? result = association.Refused.TryGetValue(proposal.Id, out var refused) ? refused : null;
                    throw new DicomNetworkException($"{ClientAssociation.Name(peer)} does not offer {doing}: {RejectionText.OfContext(result)}.");
                }
                var answer = await work(association, context).ConfigureAwait(false);
                await association.ReleaseAsync().ConfigureAwait(false);
                return answer;
            }
            catch (Exception e) when (e is AssociationEndedException or DimseViolationException or DicomFormatException)
            {
                throw await association.FailAsync(e, doing + " was under way").ConfigureAwait(false);
            }
        }
    }
}
