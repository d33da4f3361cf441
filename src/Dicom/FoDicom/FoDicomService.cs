using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Text;
using EchoClr.Dicom.Net.Dimse;
using EchoClr.Dicom.Net.Tls;
using EchoClr.Dicom.Ports;
using Microsoft.Extensions.Logging;
using Fo = FellowOakDicom;
using FoNet = FellowOakDicom.Network;

namespace EchoClr.Dicom.FoDicom;

/// <summary>What the associations of a listener share.</summary>
internal sealed class FoAssociations(IDicomServerHandler handler, long maxDatasetLength)
{
    private int _count;
    private volatile bool _refusing;

    public IDicomServerHandler Handler => handler;
    public long MaxDatasetLength => maxDatasetLength;
    public int Count => Volatile.Read(ref _count);
    public bool Refusing => _refusing;

    public void Refuse() => _refusing = true;
    public void Begin() => Interlocked.Increment(ref _count);
    public void End() => Interlocked.Decrement(ref _count);
}

/// <summary>One association of the listener: translates between fo-dicom and the port, and decides nothing. fo-dicom makes it, and puts the shared part into UserState.</summary>
public sealed class FoDicomService : FoNet.DicomService, FoNet.IDicomServiceProvider, FoNet.IDicomCStoreProvider, FoNet.IDicomCEchoProvider, FoNet.IDicomNServiceProvider, FoNet.IDicomNEventReportRequestProvider
{
    private readonly FoNet.INetworkStream _stream;
    private readonly Guid _id = Guid.NewGuid();
    private CommitmentRequest? _accepted;
    private int _stored;
    private bool _begun, _ended;

    public FoDicomService(FoNet.INetworkStream stream, Encoding fallbackEncoding, ILogger logger, FoNet.DicomServiceDependencies dependencies)
        : base(stream, fallbackEncoding, logger, dependencies) => _stream = stream;

    private FoAssociations Shared => (FoAssociations)UserState;

    public Task OnReceiveAssociationRequestAsync(FoNet.DicomAssociation association)
    {
        (_begun, var handler) = (true, Shared.Handler);
        Shared.Begin();
        var request = new AssociationRequest(_id, association.CallingAE, association.CalledAE, new IPEndPoint(IPAddress.Parse(_stream.RemoteHost), _stream.RemotePort),
            [.. association.PresentationContexts.Select(Proposed)])
        {
            Certificate = _stream.AsStream() is SslStream { RemoteCertificate: { } certificate } ? TlsHandshake.Describe(certificate) : null,
        };
        var decision = Shared.Refusing ? AssociationDecision.Reject(AssociationRejection.TemporaryCongestion) : handler.Decide(request);
        if (decision.Rejection is { } rejection)
        {
            End(AssociationEndKind.Rejected, rejection.Why);
            return SendAssociationRejectAsync((FoNet.DicomRejectResult)rejection.Result, (FoNet.DicomRejectSource)rejection.Source, (FoNet.DicomRejectReason)rejection.Reason);
        }
        foreach (var context in association.PresentationContexts)
        {
            var answer = decision.Context(Proposed(context));
            if (answer.TransferSyntax is { } syntax)
                context.SetResult(FoNet.DicomPresentationContextResult.Accept, Fo.DicomTransferSyntax.Parse(syntax));
            else
                context.SetResult((FoNet.DicomPresentationContextResult)answer.Result);
        }
        return SendAssociationAcceptAsync(association);
    }

    public async Task OnReceiveAssociationReleaseRequestAsync()
    {
        await SendAssociationReleaseResponseAsync();
        End(AssociationEndKind.Released, "released");
    }

    public void OnReceiveAbort(FoNet.DicomAbortSource source, FoNet.DicomAbortReason reason) => End(AssociationEndKind.AbortedByPeer, $"aborted by the peer ({source}, {reason})");

    public void OnConnectionClosed(Exception? exception) => End(AssociationEndKind.ConnectionLost, exception is null ? "the connection was closed" : "the connection was lost");

    public Task<FoNet.DicomCEchoResponse> OnCEchoRequestAsync(FoNet.DicomCEchoRequest request) => Task.FromResult(new FoNet.DicomCEchoResponse(request, FoNet.DicomStatus.Success));

    /// <summary>fo-dicom has received the data set, as it came, into a file of its own; the application names the place, and takes it over there.</summary>
    public async Task<FoNet.DicomCStoreResponse> OnCStoreRequestAsync(FoNet.DicomCStoreRequest request)
    {
        var store = new StoreRequest(_id, Association.CallingAE, Association.CalledAE, request.SOPClassUID.UID, request.SOPInstanceUID.UID, request.TransferSyntax.UID.UID);
        var status = await StoreAsync(store, request.File.File.Name);
        if (status.IsSuccess || status.IsWarning)
            _stored++;
        return new FoNet.DicomCStoreResponse(request, Translate(status));
    }

    public Task OnCStoreRequestExceptionAsync(string tempFileName, Exception e) => Task.CompletedTask; // fo-dicom answers 0110H and deletes its file

