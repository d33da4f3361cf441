using EchoClr.Dicom.Net.Client;
using EchoClr.Dicom.Net.Dimse;
using EchoClr.Dicom.Ports;
using Fo = FellowOakDicom;
using FoNet = FellowOakDicom.Network;

namespace EchoClr.Dicom.FoDicom;

/// <summary>The client port of <c>PackageSet=nuget</c>. One association a call, like our own client; what fo-dicom throws becomes one sentence about the peer.</summary>
public sealed class FoDicomClient(DicomClientOptions options, TimeProvider time) : IDicomClient
{
    public async Task<EchoResult> EchoAsync(DicomPeer peer, CancellationToken cancellationToken)
    {
        var call = new FoDicomCall(peer, options, cancellationToken);
        DimseStatus? status = null;
        var (asked, answered) = (0L, 0L);
        call.Client.AssociationAccepted += (_, _) => asked = time.GetTimestamp();
        await call.SendAsync(new FoNet.DicomCEchoRequest { OnResponseReceived = (_, response) => (status, answered) = (FoDicomCall.Status(response), time.GetTimestamp()) }, "C-ECHO");
        return new EchoResult(call.Answered(status, "C-ECHO"), time.GetElapsedTime(asked, answered));
    }

    public async Task<IReadOnlyList<StoreResult>> StoreAsync(DicomPeer peer, IReadOnlyList<string> files, IProgress<StoreResult>? progress, CancellationToken cancellationToken)
    {
        var results = new StoreResult?[files.Count];
        var call = new FoDicomCall(peer, options, cancellationToken);
        for (var i = 0; i < files.Count; i++)
        {
            var index = i;
            try
            {
                var file = OutgoingFile.Read(files[index]);
                var request = new FoNet.DicomCStoreRequest(files[index]) { OmitImplicitVrTransferSyntaxInAssociationRequest = !file.CanBeImplicit };
                request.OnResponseReceived = (_, response) => Report(index, call.Result(file, FoDicomCall.Status(response)));
                await call.Client.AddRequestAsync(request);
            }
            catch (Exception e) when (e is DicomFormatException or IOException or UnauthorizedAccessException or Fo.DicomException)
            {
                Report(index, new StoreResult(files[index], "", null, $"{files[index]} cannot be sent: {e.Message}"));
            }
        }
        try
        {
            if (results.Any(result => result is null))
                await call.SendAsync("an instance was stored");
        }
        catch (DicomNetworkException e) when (call.WasAccepted)
        {
            // Results that exist are worth more than an exception; what was not sent says why.
            for (var i = 0; i < files.Count; i++)
                if (results[i] is null)
                    Report(i, new StoreResult(files[i], "", null, e.Message));
        }
        return [.. results.Select((result, i) => result ?? new StoreResult(files[i], "", null, $"{call.Name} gave no answer."))];

        void Report(int index, StoreResult result)
        {
            results[index] = result;
            progress?.Report(result);
        }
    }

    public async Task<IReadOnlyList<IReadOnlyDictionary<string, string>>> FindAsync(DicomPeer peer, string level, IReadOnlyDictionary<string, string> keys, CancellationToken cancellationToken)
    {
        var call = new FoDicomCall(peer, options, cancellationToken);
        var tags = keys.Keys.ToDictionary(keyword => keyword, FoDicomCall.Tag);
        var request = new FoNet.DicomCFindRequest(FoDicomCall.Level(level));
        if (keys.Values.Any(value => !System.Text.Ascii.IsValid(value)))
            request.Dataset.AddOrUpdate(Fo.DicomTag.SpecificCharacterSet, "ISO_IR 192");
        foreach (var (keyword, value) in keys)
            request.Dataset.AddOrUpdate(tags[keyword], value.Split('\\'));
        var matches = new List<IReadOnlyDictionary<string, string>>();
        DimseStatus? final = null;
        request.OnResponseReceived = (_, response) =>
        {
            var status = FoDicomCall.Status(response);
            if (status.Code is not (StatusCodes.Pending or StatusCodes.PendingWithoutOptionalKeys))
                final = status;
            else if (response.Dataset is { } match && matches.Count < options.MaxMatches)
                matches.Add(tags.ToDictionary(tag => tag.Key, tag => match.TryGetString(tag.Value, out var text) ? text : ""));
        };
        await call.SendAsync(request, "C-FIND");
        var answer = call.Answered(final, "C-FIND");
        return answer.IsSuccess ? matches : throw new DicomNetworkException($"{call.Name} answered the C-FIND with {answer.WithoutComment}.");
    }

