using System.Net.Sockets;
using System.Security.Authentication;
using EchoClr.Dicom.Net.Client;
using EchoClr.Dicom.Net.Tls;
using EchoClr.Dicom.Ports;
using Fo = FellowOakDicom;
using FoClient = FellowOakDicom.Network.Client;
using FoNet = FellowOakDicom.Network;

namespace EchoClr.Dicom.FoDicom;

/// <summary>One association that we request by fo-dicom, from its options to the sentence that says why it came to nothing.</summary>
internal sealed class FoDicomCall
{
    private readonly CancellationToken _cancellationToken;
    private readonly List<FoNet.DicomPresentationContext> _accepted = [];

    public FoDicomCall(DicomPeer peer, DicomClientOptions options, CancellationToken cancellationToken)
    {
        _cancellationToken = cancellationToken;
        Name = $"{peer.AeTitle}@{peer.Host}:{peer.Port}";
        Client = FoClient.DicomClientFactory.Create(peer.Host, peer.Port, peer.Tls is { } files ? new FoTlsInitiator(files, options.TlsHandshakeTimeout) : null, peer.CallingAeTitle, peer.AeTitle);
        Client.ClientOptions.ConnectionTimeoutInMs = (int)options.ConnectTimeout.TotalMilliseconds;
        Client.ClientOptions.AssociationRequestTimeoutInMs = (int)options.AssociationTimeout.TotalMilliseconds;
        Client.ClientOptions.AssociationReleaseTimeoutInMs = (int)options.ReleaseTimeout.TotalMilliseconds;
        Client.ClientOptions.AssociationLingerTimeoutInMs = 0;
        Client.ClientOptions.MaximumNumberOfConsecutiveTimedOutAssociationRequests = 1; // trying again is the caller's business
        Client.ServiceOptions.MaxPDULength = (uint)options.MaxPduLength;
        ResponseTimeout = options.ResponseTimeout;
        Client.AssociationAccepted += (_, accepted) =>
        {
            WasAccepted = true;
            _accepted.AddRange(accepted.Association.PresentationContexts.Where(context => context.Result == FoNet.DicomPresentationContextResult.Accept));
        };
    }

    public FoClient.IDicomClient Client { get; }

    public string Name { get; }

    public bool WasAccepted { get; private set; }

    public TimeSpan ResponseTimeout { set => Client.ServiceOptions.RequestTimeout = value; }

    public static DimseStatus Status(FoNet.DicomResponse response) =>
        new(response.Status.Code, string.IsNullOrEmpty(response.Status.ErrorComment) ? null : response.Status.ErrorComment);

    public static Fo.DicomTag Tag(string keyword) => DicomDictionary.TryFindTag(keyword, out var tag)
        ? new Fo.DicomTag(tag.Group, tag.Element)
        : throw new ArgumentException($"{keyword} is no DICOM keyword", nameof(keyword));

    public static FoNet.DicomQueryRetrieveLevel Level(string level) => level switch
    {
        "STUDY" => FoNet.DicomQueryRetrieveLevel.Study,
        "SERIES" => FoNet.DicomQueryRetrieveLevel.Series,
        "IMAGE" => FoNet.DicomQueryRetrieveLevel.Image,
        _ => throw new ArgumentException($"{level} is no level of the Study Root model", nameof(level)),
    };

    public async Task SendAsync(FoNet.DicomRequest request, string doing)
    {
        await Client.AddRequestAsync(request);
        await SendAsync(doing);
    }

    /// <exception cref="DicomNetworkException">There is no peer, it does not want us, or the association was lost.</exception>
    public async Task SendAsync(string doing)
    {
        try
        {
            await Client.SendAsync(_cancellationToken, FoClient.DicomClientCancellationMode.ImmediatelyAbortAssociation);
            _cancellationToken.ThrowIfCancellationRequested();
        }
        catch (FoNet.DicomAssociationRejectedException e)
        {
            throw new DicomNetworkException($"{Name} rejected the association ({e.RejectResult}, {e.RejectSource}, {e.RejectReason}).", e) { Permanent = e.RejectResult == FoNet.DicomRejectResult.Permanent };
        }
        catch (Exception e) when (e is FoNet.DicomNetworkException or Fo.DicomException or IOException or SocketException or AuthenticationException or TlsException or AggregateException or TimeoutException)
        {
            _cancellationToken.ThrowIfCancellationRequested();
            throw new DicomNetworkException(WasAccepted ? $"The association with {Name} was lost while {doing}." : $"{Name} cannot be reached ({e.GetType().Name}).", e);
        }
    }

    public DimseStatus Answered(DimseStatus? status, string what) => status ?? throw new DicomNetworkException($"{Name} gave no answer to the {what}.");

    /// <summary>fo-dicom answers by itself, with 0122H, what no context was accepted for.</summary>
    public StoreResult Result(OutgoingFile file, DimseStatus status) => _accepted.Exists(context => context.AbstractSyntax.UID == file.SopClassUid)
        ? new StoreResult(file.Path, file.SopInstanceUid, status, status.IsSuccess ? null : $"{Name} answered {status}.")
        : new StoreResult(file.Path, file.SopInstanceUid, null, $"{Name} does not take {DicomUid.NameOf(file.SopClassUid) ?? $"SOP class {file.SopClassUid}"}.") { ContextRefused = true };
}
