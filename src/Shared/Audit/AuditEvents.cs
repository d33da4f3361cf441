namespace EchoClr.Shared.Audit;

/// <summary>Every event that this system writes down, each made in one place, in the words of PS3.15 A.5.3.</summary>
public static class AuditEvents
{
    /// <summary>A process began or ended (A.5.3.1).</summary>
    /// <param name="roles">What the process does: Ingest, Inference, Portal.</param>
    public static AuditMessage Application(bool started, string roles) => new(AuditCode.ApplicationActivity, AuditAction.Execute,
        [AuditParticipant.Self(role: AuditCode.Application), AuditParticipant.Operator() with { Role = AuditCode.ApplicationLauncher }])
    {
        EventType = started ? AuditCode.ApplicationStart : AuditCode.ApplicationStop,
        OutcomeDescription = roles,
    };

    /// <summary>Somebody read the audit trail (A.5.3.2).</summary>
    /// <param name="who">Who sits at the command line, where nobody is named.</param>
    public static AuditMessage AuditLogUsed(AuditParticipant? who = null) => new(AuditCode.AuditLogUsed, AuditAction.Read, [who ?? AuditParticipant.Operator()])
    {
        Objects = [new AuditedObject(AuditCode.Uri, "audit_message", "Security Audit Log") { Role = "13" }],
    };

    /// <summary>A peer sent us instances of one study over one association, which is now over (A.5.3.7).</summary>
    public static AuditMessage Received(string callingAeTitle, string address, string calledAeTitle, AuditedStudy study, bool whole, string howItEnded) =>
        new(AuditCode.InstancesTransferred, AuditAction.Create,
            [AuditParticipant.Peer(callingAeTitle, address, isRequestor: true, AuditCode.Source), AuditParticipant.Self(role: AuditCode.Destination, aeTitle: calledAeTitle)])
        {
            Studies = [study], Outcome = whole ? AuditOutcome.Success : AuditOutcome.MinorFailure, OutcomeDescription = howItEnded,
        };

    /// <summary>We begin to send instances of a study (A.5.3.3).</summary>
    public static AuditMessage SendingBegins(string ourAeTitle, string aeTitle, string host, AuditedStudy study) =>
        new(AuditCode.BeginTransferringInstances, AuditAction.Execute, Sending(ourAeTitle, aeTitle, host)) { Studies = [study] };

    /// <summary>Sending ended (A.5.3.7). <paramref name="failure"/> is null when all was taken.</summary>
    public static AuditMessage Sent(string ourAeTitle, string aeTitle, string host, AuditedStudy study, string? failure) =>
        new(AuditCode.InstancesTransferred, AuditAction.Read, Sending(ourAeTitle, aeTitle, host))
        {
            Studies = [study], Outcome = failure is null ? AuditOutcome.Success : AuditOutcome.MinorFailure, OutcomeDescription = failure,
        };

    /// <summary>A system outside was told of a study, by HL7 or FHIR (A.5.3.6).</summary>
    /// <param name="failure">Why it may not know; null where it has acknowledged.</param>
    public static AuditMessage Signalled(string target, string host, string studyInstanceUid, string what, string? failure) =>
        new(AuditCode.InstancesAccessed, AuditAction.Read, Sending("EchoClr", target, host))
        {
            Studies = [new AuditedStudy(studyInstanceUid)], Outcome = failure is null ? AuditOutcome.Success : AuditOutcome.MinorFailure,
            OutcomeDescription = failure is null ? $"signal: {what}" : $"signal: {what}; {failure}",
        };

    /// <summary>We asked a PACS by C-FIND (A.5.3.10).</summary>
    /// <param name="identifier">The identifier's data set, Implicit VR Little Endian.</param>
    public static AuditMessage Queried(string ourAeTitle, string aeTitle, string host, string sopClassUid, byte[] identifier, string studyInstanceUid) =>
        new(AuditCode.Query, AuditAction.Execute, Sending(ourAeTitle, aeTitle, host))
        {
            Studies = [new AuditedStudy(studyInstanceUid)],
            Objects = [new AuditedObject(AuditCode.SopClassUid, sopClassUid, "", identifier, new Dictionary<string, string> { ["TransferSyntax"] = "1.2.840.10008.1.2" })],
        };