    public async Task<MoveResult> MoveAsync(
        DicomPeer peer, string destinationAeTitle, string level, IReadOnlyDictionary<string, string> keys, IProgress<MoveCounts>? progress, CancellationToken cancellationToken)
    {
        // fo-dicom sends no C-CANCEL of its own; a peer that takes too long loses the association instead.
        using var limit = new CancellationTokenSource(options.MoveTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var call = new FoDicomCall(peer, options, either.Token) { ResponseTimeout = options.MoveResponseTimeout };
        var request = new FoNet.DicomCMoveRequest(destinationAeTitle, keys.GetValueOrDefault("StudyInstanceUID", ""));
        request.Dataset.AddOrUpdate(Fo.DicomTag.QueryRetrieveLevel, level);
        foreach (var (keyword, value) in keys)
            request.Dataset.AddOrUpdate(FoDicomCall.Tag(keyword), value.Split('\\'));
        MoveResult? result = null;
        request.OnResponseReceived = (_, response) =>
        {
            var counts = new MoveCounts(response.Remaining, response.Completed, response.Failures, response.Warnings);
            progress?.Report(counts);
            if (FoDicomCall.Status(response) is { Code: not StatusCodes.Pending } status)
                result = new MoveResult(status, counts, response.Dataset is { } failed && failed.TryGetValues<string>(Fo.DicomTag.FailedSOPInstanceUIDList, out var uids) ? uids : []);
        };
        try
        {
            await call.SendAsync(request, "C-MOVE");
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new DicomNetworkException($"{call.Name} did not end the C-MOVE within {options.MoveTimeout.TotalMinutes:0.#} min; the association was aborted.");
        }
        return result ?? throw new DicomNetworkException($"{call.Name} gave no answer to the C-MOVE.");
    }

    public async Task<DimseStatus> ReportCommitmentAsync(DicomPeer peer, CommitmentReport report, CancellationToken cancellationToken)
    {
        var call = new FoDicomCall(peer, options, cancellationToken);
        // We request the association and are its SCP: said by role selection (PS3.7 D.3.3.4).
        call.Client.AdditionalPresentationContexts.Add(FoNet.DicomPresentationContext.GetScpRolePresentationContext(
            FoCommitment.SopClass, Fo.DicomTransferSyntax.ExplicitVRLittleEndian, Fo.DicomTransferSyntax.ImplicitVRLittleEndian));
        DimseStatus? status = null;
        var request = FoCommitment.ReportRequest(report);
        request.OnResponseReceived = (_, response) => status = FoDicomCall.Status(response);
        await call.SendAsync(request, "a commitment report");
        return call.Answered(status, "commitment report");
    }

    public async Task<CommitmentRequestResult> RequestCommitmentAsync(DicomPeer peer, string transactionUid, IReadOnlyList<SopReference> objects, CancellationToken cancellationToken)
    {
        var call = new FoDicomCall(peer, options, cancellationToken);
        call.Client.ClientOptions.AssociationLingerTimeoutInMs = (int)options.CommitmentLinger.TotalMilliseconds;
        DimseStatus? status = null;
        CommitmentReport? report = null;
        call.Client.OnNEventReportRequest = request =>
        {
            report = FoCommitment.Read(request);
            return Task.FromResult(new FoNet.DicomNEventReportResponse(request, FoNet.DicomStatus.Success));
        };
        var request = FoCommitment.Request(transactionUid, objects);
        request.OnResponseReceived = (_, response) => status = FoDicomCall.Status(response);
        await call.SendAsync(request, "storage commitment");
        return new CommitmentRequestResult(call.Answered(status, "storage commitment request"), report?.TransactionUid == transactionUid ? report : null);
    }
}