    public async Task<FoNet.DicomNEventReportResponse> OnNEventReportRequestAsync(FoNet.DicomNEventReportRequest request) => new(request, Translate(FoCommitment.Read(request) is { } report
        ? await Shared.Handler.CommitmentReportedAsync(report, CancellationToken.None)
        : new DimseStatus(StatusCodes.ProcessingFailure, "the report cannot be read")));

    public async Task<FoNet.DicomNActionResponse> OnNActionRequestAsync(FoNet.DicomNActionRequest request)
    {
        if (FoCommitment.Read(request) is not { } read)
            return new FoNet.DicomNActionResponse(request, Translate(new DimseStatus(StatusCodes.ProcessingFailure, "the request cannot be read")));
        var roleStated = Association.PresentationContexts.Any(context => context.AbstractSyntax.UID == StorageCommitment.SopClassUid && context.UserRole == true);
        var commitment = new CommitmentRequest(_id, Association.CallingAE, read.TransactionUid, read.Objects, roleStated);
        var status = await Shared.Handler.CommitmentRequestedAsync(commitment, CancellationToken.None);
        _accepted = status.IsSuccess ? commitment : null;
        return new FoNet.DicomNActionResponse(request, Translate(status));
    }

    /// <summary>fo-dicom calls it after the response to the N-ACTION.</summary>
    public async Task OnSendNEventReportRequestAsync(FoNet.DicomNActionRequest request)
    {
        if (_accepted is not { } commitment || await Shared.Handler.ReportCommitmentAsync(commitment, CancellationToken.None) is not { } report)
            return;
        var message = FoCommitment.ReportRequest(report);
        message.OnResponseReceived = async (_, response) => await Shared.Handler.CommitmentReportAnsweredAsync(commitment, report, FoDicomCall.Status(response), CancellationToken.None);
        await SendRequestAsync(message);
    }

    public Task<FoNet.DicomNCreateResponse> OnNCreateRequestAsync(FoNet.DicomNCreateRequest request) => Task.FromResult(new FoNet.DicomNCreateResponse(request, FoNet.DicomStatus.UnrecognizedOperation));
    public Task<FoNet.DicomNDeleteResponse> OnNDeleteRequestAsync(FoNet.DicomNDeleteRequest request) => Task.FromResult(new FoNet.DicomNDeleteResponse(request, FoNet.DicomStatus.UnrecognizedOperation));
    public Task<FoNet.DicomNGetResponse> OnNGetRequestAsync(FoNet.DicomNGetRequest request) => Task.FromResult(new FoNet.DicomNGetResponse(request, FoNet.DicomStatus.UnrecognizedOperation));
    public Task<FoNet.DicomNSetResponse> OnNSetRequestAsync(FoNet.DicomNSetRequest request) => Task.FromResult(new FoNet.DicomNSetResponse(request, FoNet.DicomStatus.UnrecognizedOperation));

    private async Task<DimseStatus> StoreAsync(StoreRequest store, string received)
    {
        if (Shared.Handler.CreateStoreFile(store) is not { } path)
            return new DimseStatus(StatusCodes.OutOfResources);
        File.Copy(received, path, overwrite: true);
        try
        {
            var offset = DicomFile.ReadMeta(path).DatasetOffset;
            var file = new FileStream(path, FileMode.Open, FileAccess.Read);
            await using (file)
            {
                var length = file.Length - offset;
                if (length > Shared.MaxDatasetLength)
                    return new DimseStatus(StatusCodes.OutOfResources, "the data set is too long");
                file.Position = offset;
                var hash = Convert.ToHexStringLower(await SHA256.HashDataAsync(file));
                return await Shared.Handler.StoreAsync(new ReceivedInstance(store, path, offset, length, hash), CancellationToken.None);
            }
        }
        catch (DicomFormatException e)
        {
            return new DimseStatus(StatusCodes.ProcessingFailure, e.Message);
        }
        finally
        {
            File.Delete(path); // gone already where it was taken over
        }
    }

    private static ProposedContext Proposed(FoNet.DicomPresentationContext context) =>
        new(context.ID, context.AbstractSyntax.UID, [.. context.GetTransferSyntaxes().Select(syntax => syntax.UID.UID)]);

    private static FoNet.DicomStatus Translate(DimseStatus status) => status.IsSuccess
        ? FoNet.DicomStatus.Success
        : Comment(new FoNet.DicomStatus(status.Code.ToString("X4"), status.IsWarning ? FoNet.DicomState.Warning : FoNet.DicomState.Failure, status.Meaning ?? ""), status.ErrorComment);

    private static FoNet.DicomStatus Comment(FoNet.DicomStatus status, string? comment) => comment is null ? status : new FoNet.DicomStatus(status, comment);

    /// <summary>fo-dicom tells of the connection's end after that of the association, too.</summary>
    private void End(AssociationEndKind kind, string reason)
    {
        if (!_begun || _ended)
            return;
        _ended = true;
        Shared.Handler.AssociationEnded(new AssociationEnd(_id, Association?.CallingAE ?? "", kind, reason, _stored));
        Shared.End();
    }
}