    /// <summary>Somebody listed studies, with patients' names (A.5.3.10).</summary>
    /// <param name="what">The page's address or the command.</param>
    public static AuditMessage WorklistRead(AuditParticipant who, string what) => new(AuditCode.Query, AuditAction.Execute, [who, AuditParticipant.Self()])
    {
        Objects = [new AuditedObject(AuditCode.Uri, what, "", System.Text.Encoding.UTF8.GetBytes(what))],
    };

    /// <summary>Somebody looked at a study, its findings or its report (A.5.3.6).</summary>
    public static AuditMessage StudyViewed(AuditParticipant who, string studyInstanceUid) =>
        new(AuditCode.InstancesAccessed, AuditAction.Read, [who, AuditParticipant.Self()]) { Studies = [new AuditedStudy(studyInstanceUid)] };

    /// <summary>Somebody took instances of a study over DICOMweb, as files (A.5.3.7).</summary>
    public static AuditMessage Retrieved(AuditParticipant who, AuditedStudy study) =>
        new(AuditCode.InstancesTransferred, AuditAction.Read, [AuditParticipant.Self(role: AuditCode.Source), who with { Role = AuditCode.Destination }]) { Studies = [study] };

    /// <summary>An administrator withdrew a report (A.5.3.6, update). To be recorded in the transaction that writes the superseding report's row.</summary>
    public static AuditMessage ReportWithdrawn(AuditParticipant who, string studyInstanceUid, string sopClassUid, string reason) =>
        new(AuditCode.InstancesAccessed, AuditAction.Update, [who, AuditParticipant.Self()])
        {
            Studies = [new AuditedStudy(studyInstanceUid, [new AuditedInstances { SopClassUid = sopClassUid, Count = 1 }])], OutcomeDescription = $"report withdrawn: {reason}",
        };

    /// <summary>A person asked that a study be read again by the model in service (A.5.3.11).</summary>
    public static AuditMessage ReanalysisRequested(AuditParticipant who, string studyInstanceUid, string model) =>
        Alert(AuditCode.UseOfRestrictedFunction, who, AuditOutcome.Success, $"re-analysis by {model} requested") with { Studies = [new AuditedStudy(studyInstanceUid)] };

    /// <summary>Pixels of a study were given up by policy; rows, hashes and reasons stay (A.5.3.8).</summary>
    public static AuditMessage Expired(AuditedStudy study, string why) =>
        new(AuditCode.StudyDeleted, AuditAction.Delete, [AuditParticipant.Self(isRequestor: true)]) { Studies = [study], OutcomeDescription = why };

    /// <summary>A person decided about something that had been given up: tried again, or dropped (A.5.3.11).</summary>
    public static AuditMessage ParkedDecided(AuditParticipant who, string decision, string item, string studyInstanceUid) =>
        Alert(AuditCode.UseOfRestrictedFunction, who, AuditOutcome.Success, $"{item}: {decision}") with { Studies = [new AuditedStudy(studyInstanceUid)] };

    /// <summary>A destination was held, or released again (A.5.3.11).</summary>
    public static AuditMessage DestinationHeld(AuditParticipant who, string destination, bool held) =>
        Alert(AuditCode.NetworkConfiguration, who, AuditOutcome.Success, held ? "destination held" : "destination released") with { Objects = [new AuditedObject(AuditCode.NodeId, destination, destination)] };

    /// <summary>A model was imported, put in service or rolled back (A.5.3.11).</summary>
    public static AuditMessage ModelChanged(AuditParticipant who, string decision, string kind, string weightsSha256) =>
        Alert(AuditCode.SoftwareConfiguration, who, AuditOutcome.Success, decision) with { Objects = [new AuditedObject(AuditCode.Uri, $"{kind}/{weightsSha256}", kind)] };

    /// <summary>A schedule of training was set, paused, resumed, or run by hand (A.5.3.11).</summary>
    public static AuditMessage ScheduleChanged(AuditParticipant who, string decision, string schedule) =>
        Alert(AuditCode.SoftwareConfiguration, who, AuditOutcome.Success, $"schedule {decision}") with { Objects = [new AuditedObject(AuditCode.Uri, $"schedule/{schedule}", schedule)] };

