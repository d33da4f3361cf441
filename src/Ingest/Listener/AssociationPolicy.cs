using System.Net;
using EchoClr.Dicom;
using EchoClr.Dicom.Ports;

namespace EchoClr.Ingest.Listener;

/// <summary>Default deny: which callers, SOP classes and transfer syntaxes are accepted, and the standard's reason for every refusal.</summary>
public sealed class AssociationPolicy
{
    private readonly string _aeTitle;
    private readonly string? _urgentAeTitle;
    private readonly HashSet<string> _urgentSenders;
    private readonly ILookup<string, (IPNetwork Network, string? Certificate)> _senders;
    private readonly HashSet<string> _storageClasses;

    public AssociationPolicy(ListenerOptions options)
    {
        options.Validate();
        (_aeTitle, _urgentAeTitle) = (options.AeTitle, options.UrgentAeTitle);
        _urgentSenders = [.. options.Senders.Where(sender => sender.Urgent).Select(sender => sender.AeTitle)];
        _senders = options.Senders.ToLookup(sender => sender.AeTitle, sender => (sender.TryParseNetwork(out var network) ? network : default, sender.Certificate), StringComparer.Ordinal);
        _storageClasses = [.. AcceptedSopClasses.Default, .. options.AdditionalSopClasses];
    }

    public AssociationDecision Decide(AssociationRequest request)
    {
        if (request.CalledAeTitle != _aeTitle && request.CalledAeTitle != _urgentAeTitle)
            return AssociationDecision.Reject(AssociationRejection.CalledAeTitleNotRecognized);
        var address = request.RemoteEndPoint.Address;
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        // A listed title from another address or with another certificate is answered like an unlisted one: no hint for whoever is guessing.
        return _senders[request.CallingAeTitle].Any(sender => sender.Network.Contains(address) && (sender.Certificate is null || request.Certificate?.Is(sender.Certificate) == true))
            ? new AssociationDecision(null, DecideContext)
            : AssociationDecision.Reject(AssociationRejection.CallingAeTitleNotRecognized);
    }

    /// <summary>Whether what comes on an association belongs to urgent studies: by whom it calls, or by who it is.</summary>
    public bool IsUrgent(AssociationRequest request) => request.CalledAeTitle == _urgentAeTitle || _urgentSenders.Contains(request.CallingAeTitle);

    /// <summary>Result of one presentation context (PS3.8 Table 9-18).</summary>
    private ContextDecision DecideContext(ProposedContext context)
    {
        if (context.AbstractSyntax is SopClasses.Verification or SopClasses.StorageCommitmentPushModel)
            return FirstOf(context, syntax => !syntax.IsEncapsulated && !syntax.IsDeflated && syntax.IsLittleEndian && syntax.IsKnown);
        return _storageClasses.Contains(context.AbstractSyntax)
            ? FirstOf(context, syntax => syntax.IsKnown)
            : ContextDecision.AbstractSyntaxNotSupported;
    }

    /// <summary>
    /// Of several syntaxes in one context, an uncompressed one: a sender can always decompress without loss, but must not be made to compress what it holds
    /// uncompressed. Senders that hold compressed objects propose a context for that syntax alone.
    /// </summary>
    private static ContextDecision FirstOf(ProposedContext context, Func<TransferSyntax, bool> acceptable)
    {
        var syntaxes = context.TransferSyntaxes.Select(TransferSyntax.Parse).Where(acceptable).ToList();
        var chosen = syntaxes.Find(syntax => syntax == TransferSyntax.ExplicitVRLittleEndian)
            ?? syntaxes.Find(syntax => !syntax.IsEncapsulated && !syntax.IsDeflated)
            ?? syntaxes.Find(syntax => !syntax.IsLossy)
            ?? syntaxes.FirstOrDefault();
        return chosen is null ? ContextDecision.TransferSyntaxesNotSupported : ContextDecision.Accept(chosen.Uid);
    }
}
