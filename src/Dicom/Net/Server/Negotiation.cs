using EchoClr.Dicom.Net.Dimse;
using EchoClr.Dicom.Net.Pdus;
using EchoClr.Dicom.Ports;
using Microsoft.Extensions.Logging;

namespace EchoClr.Dicom.Net.Server;

/// <summary>The answer to an A-ASSOCIATE-RQ that is not rejected: each context decided by the policy, roles and lengths by us.</summary>
internal sealed record Negotiation(AssociateAcPdu Answer, IReadOnlyDictionary<byte, AcceptedContext> Accepted)
{
    public static Negotiation Of(AssociateRqPdu rq, AssociationDecision decision, int maxPduLength, ILogger log)
    {
        var answers = new List<NegotiatedContext>(rq.Contexts.Count);
        var accepted = new Dictionary<byte, AcceptedContext>();
        foreach (var proposed in rq.Contexts)
        {
            var choice = decision.Context(proposed);
            if (choice.Result == 0 && !proposed.TransferSyntaxes.Contains(choice.TransferSyntax ?? ""))
            {
                log.ChoiceNotProposed(choice.TransferSyntax ?? "(none)", proposed.Id);
                choice = ContextDecision.TransferSyntaxesNotSupported;
            }
            if (choice.Result == 0)
                accepted[proposed.Id] = new AcceptedContext(proposed.Id, proposed.AbstractSyntax, choice.TransferSyntax!);
            // The transfer syntax of a refused context is not significant, but has to be there (PS3.8 Table 9-18).
            answers.Add(new NegotiatedContext(proposed.Id, choice.Result, choice.TransferSyntax ?? TransferSyntax.ImplicitVRLittleEndian.Uid));
        }

        // PS3.7 D.3.3.4: a PACS that reports a commitment calls us and proposes to be the SCP there. Everywhere else the requestor is the SCU.
        var acceptedClasses = accepted.Values.Select(context => context.AbstractSyntax).ToHashSet();
        var roles = rq.User.Roles
            .Where(role => acceptedClasses.Contains(role.SopClassUid))
            .Select(role => role.SopClassUid == SopClasses.StorageCommitmentPushModel ? role : role with { ScpRole = false })
            .ToList();

        // The asynchronous operations window, extended negotiation and user identity stay unanswered, which declines them (PS3.7 D.3.3.3, D.3.3.5, D.3.3.7).
        var user = new UserInformation((uint)maxPduLength, EchoClrImplementation.ClassUid, EchoClrImplementation.VersionName, roles);
        return new Negotiation(new AssociateAcPdu(rq.CalledAeTitle, rq.CallingAeTitle, answers, user), accepted);
    }
}
