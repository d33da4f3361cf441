using System.Net.Sockets;
using EchoClr.Dicom.Net.Dimse;
using EchoClr.Dicom.Net.Pdus;
using EchoClr.Dicom.Net.Sockets;
using EchoClr.Dicom.Net.Tls;
using EchoClr.Dicom.Net.UpperLayer;
using EchoClr.Dicom.Ports;
using Microsoft.AspNetCore.Connections;
using Microsoft.Win32.SafeHandles;

namespace EchoClr.Dicom.Net.Client;

/// <summary>An association that we requested, from connect to release. Whatever ends it early becomes one sentence about the peer.</summary>
internal sealed class ClientAssociation : IAsyncDisposable
{
    private readonly DicomPeer _peer;
    private readonly DicomClientOptions _options;
    private readonly UpperLayerConnection _upperLayer;
    private readonly TimeProvider _time;
    private readonly CancellationToken _cancellationToken;
    private ushort _lastMessageId;

    private ClientAssociation(DicomPeer peer, DicomClientOptions options, UpperLayerConnection upperLayer, TimeProvider time, CancellationToken cancellationToken)
    {
        (_peer, _options, _upperLayer, _time, _cancellationToken) = (peer, options, upperLayer, time, cancellationToken);
    }

    /// <summary>The contexts that the peer accepted, by id.</summary>
    public IReadOnlyDictionary<byte, AcceptedContext> Accepted { get; private set; } = new Dictionary<byte, AcceptedContext>();

    /// <summary>The peer's result for each context that it did not accept (PS3.8 Table 9-18).</summary>
    public IReadOnlyDictionary<byte, byte> Refused { get; private set; } = new Dictionary<byte, byte>();

    public DimseChannel Channel { get; private set; } = null!; // set before OpenAsync returns