    /// <summary>A person decided about a training run (A.5.3.11).</summary>
    public static AuditMessage TrainingDecided(AuditParticipant who, string decision, long run) =>
        Alert(AuditCode.SoftwareConfiguration, who, AuditOutcome.Success, $"training run {decision}") with { Objects = [new AuditedObject(AuditCode.Uri, $"training_run/{run}", $"run {run}")] };

    /// <summary>A patient's cines were left out of learning, or taken in again (A.5.3.11). The patient stands as the keyed hash.</summary>
    public static AuditMessage LearningOptOut(AuditParticipant who, string patientKey, bool optedOut) =>
        Alert(AuditCode.UseOfRestrictedFunction, who, AuditOutcome.Success, optedOut ? "left out of learning" : "opt-out of learning taken back") with
        {
            Objects = [new AuditedObject(AuditCode.Uri, $"clip_opt_out/{patientKey}", "clip_opt_out")],
        };

    /// <summary>Somebody signed in to the portal (A.5.3.12).</summary>
    public static AuditMessage SignedIn(AuditParticipant who) => new(AuditCode.UserAuthentication, AuditAction.Execute, [who, AuditParticipant.Self()]) { EventType = AuditCode.Login };

    /// <summary>Somebody tried to sign in to the portal, and was not let in (A.5.3.12).</summary>
    public static AuditMessage SignInRefused(AuditParticipant who, string why) => SignedIn(who) with { Outcome = AuditOutcome.MinorFailure, OutcomeDescription = why };

    public static AuditMessage SignedOut(AuditParticipant who) => SignedIn(who) with { EventType = AuditCode.Logout };

    /// <summary>What somebody may do in the portal was changed (A.5.3.11).</summary>
    /// <param name="user">The user's or the token's name.</param>
    public static AuditMessage UserChanged(AuditParticipant by, string user, string decision) =>
        Alert(AuditCode.SecurityRolesChanged, by, AuditOutcome.Success, decision) with { Objects = [new AuditedObject(AuditCode.NodeId, user, user) { Role = "13" }] };

    /// <summary>Readers' labels came in, or left as a file (A.5.3.11).</summary>
    public static AuditMessage LabelsChanged(AuditParticipant who, string decision) => Alert(AuditCode.UseOfRestrictedFunction, who, AuditOutcome.Success, decision);

    /// <summary>Everything that is kept was copied elsewhere, or came back from there (A.5.3.11).</summary>
    public static AuditMessage BackedUp(AuditParticipant who, string what) => Alert(AuditCode.UseOfRestrictedFunction, who, AuditOutcome.Success, what);

    /// <summary>Callers that were rejected (A.5.3.11): one message for many, so that a stranger in a loop fills nothing.</summary>
    public static AuditMessage Rejected(string callingAeTitle, string address, string calledAeTitle, string why, long times) =>
        new(AuditCode.SecurityAlert, AuditAction.Execute, [AuditParticipant.Self(), AuditParticipant.Peer(callingAeTitle, address, isRequestor: true)])
        {
            EventType = AuditCode.NodeAuthentication,
            Outcome = AuditOutcome.SeriousFailure,
            OutcomeDescription = times == 1 ? why : $"{why}; {times} times",
            Objects = [new AuditedObject(AuditCode.NodeId, calledAeTitle, calledAeTitle)],
        };

    private static AuditMessage Alert(AuditCode type, AuditParticipant who, AuditOutcome outcome, string description) =>
        new(AuditCode.SecurityAlert, AuditAction.Execute, [who, AuditParticipant.Self()]) { EventType = type, Outcome = outcome, OutcomeDescription = description };

    private static IReadOnlyList<AuditParticipant> Sending(string ourAeTitle, string aeTitle, string host) =>
        [AuditParticipant.Self(isRequestor: true, AuditCode.Source, ourAeTitle), AuditParticipant.Peer(aeTitle, host, isRequestor: false, AuditCode.Destination)];
}