    /// <exception cref="DicomNetworkException">There is no peer, or it does not want us.</exception>
    public static async Task<ClientAssociation> OpenAsync(
        DicomPeer peer, IReadOnlyList<ProposedContext> contexts, IReadOnlyList<RoleSelection> roles,
        DicomClientOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        var socket = await ConnectAsync(peer, options, time, cancellationToken).ConfigureAwait(false);
        var limits = new UpperLayerLimits(options.MaxPduLength, options.ReleaseTimeout, options.SendTimeout);
        var connection = await SecureAsync(new SocketConnection(socket), peer, options, time, cancellationToken).ConfigureAwait(false);
        var upperLayer = new UpperLayerConnection(connection, requestor: true, limits, time, cancellationToken);
        var association = new ClientAssociation(peer, options, upperLayer, time, cancellationToken);
        try
        {
            await association.NegotiateAsync(contexts, roles).ConfigureAwait(false);
            return association;
        }
        catch
        {
            await association.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Sends a request and waits for its response. Throws what <see cref="DimseChannel"/> throws.</summary>
    public async ValueTask<CommandSet> RequestAsync(AcceptedContext context, CommandSet request, ReadOnlyMemory<byte>? dataset = null)
    {
        request = request with { MessageId = ++_lastMessageId };
        await Channel.SendAsync(context.Id, request, dataset).ConfigureAwait(false);
        return await ResponseAsync(context, request).ConfigureAwait(false);
    }

    /// <summary>The same with a stretch of a file as data set; also how long the response took, once the data set was sent.</summary>
    public async ValueTask<(CommandSet Response, TimeSpan ResponseTime)> RequestAsync(AcceptedContext context, CommandSet request, SafeFileHandle file, long offset, long length)
    {
        request = request with { MessageId = ++_lastMessageId };
        await Channel.SendFileAsync(context.Id, request, file, offset, length).ConfigureAwait(false);
        var sent = _time.GetTimestamp();
        return (await ResponseAsync(context, request).ConfigureAwait(false), _time.GetElapsedTime(sent));
    }

    /// <summary>Waits for a response to <paramref name="request"/>. Its data set, if it has one, is the caller's to read when the request is a C-FIND or a C-MOVE; else it is dropped.</summary>
    public async ValueTask<CommandSet> ResponseAsync(AcceptedContext context, CommandSet request, TimeSpan? timeout = null)
    {
        var received = await Channel.ReceiveCommandAsync(timeout ?? _options.ResponseTimeout).ConfigureAwait(false);
        if (received.Command is not { } response)
            throw new AssociationEndedException(received.End);
        if (response.Field != (request.Field | CommandField.Response) || response.MessageIdBeingRespondedTo != request.MessageId || received.Context != context)
            throw new DimseViolationException($"{(ushort)response.Field:X4}H came where the response to {request.Field} was due");
        if (response.HasDataset && request.Field is not (CommandField.CFindRq or CommandField.CMoveRq))
            await Channel.ReceiveDatasetAsync(context, new DiscardedDataset(), DatasetInMemory.MaxLength, _options.ResponseTimeout).ConfigureAwait(false);
        return response;
    }

    /// <summary>Ends the association in order. What was asked is answered by now, so a peer that bungles the release does no harm.</summary>
    public async ValueTask ReleaseAsync()
    {
        if (_upperLayer.State != UpperLayerState.Sta6)
            return;
        await _upperLayer.RequestReleaseAsync().ConfigureAwait(false);
        while (_upperLayer.State is UpperLayerState.Sta7 or UpperLayerState.Sta9 or UpperLayerState.Sta11)
        {
            var indication = await _upperLayer.ReceiveAsync(_options.ReleaseTimeout).ConfigureAwait(false);
            if (indication.Kind == IndicationKind.ReleaseRequested)
                await _upperLayer.RespondReleaseAsync().ConfigureAwait(false); // a collision (AR-8, AR-9)
            else if (indication.Kind is IndicationKind.TimedOut or IndicationKind.Cancelled)
                await _upperLayer.AbortAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Aborts where that is still to do, and says in one sentence what happened.</summary>
    public async ValueTask<DicomNetworkException> FailAsync(Exception cause, string doing)
    {
        var indication = cause is AssociationEndedException ended ? ended.Indication : default;
        if (indication.Kind == IndicationKind.ReleaseRequested)
            await _upperLayer.RespondReleaseAsync().ConfigureAwait(false);
        else
            await _upperLayer.AbortAsync().ConfigureAwait(false);
        _cancellationToken.ThrowIfCancellationRequested();
        return new DicomNetworkException(cause switch
        {
            AssociationEndedException { Indication.Kind: IndicationKind.TimedOut } => $"{Name(_peer)} did not answer in time while {doing}; the association was aborted.",
            AssociationEndedException { Indication.Kind: IndicationKind.ReleaseRequested } => $"{Name(_peer)} released the association while {doing}.",
            AssociationEndedException => $"{Name(_peer)} ended the association while {doing}: {cause.Message}.",
            DimseViolationException => $"{Name(_peer)} broke the protocol while {doing}: {cause.Message}; the association was aborted.",
            _ => $"The association with {Name(_peer)} was aborted while {doing}: {cause.Message}",
        }, cause);
    }

    public ValueTask DisposeAsync() => _upperLayer.DisposeAsync();

    public static string Name(DicomPeer peer) => $"{peer.AeTitle}@{peer.Host}:{peer.Port}";

    private static async Task<Socket> ConnectAsync(DicomPeer peer, DicomClientOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            using var timeout = new CancellationTokenSource(options.ConnectTimeout, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
            await socket.ConnectAsync(peer.Host, peer.Port, either.Token).ConfigureAwait(false);
            return socket;
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new DicomNetworkException($"{Name(peer)} cannot be reached: {e.Message}.", e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            socket.Dispose();
            throw new DicomNetworkException($"{Name(peer)} cannot be reached: no connection within {options.ConnectTimeout.TotalSeconds:0.#} s.", e);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async Task<ConnectionContext> SecureAsync(ConnectionContext transport, DicomPeer peer, DicomClientOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        if (peer.Tls is not { } files)
            return transport;
        try
        {
            var certificates = TlsCertificates.Load(files); // for each association, so that renewed ones are taken
            return await TlsHandshake.RequestAsync(transport, peer.Host, files.PeerCertificate, certificates, options.TlsHandshakeTimeout, time, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            await transport.DisposeAsync().ConfigureAwait(false);
            if (e is TlsException)
                throw new DicomNetworkException($"{Name(peer)} cannot be called by TLS: {e.Message}.", e);
            throw;
        }
    }

    private async Task NegotiateAsync(IReadOnlyList<ProposedContext> contexts, IReadOnlyList<RoleSelection> roles)
    {
        var user = new UserInformation((uint)_options.MaxPduLength, EchoClrImplementation.ClassUid, EchoClrImplementation.VersionName, roles);
        await _upperLayer.RequestAsync(new AssociateRqPdu(1, _peer.AeTitle, _peer.CallingAeTitle, PduWriter.ApplicationContext, contexts, user)).ConfigureAwait(false);
        var answer = await _upperLayer.ReceiveAsync(_options.AssociationTimeout).ConfigureAwait(false);
        if (answer.Pdu is AssociateRjPdu rejection)
            throw new DicomNetworkException($"{Name(_peer)} rejected the association: {RejectionText.Of(rejection)}.") { Permanent = rejection.Result == AssociateRjPdu.RejectedPermanent };
        if (answer.Pdu is not AssociateAcPdu ac)
            throw await FailAsync(new AssociationEndedException(answer), "the association was requested").ConfigureAwait(false);

        _upperLayer.AnnounceMaxLength(ac.User.MaxLength);
        var proposals = contexts.ToDictionary(context => context.Id);
        var accepted = new Dictionary<byte, AcceptedContext>();
        var refused = new Dictionary<byte, byte>();
        foreach (var result in ac.Contexts)
        {
            if (!proposals.TryGetValue(result.Id, out var proposal))
                continue;
            // A transfer syntax that we did not propose for it cannot be used (PS3.8 9.3.3.2).
            if (result.Result == 0 && proposal.TransferSyntaxes.Contains(result.TransferSyntax))
                accepted[result.Id] = new AcceptedContext(result.Id, proposal.AbstractSyntax, result.TransferSyntax);
            else
                refused[result.Id] = result.Result;
        }
        (Accepted, Refused) = (accepted, refused);
        Channel = new DimseChannel(_upperLayer, accepted);
    }
}
